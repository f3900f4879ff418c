import { describe, expect, test } from "vitest";
import type { TaskRowFragment, TasksScreenQuery } from "@/gql/operations";
import { aTask } from "@/testing/task-factory";
import { type TaskWindow, advance, emptyWindow, swept } from "./task-window";

type Status = TaskRowFragment["status"];

const row = (id: string, status: Status = "QUEUEING") =>
  aTask.queueing({ id, status }) as unknown as TaskRowFragment;

function answered(
  ids: string[],
  held?: { top: string; newer: number; changes?: Record<string, Status> },
  { more = false } = {},
): TasksScreenQuery {
  return {
    page: {
      edges: ids.map((id) => ({ cursor: `c-${id}`, node: row(id, held?.changes?.[id]) })),
      pageInfo: { hasNextPage: more, hasPreviousPage: more, startCursor: null, endCursor: null },
      lookedBackTo: null,
      counts: null,
    },
    ...(held && {
      top: { nodes: [row(held.top, held.changes?.[held.top])] },
      newer: { edges: Array.from({ length: held.newer }, (_, index) => ({ cursor: `n${index}` })) },
    }),
    totals: { counts: null },
    workers: [],
  };
}

const idsOf = (window: TaskWindow) => window.rows.map(({ task }) => task.id);
const first = advance(emptyWindow, { key: "here", answer: answered(["b", "a"]), reading: false });

describe("while nobody reads", () => {
  test("new rows appear at once", () => {
    const next = advance(first, { key: "here", answer: answered(["c", "b", "a"]), reading: false });

    expect(idsOf(next)).toEqual(["c", "b", "a"]);
    expect(next.waiting).toBe(0);
  });

  const rowsOf = (window: TaskWindow) =>
    window.rows.map(({ task, left }) => (left ? `(${task.id})` : task.id));
  const see = (window: TaskWindow, ids: string[], more = false) =>
    advance(window, { key: "here", answer: answered(ids, undefined, { more }), reading: false });

  test("rows that left the list are grey where they stood, until they are swept", () => {
    const four = see(emptyWindow, ["d", "c", "b", "a"]);

    const left = see(four, ["e", "c", "a"]);
    expect(rowsOf(left)).toEqual(["(d)", "e", "c", "(b)", "a"]);
    const later = see(left, ["f", "e", "a"]);
    expect(rowsOf(later)).toEqual(["(d)", "f", "e", "(c)", "(b)", "a"]);
    expect(rowsOf(swept(later, "d"))).toEqual(["f", "e", "(c)", "(b)", "a"]);
    expect(rowsOf(swept(later, "a"))).toEqual(rowsOf(later));
    expect(rowsOf(see(later, ["d", "a"]))).toEqual(["d", "(f)", "(e)", "(c)", "(b)", "a"]);
  });

  test("a row that is read is not swept", () => {
    const answer = answered(["a"]);
    const read = advance(first, { key: "here", answer, reading: true });

    expect(swept(read, "b")).toBe(read);
  });

  test("rows that new ones push out of a full page go at once, and so do all when none is left", () => {
    const full = see(emptyWindow, ["c", "b", "a"], true);

    expect(rowsOf(see(full, ["e", "d", "c"], true))).toEqual(["e", "d", "c"]);
    expect(rowsOf(see(full, ["z", "y", "x"], true))).toEqual(["z", "y", "x"]);
  });

  test("no more of them are kept than can be looked at", () => {
    const many = Array.from({ length: 50 }, (_, index) => `n${index}`);

    expect(see(see(emptyWindow, many), ["z"]).rows).toHaveLength(21);
  });
});

