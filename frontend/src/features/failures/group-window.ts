import type { FailuresScreenQuery } from "@/gql/operations";
import { withLeaving } from "@/lib/leaving";

export type Group = FailuresScreenQuery["failureGroups"][number];

export interface ShownGroup {
  group: Group;
  /** No task has this failure any more. It is grey before it goes. */
  left: boolean;
}

/** The groups on screen. The server puts the one seen last first; while somebody reads, none changes its place. */
export interface GroupWindow {
  answer: Group[] | null;
  reading: boolean;
  rows: ShownGroup[];
  /** Kinds of failure that are not shown yet. */
  waiting: number;
}

export const emptyWindow: GroupWindow = { answer: null, reading: false, rows: [], waiting: 0 };

/** The window after an answer or a change of reading; the same object when neither changed. */
export function advance(window: GroupWindow, answer: Group[], reading: boolean): GroupWindow {
  if (window.answer === answer && window.reading === reading) return window;
  const next = answer.map((group) => ({ group, left: false }));
  if (window.rows.length === 0) return { answer, reading, rows: next, waiting: 0 };
  const newest = new Map(answer.map((group) => [group.key, group]));
  const rows = window.rows.map((row) => {
    const group = newest.get(row.group.key);
    return group ? { group, left: false } : { ...row, left: true };
  });
  if (!reading)
    return { answer, reading, rows: withLeaving(next, rows, ({ group }) => group.key), waiting: 0 };
  const known = new Set(rows.map(({ group }) => group.key));
  return { answer, reading, rows, waiting: answer.filter(({ key }) => !known.has(key)).length };
}

/** Without a row that has been grey for long enough; while somebody reads it stays. */
export function swept(window: GroupWindow, key: string): GroupWindow {
  if (window.reading) return window;
  return { ...window, rows: window.rows.filter(({ group, left }) => !left || group.key !== key) };
}
