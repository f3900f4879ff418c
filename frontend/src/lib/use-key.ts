import { useEffect } from "react";
import { remembered } from "./remembered";

/** Whether single keys act; somebody who dictates or whose hands tremble turns them off. */
export const KEYS = ["on", "off"] as const;

/** Act on a single key, unless somebody is typing, a dialog is open, or single keys are off. */
export function useKey(key: string, act: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.repeat || event.defaultPrevented) return;
      if (!isSingleKey(event)) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [key, act]);
}

/** Whether a key was pressed to act by itself: alone, not while typing or under a dialog, and single keys are on. */
export function isSingleKey(
  event: Pick<KeyboardEvent, "ctrlKey" | "metaKey" | "altKey" | "target">,
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (document.querySelector("[role=dialog], [role=alertdialog]")) return false;
  return remembered("keys", KEYS) === "on";
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}
