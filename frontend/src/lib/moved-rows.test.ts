import { expect, test } from "vitest";
import { movedRows } from "./moved-rows";

test.each([
  ["abc", "abc", 0],
  ["abc", "bca", 1],
  ["abcd", "dabc", 1],
  ["abcd", "dcba", 3],
  ["abcd", "badc", 2],
  ["abc", "xab", 1],
  ["abc", "xyzabc", 3],
  ["abc", "ab", 1],
  ["abc", "axb", 1],
  ["abc", "cxb", 2],
  ["", "ab", 2],
])("from %s to %s as many have moved as must have: %d", (shown, newest, moved) =>
  expect(movedRows(shown.split(""), newest.split(""))).toBe(moved),
);
