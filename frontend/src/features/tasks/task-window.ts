import type { TaskRowFragment, TasksScreenQuery } from "@/gql/operations";
import { withLeaving } from "@/lib/leaving";
import { MOST_COUNTED } from "./place";

export interface ShownRow {
  cursor: string;
  task: TaskRowFragment;
  /** It no longer belongs to what is listed: its status changed under a filter. It is grey before it goes. */
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
  /** The page was asked for from its end: it is what comes before a place. */
  fromEnd?: boolean;
}

/** The window after an answer or a change of reading; the same object when neither changed. */
export function advance(window: TaskWindow, { key, answer, reading, fromEnd = false }: Seen): TaskWindow {
  if (window.key === key && window.answer === answer && window.reading === reading) return window;
  const samePlace = window.key === key && window.rows.length > 0;
  const isHeldAnswer = answer.newer !== undefined;
  if (!samePlace) return { key, answer, reading, rows: freshRows(answer), waiting: 0 };
  if (!reading && !isHeldAnswer)
    return { key, answer, reading, rows: fresh(window.rows, answer, fromEnd), waiting: 0 };
  return {
    key,
    answer,
    reading,
    rows: inPlace(window.rows, answer, fromEnd),
    waiting: reading ? countNew(window.rows, answer) : 0,
  };
}

function freshRows(answer: TasksScreenQuery): ShownRow[] {
  return answer.page.edges.map(({ cursor, node }) => ({ cursor, task: node, left: false }));
}

/** Without a row that has been grey for long enough; while somebody reads it stays. */
export function swept(window: TaskWindow, id: string): TaskWindow {
  if (window.reading) return window;
  return { ...window, rows: window.rows.filter(({ task, left }) => !left || task.id !== id) };
}

/** The rows of the answer, and those that have left the list where they stood. */
function fresh(rows: ShownRow[], answer: TasksScreenQuery, fromEnd: boolean): ShownRow[] {
  const next = freshRows(answer);
  const ids = new Set(next.map(({ task }) => task.id));
  // Of a page of which nothing is left nobody knows whether all have left it, or as many have come before them.
  const { hasNextPage, hasPreviousPage } = answer.page.pageInfo;
  if ((fromEnd ? hasPreviousPage : hasNextPage) && !rows.some(({ task }) => ids.has(task.id))) return next;
  return withLeaving(next, inPlace(rows, answer, fromEnd), ({ task }) => task.id);
}

function inPlace(rows: ShownRow[], answer: TasksScreenQuery, fromEnd: boolean): ShownRow[] {
  const newest = new Map(answer.page.edges.map(({ node }) => [node.id, node]));
  for (const task of answer.top?.nodes ?? []) newest.set(task.id, task);
  const isUnknown = pushedOut(rows, answer, fromEnd);
  return rows.map((row, index) => {
    const task = newest.get(row.task.id);
    if (task) return { ...row, task, left: false };
    return isUnknown(index) ? row : { ...row, left: true };
  });
}

/**
 * Which are the rows at the far end that the answer says nothing of: others have come between those before them, and the page is full.
 * Where the answer reaches further than the last row that it still has, the ones behind that have left.
 */
function pushedOut(rows: ShownRow[], { page }: TasksScreenQuery, fromEnd: boolean) {
  const edge = page.edges.at(fromEnd ? 0 : -1);
  const isFull = fromEnd ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
  const last = edge && isFull ? rows.findIndex(({ task }) => task.id === edge.node.id) : -1;
  return (index: number) => last >= 0 && (fromEnd ? index < last : index > last);
}

/** Those above the first row, and those that would stand between the rows. */
function countNew(rows: ShownRow[], answer: TasksScreenQuery): number {
  const known = new Set(rows.map(({ task }) => task.id));
  const { edges } = answer.page;
  const isKnown = edges.map(({ node }) => known.has(node.id));
  const lastKnown = isKnown.lastIndexOf(true);
  const between = isKnown.slice(0, lastKnown + 1).filter((each) => !each).length;
  if (answer.newer) return Math.min(answer.newer.edges.length + between, MOST_COUNTED + 1);
  return lastKnown < 0 ? MOST_COUNTED + 1 : between;
}
