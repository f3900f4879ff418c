import type { TaskOrder, TaskOrderField } from "@/gql/operations";
import { type ListOrder, ListOrders, type OrderLook } from "@/lib/list-order";

/** In which order tasks are listed. */
export type Order = ListOrder<TaskOrderField>;

/** What the server finds a page by without counting rows, however many tasks there are: nothing else is offered. */
export const orderLook = {
  CREATED: { word: "created", label: "Created", down: "newest first", up: "oldest first" },
  STARTED: { word: "started", label: "Started", down: "latest first", up: "earliest first" },
  FINISHED: { word: "ended", label: "Ended", down: "latest first", up: "earliest first" },
  PRIORITY: { word: "priority", label: "Priority", down: "highest first", up: "lowest first" },
} satisfies Record<TaskOrderField, OrderLook>;

export const newestFirst: Order = { field: "CREATED", descending: true };

export const taskOrders = new ListOrders(orderLook, newestFirst);

export function orderOf(search: URLSearchParams): Order {
  // A search looks through the newest tasks first: in another order it could not say how far it has looked.
  return search.get("q") ? newestFirst : taskOrders.of(search);
}

/** The order as the API takes it; null for the one it has by itself. */
export function queryOrder(order: Order): TaskOrder | null {
  return taskOrders.isUsual(order) ? null : order;
}

export function isNewestFirst(order: Order): boolean {
  return taskOrders.isUsual(order);
}
