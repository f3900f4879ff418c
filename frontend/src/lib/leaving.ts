import { useEffect, useRef } from "react";

/** Milliseconds that a row is grey before it goes. */
const GREY_MS = 1_500;
/** More of them would be more than one can look at, and crowd out what is listed. */
const MOST_LEAVING = 20;

interface Row {
  /** It is there no more. */
  left: boolean;
}

/** The new rows, and below what they stood below those of the rows before that have left. */
export function withLeaving<Shown extends Row>(
  next: readonly Shown[],
  before: readonly Shown[],
  keyOf: (row: Shown) => string,
): Shown[] {
  const rows = [...next];
  const places = new Map(next.map((row, place) => [keyOf(row), place]));
  const leaving = new Set(before.filter(({ left }) => left).slice(0, MOST_LEAVING));
  let place = 0;
  let added = 0;
  for (const row of before) {
    const at = places.get(keyOf(row));
    if (at !== undefined) place = at + added + 1;
    else if (leaving.has(row)) {
      rows.splice(place, 0, row);
      place += 1;
      added += 1;
    }
  }
  return rows;
}

/** Call `sweep` with the key of each row that has left, once it has been grey for long enough and nobody reads. */
export function useLeaving(left: readonly string[], reading: boolean, sweep: (key: string) => void): void {
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const newest = useRef(sweep);
  useEffect(() => {
    newest.current = sweep;
  });
  const keys = reading ? "" : left.join("\n");
  useEffect(() => {
    const known = timers.current;
    const wanted = new Set(keys.split("\n").filter(Boolean));
    for (const [key, timer] of known)
      if (!wanted.has(key)) {
        clearTimeout(timer);
        known.delete(key);
      }
    // Each has its own time: another answer begins none anew, or a busy list would never let one go.
    for (const key of wanted)
      if (!known.has(key))
        known.set(
          key,
          setTimeout(() => newest.current(key), GREY_MS),
        );
  }, [keys]);
  useEffect(() => {
    const known = timers.current;
    return () => {
      for (const timer of known.values()) clearTimeout(timer);
      known.clear();
    };
  }, []);
}
