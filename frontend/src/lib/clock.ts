import { useSyncExternalStore } from "react";

/*
 * One ticking second for the whole page. Instants come from the server; the page counts how long ago they are. The two
 * clocks may differ, so the page adds what the server's Date header showed.
 */
const listeners = new Set<() => void>();
let offset = 0;
let current = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** Below this a difference is the header's whole seconds and the way, not the clock. */
const SMALLEST_OFFSET = 2_000;

/** Learn the server's clock from an answer; `serverTime` in milliseconds, cut to the second by HTTP. */
export function noteServerTime(serverTime: number): void {
  const seen = serverTime + 500 - Date.now();
  offset = Math.abs(seen) < SMALLEST_OFFSET ? 0 : seen;
}

/** The server's time in milliseconds, renewed each second while somebody looks. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => current + offset);
}

/** This browser's own time in milliseconds, renewed like useNow. */
export function useLocalNow(): number {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    tick();
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function tick(): void {
  if (document.hidden) return;
  current = Date.now();
  for (const listener of listeners) listener();
}
