import { type Address, withSearch } from "./address";

/** More rows than these make a page slow to read and to draw. */
export const PAGE_ROWS = 100;

/** A part of a list, and the addresses of those beside it; null where there is none. */
export interface ListPage {
  /** Counted from 0, without its end. */
  start: number;
  end: number;
  /** Of the whole list. */
  rows: number;
  previous: string | null;
  next: string | null;
}

/** Of a list that is here as a whole: the page whose number the address has, or the nearest one that there is. */
export function numberedPage(address: Address, rows: number): ListPage {
  const asked = Number.parseInt(address.search.get("page") ?? "1", 10) || 1;
  const last = Math.max(1, Math.ceil(rows / PAGE_ROWS));
  const page = Math.min(Math.max(1, asked), last);
  const start = (page - 1) * PAGE_ROWS;
  const to = (page: number) => withSearch(address, { page: page === 1 ? null : String(page) });
  return {
    start,
    end: Math.min(rows, start + PAGE_ROWS),
    rows,
    previous: page > 1 ? to(page - 1) : null,
    next: page < last ? to(page + 1) : null,
  };
}
