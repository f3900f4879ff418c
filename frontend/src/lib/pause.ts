import { useSyncExternalStore } from "react";

/*
 * Whether this tab's live queries hold back what has changed. It ends with the tab: a page that is opened anew is live.
 */
let paused = false;
const listeners = new Set<() => void>();

export function setPaused(next: boolean): void {
  paused = next;
  for (const listener of listeners) listener();
}

export function usePaused(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => paused,
  );
}
