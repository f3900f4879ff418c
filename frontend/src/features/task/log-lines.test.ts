import { describe, expect, test } from "vitest";
import { type Logs, askedAfter, gathered } from "./log-lines";

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
});
const nothing: Logs = new Map();

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
    expect(askedAfter(lines(1, 99), 0)).toBe(0);
    expect(askedAfter(lines(1, 100), 0)).toBe(100);
    expect(askedAfter(lines(1, 150), 100)).toBe(100);
  });

  test("begins anew for a log that was read less far", () => {
    expect(askedAfter(lines(1, 20), 500)).toBe(20);
    expect(askedAfter([], 500)).toBe(0);
  });
});
