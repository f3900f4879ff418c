import type { TasksScreenQueryVariables } from "@/gql/operations";
import { type Filter, filterOf, listKeys, queryFilter } from "./filter";
import { type Order, orderOf, queryOrder } from "./order";

/** Where in the list of tasks the reader is; it lives in the URL. Cursors are the server's and opaque. */
export interface Place {
  filter: Filter;
  order: Order;
  after: string | null;
  before: string | null;
}

/** The search parameters that the screen reads. */
export const PARAMETERS = [...listKeys, "created", "q", "sort", "after", "before", "chart"] as const;

export const PAGE_LENGTH = 50;
/** One more than is worth counting: "50+ new tasks". */
export const MOST_COUNTED = 50;

export function placeOf(search: URLSearchParams): Place {
  return {
    filter: filterOf(search),
    order: orderOf(search),
    after: search.get("after"),
    before: search.get("before"),
  };
}

/** Whether it is the first page, which in the usual order has the newest tasks. */
export function isFirst(place: Place): boolean {
  return place.after === null && place.before === null;
}

/**
 * The question for a place. While rows are held at the first page, the page hangs below its top row instead; that one is
 * what comes before the second row, or the last of all when it stands alone. `held` is the cursors of the two.
 */
export function questionOf(
  place: Place,
  held: { top: string; second: string | null } | null,
): TasksScreenQueryVariables {
  const which = { filter: queryFilter(place.filter), orderBy: queryOrder(place.order) };
  if (held) {
    const page = { first: PAGE_LENGTH - 1, after: held.top };
    return { ...page, ...which, holding: true, topCursor: held.top, secondCursor: held.second };
  }
  const page = place.before
    ? { last: PAGE_LENGTH, before: place.before }
    : { first: PAGE_LENGTH, after: place.after };
  return { ...page, ...which, holding: false };
}

/** Two questions with the same key are about the same place, held or not. */
export function placeKey(question: TasksScreenQueryVariables): string {
  const { filter, orderBy, holding, after, before } = question;
  return JSON.stringify([filter ?? null, orderBy ?? null, holding ? null : (after ?? null), before ?? null]);
}
