import { expect, test } from "vitest";
import { attemptWords, qualifierWords, shortWords } from "./qualifier";

const task = {
  status: "RUNNING" as const,
  reason: null,
  attempt: 1,
  tries: 0,
  maxAttempts: 3,
  round: 1,
  cancelling: false,
  worker: { topic: "W1" },
};

test.each([
  [{}, "on W1"],
  [{ attempt: 2, tries: 1 }, "on W1, attempt 2 of 3"],
  // The first was lost with its worker, which uses up nothing.
  [{ attempt: 2, tries: 0 }, "on W1, attempt 2"],
  [{ attempt: 4, tries: 0, round: 2 }, "on W1, attempt 4, round 2"],
  [{ cancelling: true }, "cancelled, ending, on W1"],
  [{ status: "QUEUEING" as const, attempt: 0, worker: null }, ""],
  [{ status: "QUEUEING" as const, attempt: 1, tries: 1 }, "attempt 2 of 3"],
  [{ status: "QUEUEING" as const, attempt: 3, tries: 0, round: 2 }, "attempt 4, round 2"],
  [
    { status: "FAILED" as const, reason: "TIMEOUT" as const, attempt: 3, tries: 3 },
    "timed out, attempt 3 of 3",
  ],
  [{ status: "FAILED" as const, reason: "EXPIRED" as const, attempt: 0 }, "expired"],
  [{ status: "FINISHED" as const, maxAttempts: 1, tries: 1 }, ""],
])("%j is %j", (changes, words) => {
  expect(qualifierWords({ ...task, ...changes })).toBe(words);
});

test.each([
  [{ attempt: 2, tries: 1 }, ""],
  [{ cancelling: true }, "ending"],
  [{ status: "QUEUEING" as const, attempt: 1, tries: 1 }, ""],
  [{ status: "FAILED" as const, reason: "TIMEOUT" as const, attempt: 3, tries: 3 }, "timed out"],
  [{ status: "FAILED" as const, reason: "ERROR" as const }, ""],
])("in a row %j is %j", (changes, words) => {
  expect(shortWords({ ...task, ...changes })).toBe(words);
});

test.each([
  [{ attempt: 2, tries: 1 }],
  [{ status: "QUEUEING" as const, attempt: 1, tries: 1 }],
  [{ status: "QUEUEING" as const, attempt: 2, tries: 1 }],
  [{ status: "QUEUEING" as const, attempt: 3, tries: 0, round: 2 }],
  [{ status: "FAILED" as const, attempt: 3, tries: 3 }],
])("what is said of the attempt beside the status of %j is what its own column says", (changes) => {
  const said = qualifierWords({ ...task, ...changes });

  expect(said).toMatch(new RegExp(`(^|, )attempt ${attemptWords({ ...task, ...changes })}$`));
});
