import { expect, test } from "vitest";
import { changedRows } from "./changed-rows";

const rows = (text: string) =>
  new Map(
    text
      .split(" ")
      .filter(Boolean)
      .map((row) => [row[0]!, row] as const),
  );

test.each([
  ["a b c", "a b c", 0],
  ["a b c", "d a b", 1],
  ["a b c", "d e f", 3],
  ["a b c", "a c", 1],
  ["a b c", "", 3],
  ["", "a b", 2],
  ["a1 b1 c1", "a2 b1 c2", 2],
  ["a1 b1 c1", "d a2 b1", 2],
])("from %s to %s so many rows differ: %i", (shown, newest, changed) =>
  expect(changedRows(rows(shown), rows(newest))).toBe(changed),
);
