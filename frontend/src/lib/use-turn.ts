import type { RefObject } from "react";

/** What is to be done once the reader has turned to another page of a list: it is read from its top. */
export function useTurn(heading: RefObject<HTMLElement | null>): () => void {
  return () => {
    scrollTo({ top: 0 });
    heading.current?.focus({ preventScroll: true });
  };
}
