import type { TaskOrder, TaskOrderField } from "@/gql/operations";

/** In which order tasks are listed. It lives in the URL: "started", or "started:asc" the other way round. */
export interface Order {
  field: TaskOrderField;
  descending: boolean;
}

interface OrderLook {
  /** In the URL. */
  word: string;
  /** Over the column that shows what the list is sorted by. */
  label: string;
  down: string;
  up: string;
}

/** What the server finds a page by without counting rows, however many tasks there are: nothing else is offered. */
export const orderLook = {
  CREATED: { word: "created", label: "Created", down: "newest first", up: "oldest first" },
  STARTED: { word: "started", label: "Started", down: "latest first", up: "earliest first" },
  FINISHED: { word: "ended", label: "Ended", down: "latest first", up: "earliest first" },
  PRIORITY: { word: "priority", label: "Priority", down: "highest first", up: "lowest first" },
} satisfies Record<TaskOrderField, OrderLook>;

const fields = Object.keys(orderLook) as TaskOrderField[];

export const orders: Order[] = fields.flatMap((field) =>
  [true, false].map((descending) => ({ field, descending })),
);

export const newestFirst: Order = { field: "CREATED", descending: true };

export function orderOf(search: URLSearchParams): Order {
  // A search looks through the newest tasks first: in another order it could not say how far it has looked.
  if (search.get("q")) return newestFirst;
  return orders.find((order) => writtenOrder(order) === search.get("sort")) ?? newestFirst;
}

/** What a URL asks for and no order can. */
export function misreadSort(search: URLSearchParams): string[] {
  const sort = search.get("sort");
  return sort === null || orders.some((order) => writtenOrder(order) === sort) ? [] : [`sort:${sort}`];
}

/** The search parameters of an order, for withSearch; it begins at its first page. */
export function orderSearch(order: Order): Record<string, string | null> {
  return { sort: isNewestFirst(order) ? null : writtenOrder(order), after: null, before: null };
}

/** The order as the API takes it; null for the one it has by itself. */
export function queryOrder(order: Order): TaskOrder | null {
  return isNewestFirst(order) ? null : order;
}

export function isNewestFirst({ field, descending }: Order): boolean {
  return field === "CREATED" && descending;
}

export function writtenOrder({ field, descending }: Order): string {
  return descending ? orderLook[field].word : `${orderLook[field].word}:asc`;
}

export function orderWords({ field, descending }: Order): string {
  const { label, down, up } = orderLook[field];
  return `${label}, ${descending ? down : up}`;
}
