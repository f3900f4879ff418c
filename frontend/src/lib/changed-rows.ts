import { type Json, sameJson } from "./json";

/** The rows of an answer, each by what it is known by. */
export type Rows = ReadonlyMap<string, unknown>;

/** In so many rows the newer answer differs: those that changed, and those that have come or gone, whichever are more. */
export function changedRows(shown: Rows, newest: Rows): number {
  // A page that is full lets a row go for each that comes: the two are one change.
  const gone = [...shown.keys()].filter((key) => !newest.has(key)).length;
  const kept = [...newest].filter(([key]) => shown.has(key));
  const changed = kept.filter(([key, row]) => !sameJson(shown.get(key) as Json, row as Json)).length;
  return changed + Math.max(gone, newest.size - kept.length);
}
