import { expect, test } from "vitest";
import { readHowMany } from "./how-many";

test.each([
  ["1", 1],
  [" 25 ", 25],
  ["1000", 1_000],
  ["1,000", 1_000],
  ["1001", null],
  ["0", null],
  ["", null],
  ["-1", null],
  ["2.5", null],
  ["1,0", null],
  ["ten", null],
])("%j says %j tasks", (text, number) => {
  expect(readHowMany(text)).toBe(number);
});
