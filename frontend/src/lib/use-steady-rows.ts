import { useState } from "react";

export interface SteadyRow<Row> {
  row: Row;
  /** It is there no more, but somebody may be reading it. */
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
  return next.rows;
}

/** The rows after an answer or a change of reading; the same object when neither changed. */
export function advance<Row>(
  shown: SteadyRows<Row>,
  { answer, reading, keyOf }: { answer: Row[] | null; reading: boolean; keyOf: (row: Row) => string },
): SteadyRows<Row> {
  if (shown.answer === answer && shown.reading === reading) return shown;
  const rows = answer ?? [];
  if (!reading) return { answer, reading, rows: rows.map((row) => ({ row, left: false })) };
  const newest = new Map(rows.map((row) => [keyOf(row), row]));
  const kept = shown.rows.map(({ row }) => {
    const now = newest.get(keyOf(row));
    newest.delete(keyOf(row));
    return { row: now ?? row, left: !now };
  });
  return { answer, reading, rows: [...kept, ...[...newest.values()].map((row) => ({ row, left: false }))] };
}
