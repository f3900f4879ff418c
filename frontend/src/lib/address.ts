import { useMemo, useSyncExternalStore } from "react";
import { keepPlace } from "./left-place";

/** Where the reader is: what a copied link carries. */
export interface Address {
  path: string;
  search: URLSearchParams;
}

const MOVED = "zonda:moved";

export function useAddress(): Address {
  const href = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const { pathname, searchParams } = new URL(href, location.origin);
    return { path: pathname, search: searchParams };
  }, [href]);
}

/** Go to an address of the page, "/workers". `replace` leaves no step to go back to. */
export function go(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", href);
  else {
    keepPlace();
    history.pushState(null, "", href);
  }
  dispatchEvent(new Event(MOVED));
}

/** The same screen with some search parameters set, or taken away by null. */
export function withSearch(address: Address, changes: Record<string, string | null>): string {
  const search = new URLSearchParams(address.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) search.delete(name);
    else search.set(name, value);
  }
  return search.size === 0 ? address.path : `${address.path}?${readable(search)}`;
}

/**
 * What a URL names besides these, and besides the form that lies over every screen: "filter=failed". Also what it names
 * a second time, for the first is read.
 */
export function unknownIn(search: URLSearchParams, known: readonly string[]): string[] {
  const left = new Set(["create", "from", ...known]);
  return [...search].flatMap(([name, value]) => (left.delete(name) ? [] : [`${name}=${value}`]));
}

/** Commas and colons need no escape there, and a link is also read by people. */
function readable(search: URLSearchParams): string {
  return search.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

export function taskAddress(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(MOVED, listener);
  };
}
