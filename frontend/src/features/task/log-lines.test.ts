import { describe, expect, test } from "vitest";
import { type Logs, askedAfter, gapOf, gathered, isFull } from "./log-lines";

const line = (number: number, text = `line ${number}`) => ({
  number,
  at: "2026-11-25T12:00:00Z",
  stream: "stdout",
  text,
});
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const attempt = (number: number, log: ReturnType<typeof line>[]) => ({
  number,
  log,
  worker: "W1",
  outcome: null,
  error: null,
  traceback: null,
  startedAt: null,
  finishedAt: null,
  nextDueAt: null,
});
const nothing: Logs = new Map();
const kept = (log: ReturnType<typeof line>[]) => gathered(nothing, [attempt(1, log)], 0).get(1)!;

describe("gathering a log", () => {
  test("appends what is new and keeps what is there", () => {
    const first = gathered(nothing, [attempt(1, lines(1, 2))], 0);
    const second = gathered(first, [attempt(1, lines(1, 3))], 0);

    expect(second.get(1)?.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("is the same object when nothing is new, so that nothing is painted", () => {
    const first = gathered(nothing, [attempt(1, lines(1, 2))], 0);

    expect(gathered(first, [attempt(1, lines(1, 2))], 0)).toBe(first);
  });

  test("leaves no gap in the log of an attempt that is not read", () => {
    const first = gathered(nothing, [attempt(1, lines(1, 2)), attempt(2, lines(1, 300))], 0);
    const second = gathered(first, [attempt(1, []), attempt(2, lines(301, 310))], 300);
    const third = gathered(second, [attempt(1, lines(301, 302))], 300);

    expect(third.get(1)).toHaveLength(2);
    expect(third.get(2)).toHaveLength(310);
  });

  test("shows a terminal's escapes harmlessly", () => {
    expect(gathered(nothing, [attempt(1, [line(1, "\u001b[31mred")])], 0).get(1)?.[0]?.text).toBe("red");
  });
});

describe("asking on", () => {
  test("stays while few lines come, and moves behind many", () => {
    expect(askedAfter(kept(lines(1, 99)), 0)).toBe(0);
    expect(askedAfter(kept(lines(1, 100)), 0)).toBe(100);
    expect(askedAfter(kept(lines(1, 150)), 100)).toBe(100);
  });

  test("begins anew for a log that was read less far", () => {
    expect(askedAfter(kept(lines(1, 20)), 500)).toBe(20);
    expect(askedAfter([], 500)).toBe(0);
  });
});

describe("a log at its limit", () => {
  const left = (number: number, stream = "worker") => ({
    ...line(number, "… 7,899 lines (300 kB) left out …"),
    stream,
  });

  test("is full by its lines, or by the bytes of them", () => {
    const kibibyte = (number: number) => line(number, "x".repeat(1_023));

    expect(isFull(kept(lines(1, 1_999)))).toBe(false);
    expect(isFull(kept(lines(1, 2_000)))).toBe(true);
    const many = Array.from({ length: 1_024 }, (_, index) => kibibyte(index + 1));
    expect(isFull(kept(many))).toBe(true);
    expect(isFull(kept(many.slice(1)))).toBe(false);
    const wide = Array.from({ length: 1_024 }, (_, index) => line(index + 1, "ä".repeat(511)));
    expect(isFull(kept(wide))).toBe(false);
    expect(isFull(kept([...wide, line(1_025, "z".repeat(1_023))]))).toBe(true);
  });

  test("says what was kept and what was left out, and where", () => {
    expect(gapOf(kept([...lines(1, 2_000), left(2_001), ...lines(2_002, 2_101)]))).toEqual({
      words:
        "The first 2,000 lines and the last 100 lines are kept; 7,899 lines (300 kB) between them were left out.",
      at: 2_000,
    });
    expect(gapOf(kept([line(1), left(2), line(3)]))?.words).toBe(
      "The first line and the last are kept; 7,899 lines (300 kB) between them were left out.",
    );
    expect(gapOf(kept(lines(1, 5_000)))?.words).toBe(
      "The first 5,000 lines are kept; any further ones were left out.",
    );
  });

  test("is not what a task writes itself, nor one that is shorter", () => {
    expect(gapOf(kept([line(1), left(2, "stdout"), line(3)]))).toBeNull();
    expect(gapOf(kept(lines(1, 4_999)))).toBeNull();
  });
});
