import { type RefObject, useCallback, useEffect, useRef } from "react";
import { useKey } from "@/lib/use-key";

/**
 * The key that leads to the first button of a bar while it `isShown`, past the rows above it; Escape leads back to where one
 * came from. Returns what does that too, for a button that makes the bar go.
 */
export function useBarFocus(bar: RefObject<HTMLElement | null>, isShown: boolean): () => void {
  const from = useRef<HTMLElement | null>(null);
  useKey(
    "selected",
    useCallback(() => {
      if (isShown) focusFirst(bar);
    }, [bar, isShown]),
  );
  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    const came = ({ relatedTarget }: FocusEvent) => {
      // From a dialog, or another window, one comes back to the bar: the row is still that of before.
      if (relatedTarget instanceof HTMLElement && relatedTarget.closest("tbody tr"))
        from.current = relatedTarget;
    };
    const leave = (event: KeyboardEvent) => {
      // Not a letter: it leads out also where single keys are off.
      if (event.key !== "Escape") return;
      event.preventDefault();
      focusRow(from);
    };
    element.addEventListener("focusin", came);
    element.addEventListener("keydown", leave);
    return () => {
      element.removeEventListener("focusin", came);
      element.removeEventListener("keydown", leave);
    };
  }, [bar]);
  return () => focusRow(from);
}

function focusFirst(bar: RefObject<HTMLElement | null>): void {
  bar.current?.querySelector<HTMLElement>("button:enabled")?.focus();
}

/** Where one came from; without that, as with a mouse, the first row that is selected. */
function focusRow(from: RefObject<HTMLElement | null>): void {
  const selected = document.querySelector<HTMLElement>("tr[data-selected] th a");
  (from.current?.isConnected ? from.current : selected)?.focus();
}