describe("while somebody reads", () => {
  test("new rows wait and are counted", () => {
    const next = advance(first, { key: "here", answer: answered(["d", "c", "b", "a"]), reading: true });

    expect(idsOf(next)).toEqual(["b", "a"]);
    expect(next.waiting).toBe(2);
  });

  test("rows change in place, the top one too", () => {
    const answer = answered(["a"], { top: "b", newer: 3, changes: { a: "FINISHED", b: "RUNNING" } });
    const next = advance(first, { key: "here", answer, reading: true });

    expect(next.rows.map(({ task }) => [task.id, task.status])).toEqual([
      ["b", "RUNNING"],
      ["a", "FINISHED"],
    ]);
    expect(next.waiting).toBe(3);
  });

  test("a row that left the filtered list stays, marked", () => {
    const next = advance(first, { key: "here", answer: answered([], { top: "b", newer: 0 }), reading: true });

    expect(next.rows.map(({ task, left }) => [task.id, left])).toEqual([
      ["b", false],
      ["a", true],
    ]);
  });

  test("those that would stand between the rows wait as well, and the last row that they push out has not left", () => {
    const full = advance(emptyWindow, {
      key: "here",
      answer: answered(["d", "c", "b", "a"], undefined, { more: true }),
      reading: false,
    });
    const joined = answered(["c", "new", "b"], { top: "d", newer: 1 }, { more: true });

    const next = advance(full, { key: "here", answer: joined, reading: true });

    expect(next.rows.map(({ task, left }) => [task.id, left])).toEqual([
      ["d", false],
      ["c", false],
      ["b", false],
      ["a", false],
    ]);
    expect(next.waiting).toBe(2);
  });

  test("where others follow the last row that is still there, those behind it have left", () => {
    const answer = answered(["0", "-1"], { top: "b", newer: 0 }, { more: true });
    const next = advance(first, { key: "here", answer, reading: true });

    expect(next.rows.map(({ task, left }) => [task.id, left])).toEqual([
      ["b", false],
      ["a", true],
    ]);
    expect(next.waiting).toBe(0);
  });

  test("a page before a place pushes out its first row", () => {
    const answer = answered(["b", "new", "a"], undefined, { more: true });
    const full = advance(emptyWindow, { key: "here", answer, reading: false });
    const joined = answered(["new", "newer", "a"], undefined, { more: true });

    const next = advance(full, { key: "here", answer: joined, reading: true, fromEnd: true });

    expect(next.rows.map(({ task, left }) => [task.id, left])).toEqual([
      ["b", false],
      ["new", false],
      ["a", false],
    ]);
  });

  test("more than fifty new ones are not counted on", () => {
    const many = Array.from({ length: 50 }, (_, index) => `n${index}`);

    expect(advance(first, { key: "here", answer: answered(many), reading: true }).waiting).toBe(51);
    const held = answered(["a"], { top: "b", newer: 51 });
    expect(advance(first, { key: "here", answer: held, reading: true }).waiting).toBe(51);
  });

  test("an empty list still takes its first rows", () => {
    const empty = advance(emptyWindow, { key: "here", answer: answered([]), reading: true });

    expect(idsOf(advance(empty, { key: "here", answer: answered(["a"]), reading: true }))).toEqual(["a"]);
  });

  test("another place shows its own rows", () => {
    expect(idsOf(advance(first, { key: "there", answer: answered(["z"]), reading: true }))).toEqual(["z"]);
  });
});

describe("after reading", () => {
  test("held rows stay until the full page is answered, with nothing waiting", () => {
    const held = advance(first, {
      key: "here",
      answer: answered(["a"], { top: "b", newer: 2 }),
      reading: true,
    });
    const left = advance(held, { key: "here", answer: held.answer!, reading: false });

    expect(idsOf(left)).toEqual(["b", "a"]);
    expect(left.waiting).toBe(0);
    const full = advance(left, { key: "here", answer: answered(["d", "c", "b", "a"]), reading: false });
    expect(idsOf(full)).toEqual(["d", "c", "b", "a"]);
  });
});

test("nothing new gives the very same window", () => {
  expect(advance(first, { key: "here", answer: first.answer!, reading: false })).toBe(first);
});
