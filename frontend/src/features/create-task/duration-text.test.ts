import { expect, test } from "vitest";
import { durationFrom, durationText } from "./duration-text";

test.each([
  ["1h 30m", "PT5400S"],
  ["1d2h", "P1DT7200S"],
  ["45 s", "PT45S"],
  ["0.5s", "PT0.5S"],
  ["0s", "PT0S"],
  ["3d", "P3D"],
  ["-5min", "-PT300S"],
  [" PT90M ", "PT90M"],
  ["1.5h", "1.5h"],
  ["soon", "soon"],
  ["-", "-"],
])("%j is the duration %j", (typed, written) => expect(durationFrom(typed)).toBe(written));

test.each([
  ["PT5400S", "1h 30m"],
  ["-P1DT0.5S", "-1d 0.5s"],
  ["P999999999DT86399.999999S", "999999999d 23h 59m 59.999999s"],
  ["PT0S", "0s"],
  ["P1.5D", "P1.5D"],
  ["PT1H30M", "PT1H30M"],
  ["nonsense", "nonsense"],
])("%j is shown as %j, and read back as it was", (written, shown) => {
  expect(durationText(written)).toBe(shown);
  expect(durationFrom(shown)).toBe(written);
});
