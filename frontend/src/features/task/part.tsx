import type { ReactNode, Ref } from "react";

interface PartProps {
  ref?: Ref<HTMLElement>;
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** One section of the task's screen, with what can be done with it beside its heading. */
export function Part({ ref, title, aside, children }: PartProps) {
  return (
    <section ref={ref} className="part">
      <div className="part-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
