import { describe, expect, test } from "vitest";
import { distanceInWords, spanInWords, timeInWords } from "./duration";

describe("a span in words", () => {
  test.each([
    [3, "3 ms"],
    [43.4, "43 ms"],
    [428, "430 ms"],
    [994, "990 ms"],
    [996, "1.0 s"],
    [1_240, "1.2 s"],
    [9_949, "9.9 s"],
    [9_960, "10 s"],
    [59_400, "59 s"],
    [59_600, "1 min"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
    [273_600_000, "3 d 4 h"],
    [0.4, "< 1 ms"],
    [-5, "< 1 ms"],
  ])("%i ms is %s", (milliseconds, words) => expect(spanInWords(milliseconds)).toBe(words));
});

describe("a distance in words", () => {
  test.each([
    [0, "just now"],
    [-999, "just now"],
    [-12_000, "12 s ago"],
    [-99_999, "99 s ago"],
    [-130_000, "2 min ago"],
    [8_200, "in 8 s"],
    [3_600_000, "in 60 min"],
    [-7_200_000, "2 h ago"],
    [-172_800_000, "2 d ago"],
  ])("%i ms from now is %s", (distance, words) => expect(distanceInWords(1e12 + distance, 1e12)).toBe(words));
});

describe("a time of day", () => {
  const noon = new Date(2026, 10, 21, 12, 4, 31).getTime();

  test("is alone on its own day", () => {
    expect(timeInWords(noon, noon + 3_600_000)).toBe("12:04:31");
  });

  test("has its date on another", () => {
    expect(timeInWords(noon, noon + 86_400_000)).toBe("2026-11-21 12:04:31");
  });
});
