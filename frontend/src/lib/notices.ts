import { useSyncExternalStore } from "react";

/** Something to say once, whatever screen is there: what was done, or why it was not. */
export interface NoticeText {
  /** Whether it must be read: a failure stays until it is put away. */
  kind: "done" | "failed";
  text: string;
  /** What to do next, in words. */
  next?: string;
  link?: { href: string; label: string };
}

let current: NoticeText | null = null;
const listeners = new Set<() => void>();

/** The newest notice takes the place of the one before. */
export function say(notice: NoticeText | null): void {
  current = notice;
  for (const listener of listeners) listener();
}

export function useNotice(): NoticeText | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
