import type { WorkersScreenQuery } from "@/gql/operations";

export type Worker = WorkersScreenQuery["workers"][number];

/** More rows than these make the page slow to read and to draw. */
export const PAGE_ROWS = 100;

/** Those who are there first, each part by its topic's number as the server lists them. */
export function lostLast(workers: readonly Worker[]): Worker[] {
  const isLost = ({ state }: Worker) => state === "LOST";
  return [...workers.filter((worker) => !isLost(worker)), ...workers.filter(isLost)];
}

/** Where a page of rows begins and ends: counted from 0, without its end. */
export interface Span {
  /** Counted from 1. */
  page: number;
  start: number;
  end: number;
}

/** The page that an address asks for, or the nearest one that there is. */
export function spanOf(search: URLSearchParams, rows: number): Span {
  const asked = Number.parseInt(search.get("page") ?? "1", 10) || 1;
  const last = Math.max(1, Math.ceil(rows / PAGE_ROWS));
  const page = Math.min(Math.max(1, asked), last);
  const start = (page - 1) * PAGE_ROWS;
  return { page, start, end: Math.min(rows, start + PAGE_ROWS) };
}
