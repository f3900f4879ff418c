import { Fieldset } from "@base-ui/react/fieldset";
import { type ReactNode, useId } from "react";

interface Props {
  name: string;
  label?: ReactNode;
  /** Whether the name is shown where there is no label. */
  isNamed: boolean;
  description: string;
  error: string | undefined;
  aside: ReactNode;
  children: ReactNode;
}

/** Several controls that make one value, with its name, help and error. */
export function GroupField({ name, label, isNamed, description, error, aside, children }: Props) {
  const id = useId();
  const help = description ? `${id}help` : "";
  const wrong = error === undefined ? "" : `${id}error`;
  return (
    <Fieldset.Root className="group" aria-describedby={`${help} ${wrong}`.trim() || undefined}>
      <div className="field-head">
        <Fieldset.Legend className={label ? "field-label" : isNamed ? "row-name" : "visually-hidden"}>
          {label ?? name}
        </Fieldset.Legend>
        {aside}
      </div>
      {description && (
        <p id={help} className="field-help">
          {description}
        </p>
      )}
      {children && <div className="group-body">{children}</div>}
      {error !== undefined && (
        // The focus comes here when nothing else in the form is wrong: there is no one input to go to.
        <p id={wrong} className="field-error group-error" tabIndex={-1}>
          {error}
        </p>
      )}
    </Fieldset.Root>
  );
}
