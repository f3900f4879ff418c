import { describe, expect, test } from "vitest";
import { type Timed, legsOf, sumOf } from "./legs";

const START = Date.parse("2026-11-21T12:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const attempt = (number: number, started: number | null, ended: number | null, nextDue?: number) => ({
  number,
  startedAt: started === null ? null : at(started),
  finishedAt: ended === null ? null : at(ended),
  nextDueAt: nextDue === undefined ? null : at(nextDue),
});
const task = (changes: Partial<Timed>): Timed => ({
  createdAt: at(0),
  runAfter: null,
  finishedAt: null,
  attempts: [],
  ...changes,
});

/** Each leg in words, in seconds since the creation: "waited 0–1", "ran 1–3… #2". */
function told(changes: Partial<Timed>, { retries = [] as number[], now = 100 } = {}): string[] {
  return legsOf(task(changes), retries.map(at), START + now * 1000).map((leg) => {
    const [from, to] = [leg.from, leg.to].map((instant) => (instant - START) / 1000);
    return `${leg.kind} ${from}–${to}${leg.open ? "…" : ""}${leg.kind === "ran" ? ` #${leg.attempt}` : ""}`;
  });
}

describe("the legs of a task", () => {
  test("are its wait and its run", () => {
    expect(told({ attempts: [attempt(1, 1, 3)], finishedAt: at(3) })).toEqual(["waited 0–1", "ran 1–3 #1"]);
  });

  test("go on until now while it waits, and while it runs", () => {
    expect(told({})).toEqual(["waited 0–100…"]);
    expect(told({ attempts: [attempt(1, 1, null)] })).toEqual(["waited 0–1", "ran 1–100… #1"]);
  });

  test("have the pauses between attempts, and the one before the next", () => {
    expect(told({ attempts: [attempt(1, 1, 3, 8), attempt(2, 8, 9, 200)] })).toEqual([
      "waited 0–1",
      "ran 1–3 #1",
      "backedOff 3–8",
      "ran 8–9 #2",
      "backedOff 9–100…",
    ]);
  });

  test("tell the pause between attempts from the wait for a slot after it", () => {
    expect(told({ attempts: [attempt(1, 1, 3, 8), attempt(2, 20, 21, 30)] })).toEqual([
      "waited 0–1",
      "ran 1–3 #1",
      "backedOff 3–8",
      "waited 8–20",
      "ran 20–21 #2",
      "backedOff 21–30",
      "waited 30–100…",
    ]);
    expect(told({ attempts: [attempt(1, 1, 3), attempt(2, 4, null)] }).slice(2)).toEqual([
      "waited 3–4",
      "ran 4–100… #2",
    ]);
  });

  test("do not count as a wait what was asked for", () => {
    expect(told({ runAfter: at(60), attempts: [attempt(1, 61, 62)], finishedAt: at(62) })).toEqual([
      "scheduled 0–60",
      "waited 60–61",
      "ran 61–62 #1",
    ]);
    expect(told({ runAfter: at(60) }, { now: 20 })).toEqual(["scheduled 0–20…"]);
    expect(told({ runAfter: at(60) }, { now: 70 })).toEqual(["scheduled 0–60", "waited 60–70…"]);
    expect(told({ runAfter: at(-60) })).toEqual(["waited 0–100…"]);
  });

  test("begin anew with each retry by hand", () => {
    expect(
      told({ attempts: [attempt(1, 1, 2), attempt(2, 9, 10)], finishedAt: at(10) }, { retries: [8] }),
    ).toEqual(["waited 0–1", "ran 1–2 #1", "ended 2–8", "retried 8–8", "waited 8–9", "ran 9–10 #2"]);
    expect(
      told({ runAfter: at(9), attempts: [attempt(1, null, 2)] }, { retries: [4], now: 12 }).slice(-2),
    ).toEqual(["scheduled 4–9", "waited 9–12…"]);
    expect(told({ attempts: [attempt(1, 1, 2)] }, { retries: [8] }).slice(2)).toEqual([
      "ended 2–8",
      "retried 8–8",
      "waited 8–100…",
    ]);
  });

  test("of a task that was cancelled before the next attempt end with it", () => {
    expect(told({ attempts: [attempt(1, 1, 2, 9)], finishedAt: at(5) })).toEqual([
      "waited 0–1",
      "ran 1–2 #1",
      "backedOff 2–5",
    ]);
  });

  test("give an attempt that ended before its start was recorded no length", () => {
    expect(told({ attempts: [attempt(1, null, 4)], finishedAt: at(4) })).toEqual([
      "waited 0–4",
      "ran 4–4 #1",
    ]);
  });

  test("never run backwards when a clock was put back", () => {
    expect(told({ attempts: [attempt(1, -9, -8, 3), attempt(2, 3, 2)] }, { now: -5 })).toEqual([
      "ran 0–0 #1",
      "backedOff 0–3",
      "ran 3–3 #2",
    ]);
  });
});

test("a sum is of all legs of a kind, and tells whether it grows", () => {
  const legs = legsOf(task({ attempts: [attempt(1, 1, 3, 8), attempt(2, 8, null)] }), [], START + 20_000);

  expect(sumOf(legs, "ran")).toEqual({ span: 14_000, open: true });
  expect(sumOf(legs, "backedOff")).toEqual({ span: 5_000, open: false });
  expect(sumOf(legs, "scheduled")).toBeNull();
});
