import { useEffect, useRef, useState } from "react";

/** How long what was said stands before it is said anew, in milliseconds. */
const APART = 10_000;

/** The words as they are to be read aloud: the first at once, then the latest every ten seconds, however often they change. */
export function useSeldom(words: string): string {
  const [said, setSaid] = useState("");
  const saidAt = useRef(-Infinity);
  useEffect(() => {
    const left = words === "" ? 0 : Math.max(0, saidAt.current + APART - performance.now());
    const timer = setTimeout(() => {
      if (words !== "") saidAt.current = performance.now();
      setSaid(words);
    }, left);
    return () => clearTimeout(timer);
  }, [words]);
  return said;
}
