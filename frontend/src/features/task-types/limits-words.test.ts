import { expect, test } from "vitest";
import { limitsWords } from "./limits-words";

test.each([
  [{ maxAttempts: 1, timeout: null }, "1 attempt, no time limit"],
  [{ maxAttempts: 1, timeout: 0.5 }, "1 attempt of 500 ms"],
  [{ maxAttempts: 3, timeout: 90 }, "3 attempts of 1 min 30 s each"],
  [{ maxAttempts: 1000, timeout: null }, "1,000 attempts, no time limit"],
])("%j is %j", (limits, words) => expect(limitsWords(limits)).toBe(words));
