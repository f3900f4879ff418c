import { type RefObject, useEffect, useRef } from "react";

const FIRST = ":is(input, textarea, select, button):not(:disabled)";

/** Rows that come and go: a new one gets the focus, and that of a removed one goes to what stands in its place. */
export function useRowFocus(rows: RefObject<HTMLElement | null>, count: number) {
  const wanted = useRef<(() => HTMLElement | null | undefined) | null>(null);
  useEffect(() => {
    wanted.current?.()?.focus();
    wanted.current = null;
  }, [count]);
  const lines = () => [...(rows.current?.querySelectorAll<HTMLElement>(":scope > .rows > .row") ?? [])];
  const removal = (line: HTMLElement | undefined) =>
    line?.querySelector<HTMLElement>(":scope > .row-remove") ??
    rows.current?.querySelector<HTMLElement>(":scope > .row-add");
  return {
    willAdd: () => {
      wanted.current = () => lines().at(-1)?.querySelector<HTMLElement>(FIRST);
    },
    willRemove: (index: number) => {
      wanted.current = () => removal(lines()[Math.min(index, lines().length - 1)]);
    },
  };
}
