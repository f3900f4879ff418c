import { useEffect } from "react";
import { remembered } from "@/lib/remembered";

/** Whether single keys act; somebody who dictates or whose hands tremble turns them off. */
export const KEYS = ["on", "off"] as const;

/** Act on a single key, unless somebody is typing, a dialog is open, or single keys are off. */
export function useKey(key: string, act: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.ctrlKey || event.metaKey || event.altKey || event.repeat)
        return;
      if (isTyping(event.target) || document.querySelector("[role=dialog]")) return;
      if (remembered("keys", KEYS) === "off") return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [key, act]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
