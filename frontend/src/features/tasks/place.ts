import { statuses } from "@/components/status-look";
import type { TaskStatus, TasksScreenQueryVariables } from "@/gql/operations";

/** Where in the list of tasks the reader is; it lives in the URL. Cursors are the server's and opaque. */
export interface Place {
  statuses: TaskStatus[];
  after: string | null;
  before: string | null;
}

export const PAGE_LENGTH = 50;
/** One more than is worth counting: "50+ new tasks". */
export const MOST_COUNTED = 50;

export function placeOf(search: URLSearchParams): Place {
  const named = (search.get("status") ?? "").toUpperCase().split(",");
  return {
    statuses: statuses.filter((status) => named.includes(status)),
    after: search.get("after"),
    before: search.get("before"),
  };
}

export function isNewest(place: Place): boolean {
  return place.after === null && place.before === null;
}

/** The question for a place. While rows are held at the newest page, the page hangs below its top row instead. */
export function questionOf(
  place: Place,
  anchor: { id: string; cursor: string } | null,
): TasksScreenQueryVariables {
  const filter = place.statuses.length > 0 ? { status: place.statuses } : null;
  if (anchor) {
    const page = { first: PAGE_LENGTH - 1, after: anchor.cursor };
    return { ...page, filter, holding: true, topId: anchor.id, topCursor: anchor.cursor };
  }
  const page = place.before
    ? { last: PAGE_LENGTH, before: place.before }
    : { first: PAGE_LENGTH, after: place.after };
  return { ...page, filter, holding: false, topId: "" };
}

/** Two questions with the same key are about the same place, held or not. */
export function placeKey(question: TasksScreenQueryVariables): string {
  const { filter, holding, after, before } = question;
  return JSON.stringify([filter?.status ?? [], holding ? null : (after ?? null), before ?? null]);
}
