import { expect, test } from "vitest";
import { percentileWords, shareWords } from "./figures";

test.each([
  [0, 9, "none"],
  [9, 9, "all"],
  [1, 2_000, "< 0.1 %"],
  [1_999, 2_000, "> 99.9 %"],
  [1, 31, "3.2 %"],
  [1, 3, "33 %"],
])("%d of %d are %s", (part, of, words) => expect(shareWords(part, of)).toBe(words));

test("percentiles are told as what one may expect, once where they are alike", () => {
  expect(percentileWords({ p50: 0.4, p95: 2 })).toBe("400 ms, 95 % within 2.0 s");
  expect(percentileWords({ p50: 0.4, p95: 0.401 })).toBe("400 ms");
});
