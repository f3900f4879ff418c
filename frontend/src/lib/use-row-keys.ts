import { type RefObject, useCallback } from "react";
import { useKey } from "./use-key";

/** J and K move the focus to the next and the previous row within `area`: to what opens it, or else what acts on it. */
export function useRowKeys(area: RefObject<HTMLElement | null>): void {
  useKey(
    "next",
    useCallback(() => moveFocus(area, 1), [area]),
  );
  useKey(
    "previous",
    useCallback(() => moveFocus(area, -1), [area]),
  );
}

/** From the row that has the focus; the first row when none has. */
function moveFocus(area: RefObject<HTMLElement | null>, step: 1 | -1): void {
  const rows = [...(area.current?.querySelectorAll("tbody tr") ?? [])];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? 0 : at + step];
  const target = row?.querySelector<HTMLElement>("th a") ?? row?.querySelector<HTMLElement>("a, button");
  target?.focus();
}
