import type { QueueOrder, QueueOrderField } from "@/gql/operations";
import { type ListOrder, ListOrders, type OrderLook } from "@/lib/list-order";

/** In which order queues are listed. By OLDEST it is the wait that goes up or down: the longest first is down. */
export type Order = ListOrder<QueueOrderField>;

export const orderLook = {
  NAME: { word: "name", label: "Queue", down: "Z to A", up: "A to Z", upFirst: true },
  PAUSED: { word: "state", label: "State", down: "paused first", up: "open first" },
  QUEUEING: { word: "queueing", label: "Queueing", down: "most first", up: "fewest first" },
  OLDEST: { word: "oldest", label: "Oldest", down: "longest wait first", up: "shortest wait first" },
  RUNNING: { word: "running", label: "Running", down: "most first", up: "fewest first" },
} satisfies Record<QueueOrderField, OrderLook>;

export const queueOrders = new ListOrders<QueueOrderField>(orderLook, { field: "NAME", descending: false });

/** The order as the API takes it; null for the one it has by itself. */
export function queryOrder(order: Order): QueueOrder | null {
  if (queueOrders.isUsual(order)) return null;
  // There it goes by the instant since when the oldest waits.
  return order.field === "OLDEST" ? queueOrders.turned(order) : order;
}
