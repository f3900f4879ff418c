import { useState } from "react";
import { useLeaving, withLeaving } from "./leaving";

export interface SteadyRow<Row> {
  row: Row;
  /** It is there no more. It is grey before it goes. */
  left: boolean;
}

export interface SteadyRows<Row> {
  place: string;
  answer: Row[] | null;
  reading: boolean;
  rows: SteadyRow<Row>[];
}

interface Options<Row> {
  keyOf: (row: Row) => string;
  reading: boolean;
  /** What part of which list the answer is: another one is begun anew, whoever reads. */
  place?: string;
  /** Whether a row that the answer lacks is there no more; else it may stand on another page. */
  whole?: boolean;
}

/** For short lists, where new rows are few: while somebody reads, each row keeps its place and new ones come last. */
export function useSteadyRows<Row>(answer: Row[] | null, options: Options<Row>): SteadyRow<Row>[] {
  const { keyOf } = options;
  const [shown, setShown] = useState<SteadyRows<Row>>({ place: "", answer: null, reading: false, rows: [] });
  const next = advance(shown, { answer, ...options });
  if (next !== shown) setShown(next);
  const left = next.rows.filter((row) => row.left).map(({ row }) => keyOf(row));
  useLeaving(left, next.reading, (key) => setShown((now) => swept(now, key, keyOf)));
  return next.rows;
}

/** The rows after an answer or a change of reading; the same object when neither changed. */
export function advance<Row>(
  shown: SteadyRows<Row>,
  { answer, reading, keyOf, place = "", whole = true }: { answer: Row[] | null } & Options<Row>,
): SteadyRows<Row> {
  if (shown.answer === answer && shown.reading === reading && shown.place === place) return shown;
  const rows = answer ?? [];
  const fresh = rows.map((row) => ({ row, left: false }));
  if (shown.place !== place || shown.rows.length === 0) return { place, answer, reading, rows: fresh };
  const newest = new Map(rows.map((row) => [keyOf(row), row]));
  const kept = shown.rows.map(({ row, left }) => {
    const now = newest.get(keyOf(row));
    newest.delete(keyOf(row));
    return { row: now ?? row, left: whole ? !now : left && !now };
  });
  if (!reading && !whole) return { place, answer, reading, rows: fresh };
  if (!reading) return { place, answer, reading, rows: withLeaving(fresh, kept, ({ row }) => keyOf(row)) };
  const added = whole ? [...newest.values()].map((row) => ({ row, left: false })) : [];
  return { place, answer, reading, rows: [...kept, ...added] };
}

/** Without a row that has been grey for long enough; while somebody reads it stays. */
export function swept<Row>(
  shown: SteadyRows<Row>,
  key: string,
  keyOf: (row: Row) => string,
): SteadyRows<Row> {
  if (shown.reading) return shown;
  return { ...shown, rows: shown.rows.filter(({ row, left }) => !left || keyOf(row) !== key) };
}
