import type { QueuesScreenQuery, QueuesScreenQueryVariables } from "@/gql/operations";
import { type Address, withSearch } from "@/lib/address";
import { type ListPage, PAGE_ROWS } from "@/lib/list-page";
import { type Order, queryOrder, queueOrders } from "./order";

/** Where in the list of queues the reader is; it lives in the URL. Cursors are the server's and opaque. */
export interface Place {
  search: string;
  order: Order;
  after: string | null;
  before: string | null;
}

/** The search parameters of a page, which a search or another order begins anew. */
export const PAGE_PARAMETERS = ["after", "before"] as const;

/** All that the screen reads. */
export const PARAMETERS = ["q", "sort", ...PAGE_PARAMETERS] as const;

export function placeOf(search: URLSearchParams): Place {
  return {
    search: search.get("q") ?? "",
    order: queueOrders.of(search),
    after: search.get("after"),
    before: search.get("before"),
  };
}

export function isFirst({ after, before }: Place): boolean {
  return after === null && before === null;
}

/**
 * The question for a place. While somebody reads, the queues of these names are asked for instead of those that stand there
 * now: they stay on screen wherever they move to.
 */
export function questionOf(place: Place, held: string[] | null): QueuesScreenQueryVariables {
  const page = place.before
    ? { last: PAGE_ROWS, before: place.before }
    : { first: PAGE_ROWS, after: place.after };
  const which = { search: place.search || null, orderBy: queryOrder(place.order) };
  return { ...page, ...which, ...(held ? { holding: true, held } : { holding: false }) };
}

/** Two questions with the same key are about the same place, held or not. */
export function placeKey(question: QueuesScreenQueryVariables): string {
  const { first, after, last, before, search, orderBy } = question;
  return JSON.stringify([first ?? null, after ?? null, last ?? null, before ?? null, search, orderBy]);
}

/** The part of the list that was answered, and the ways to those beside it. */
export function pageOf(address: Address, { page }: QueuesScreenQuery): ListPage {
  const { order, earlier, total, pageInfo } = page;
  const end = earlier + order.length;
  const first = withSearch(address, { after: null, before: null });
  const before = withSearch(address, { after: null, before: pageInfo.startCursor });
  const after = withSearch(address, { after: pageInfo.endCursor, before: null });
  return {
    start: earlier,
    end,
    rows: total,
    // One that is not full is the first one, which has an address without a cursor.
    previous: earlier === 0 || order.length === 0 ? null : earlier <= PAGE_ROWS ? first : before,
    next: end < total && order.length > 0 ? after : null,
  };
}
