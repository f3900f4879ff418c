import { useSyncExternalStore } from "react";
import type { LiveState } from "./live-query";

/*
 * The state of the screen's live query, for the frame around it: a tab has one screen, and a screen one live query.
 */
interface Published {
  state: LiveState;
  retry: () => void;
}

let published: Published = { state: { name: "loading" }, retry: () => {} };
const listeners = new Set<() => void>();

export function publishLiveState(state: LiveState, retry: () => void): void {
  published = { state, retry };
  for (const listener of listeners) listener();
}

export function useLiveState(): Published {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => published,
  );
}
