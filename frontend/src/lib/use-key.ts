import { useEffect } from "react";
import { type KeyName, isApple, keys } from "./keys";
import { remembered } from "./remembered";

/** Whether single keys act; somebody who dictates or whose hands tremble turns them off. */
export const KEYS = ["on", "off"] as const;

/** How long after the first of two keys the second one counts, in milliseconds. */
const SECOND_KEY = 1_500;

/** What each key does on this screen. */
const actions = new Map<KeyName, () => void>();

/** What a key does now, for those who choose it by name; undefined where it does nothing. */
export function actionOf(name: KeyName): (() => void) | undefined {
  return actions.get(name);
}

/** Act on a key of the table, unless somebody is typing, a dialog is open, or single keys are off. */
export function useKey(name: KeyName, act: () => void): void {
  useEffect(() => {
    const [first, second] = pressesOf(name);
    let begunAt = -SECOND_KEY;
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.defaultPrevented || !isSingleKey(event)) return;
      const key = event.key.toLowerCase();
      const isBegun = event.timeStamp - begunAt < SECOND_KEY;
      begunAt = key === first ? event.timeStamp : -SECOND_KEY;
      if (second === undefined ? key !== first : !isBegun || key !== second) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    actions.set(name, act);
    return () => {
      document.removeEventListener("keydown", press);
      if (actions.get(name) === act) actions.delete(name);
    };
  }, [name, act]);
}

/** Act on a key of the table that goes with Ctrl or Cmd: also while somebody types, never under a dialog. */
export function useChord(name: KeyName, act: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.defaultPrevented || !isChord(event, name)) return;
      event.preventDefault();
      if (!isUnderDialog()) act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [name, act]);
}

/** Whether this press is that key of the table, together with Ctrl or Cmd. */
export function isChord(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
  name: KeyName,
): boolean {
  const [mod, other] = isApple() ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!mod || other || event.altKey || event.shiftKey) return false;
  return `mod+${event.key.toLowerCase()}` === keys[name].press;
}

/** Whether this press is that key of the table, pressed to act by itself. */
export function isKey(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "target">,
  name: KeyName,
): boolean {
  return event.key.toLowerCase() === keys[name].press && isSingleKey(event);
}

/** " " is a key too. */
function pressesOf(name: KeyName): string[] {
  const { press } = keys[name];
  return press.length === 1 ? [press] : press.split(" ");
}

/** Whether a key was pressed to act by itself: alone, not while typing or under a dialog, and single keys are on. */
function isSingleKey(event: Pick<KeyboardEvent, "ctrlKey" | "metaKey" | "altKey" | "target">): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  return !isUnderDialog() && remembered("keys", KEYS) === "on";
}

function isUnderDialog(): boolean {
  return document.querySelector("[role=dialog], [role=alertdialog]") !== null;
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}
