import type { TasksScreenQueryVariables } from "@/gql/operations";
import { type Filter, filterOf, queryFilter } from "./filter";

/** Where in the list of tasks the reader is; it lives in the URL. Cursors are the server's and opaque. */
export interface Place {
  filter: Filter;
  after: string | null;
  before: string | null;
}

export const PAGE_LENGTH = 50;
/** One more than is worth counting: "50+ new tasks". */
export const MOST_COUNTED = 50;

export function placeOf(search: URLSearchParams): Place {
  return {
    filter: filterOf(search),
    after: search.get("after"),
    before: search.get("before"),
  };
}

export function isNewest(place: Place): boolean {
  return place.after === null && place.before === null;
}

/**
 * The question for a place. While rows are held at the newest page, the page hangs below its top row instead; that one is
 * what comes before the second row, or the oldest of all when it stands alone. `held` is the cursors of the two.
 */
export function questionOf(
  place: Place,
  held: { top: string; second: string | null } | null,
): TasksScreenQueryVariables {
  const filter = queryFilter(place.filter);
  if (held) {
    const page = { first: PAGE_LENGTH - 1, after: held.top };
    return { ...page, filter, holding: true, topCursor: held.top, secondCursor: held.second };
  }
  const page = place.before
    ? { last: PAGE_LENGTH, before: place.before }
    : { first: PAGE_LENGTH, after: place.after };
  return { ...page, filter, holding: false };
}

/** Two questions with the same key are about the same place, held or not. */
export function placeKey(question: TasksScreenQueryVariables): string {
  const { filter, holding, after, before } = question;
  return JSON.stringify([filter ?? null, holding ? null : (after ?? null), before ?? null]);
}
