import { expect, test } from "vitest";
import { drainWords, rateWords } from "./flow-words";

test.each([
  [0, "none"],
  [1, "0.1 a minute"],
  [100, "6.7 a minute"],
  [180, "12 a minute"],
  [1_500_000, "100,000 a minute"],
])("%d tasks in 15 minutes are %s", (tasks, words) => expect(rateWords(tasks, 15)).toBe(words));

test.each([
  [0, false, 9, 9, "nothing waits"],
  [5, true, 0, 9, "not while it is paused"],
  [5, false, 9, 0, "none ended in 15 min"],
  [5, false, 9, 9, "not soon: as many come as end"],
  [5, false, 10, 9, "not soon: more come than end"],
  [300, false, 30, 60, "in about 2 h 30 min"],
])("%d wait (paused: %s), %d came and %d went: %s", (queueing, paused, came, went, words) =>
  expect(drainWords(queueing, { paused, due: true }, { came, went, minutes: 15 })).toBe(words),
);

test("what waits for its hour, or has a worker, is not held against the queue", () =>
  expect(drainWords(1, { paused: false, due: false }, { came: 1, went: 0, minutes: 15 })).toBe(
    "all due later, or with a worker",
  ));
