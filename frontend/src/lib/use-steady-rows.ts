import { useState } from "react";
import { useLeaving, withLeaving } from "./leaving";

export interface SteadyRow<Row> {
  row: Row;
  /** It is there no more. It is grey before it goes. */
  left: boolean;
}

export interface SteadyRows<Row> {
  answer: Row[] | null;
  reading: boolean;
  rows: SteadyRow<Row>[];
}

/** For short lists, where new rows are few: while somebody reads, each row keeps its place and new ones come last. */
export function useSteadyRows<Row>(
  answer: Row[] | null,
  { keyOf, reading }: { keyOf: (row: Row) => string; reading: boolean },
): SteadyRow<Row>[] {
  const [shown, setShown] = useState<SteadyRows<Row>>({ answer: null, reading: false, rows: [] });
  const next = advance(shown, { answer, reading, keyOf });
  if (next !== shown) setShown(next);
  const left = next.rows.filter((row) => row.left).map(({ row }) => keyOf(row));
  useLeaving(left, next.reading, (key) => setShown((now) => swept(now, key, keyOf)));
  return next.rows;
}

/** The rows after an answer or a change of reading; the same object when neither changed. */
export function advance<Row>(
  shown: SteadyRows<Row>,
  { answer, reading, keyOf }: { answer: Row[] | null; reading: boolean; keyOf: (row: Row) => string },
): SteadyRows<Row> {
  if (shown.answer === answer && shown.reading === reading) return shown;
  const rows = answer ?? [];
  const fresh = rows.map((row) => ({ row, left: false }));
  const newest = new Map(rows.map((row) => [keyOf(row), row]));
  const kept = shown.rows.map(({ row }) => {
    const now = newest.get(keyOf(row));
    newest.delete(keyOf(row));
    return { row: now ?? row, left: !now };
  });
  if (!reading) return { answer, reading, rows: withLeaving(fresh, kept, ({ row }) => keyOf(row)) };
  return { answer, reading, rows: [...kept, ...[...newest.values()].map((row) => ({ row, left: false }))] };
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
