import type { TaskRowFragment, TasksScreenQuery } from "@/gql/operations";
import { MOST_COUNTED } from "./place";

export interface ShownRow {
  cursor: string;
  task: TaskRowFragment;
  /** It no longer belongs to what is listed (its status changed under a filter), but somebody may be reading it. */
  left: boolean;
}

/** The rows on screen. Reading wins over updating: while somebody reads, rows change in place and none moves. */
export interface TaskWindow {
  /** The place that the rows belong to. */
  key: string | null;
  answer: TasksScreenQuery | null;
  reading: boolean;
  rows: ShownRow[];
  /** New tasks above the first row that are not shown yet; above MOST_COUNTED: more than can be counted fast. */
  waiting: number;
}

export const emptyWindow: TaskWindow = { key: null, answer: null, reading: false, rows: [], waiting: 0 };

interface Seen {
  key: string;
  answer: TasksScreenQuery;
  reading: boolean;
}

/** The window after an answer or a change of reading; the same object when neither changed. */
export function advance(window: TaskWindow, { key, answer, reading }: Seen): TaskWindow {
  if (window.key === key && window.answer === answer && window.reading === reading) return window;
  const samePlace = window.key === key && window.rows.length > 0;
  const isHeldAnswer = answer.newer !== undefined;
  if (!samePlace || (!reading && !isHeldAnswer))
    return { key, answer, reading, rows: freshRows(answer), waiting: 0 };
  return {
    key,
    answer,
    reading,
    rows: inPlace(window.rows, answer),
    waiting: reading ? countNew(window.rows, answer) : 0,
  };
}

function freshRows(answer: TasksScreenQuery): ShownRow[] {
  return answer.page.edges.map(({ cursor, node }) => ({ cursor, task: node, left: false }));
}

function inPlace(rows: ShownRow[], answer: TasksScreenQuery): ShownRow[] {
  const newest = new Map(answer.page.edges.map(({ node }) => [node.id, node]));
  for (const task of answer.top?.nodes ?? []) newest.set(task.id, task);
  return rows.map((row) => {
    const task = newest.get(row.task.id);
    return task ? { ...row, task, left: false } : { ...row, left: true };
  });
}

function countNew(rows: ShownRow[], answer: TasksScreenQuery): number {
  if (answer.newer) return Math.min(answer.newer.edges.length, MOST_COUNTED + 1);
  const known = new Set(rows.map(({ task }) => task.id));
  const firstKnown = answer.page.edges.findIndex(({ node }) => known.has(node.id));
  return firstKnown < 0 ? MOST_COUNTED + 1 : firstKnown;
}
