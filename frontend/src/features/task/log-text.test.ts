import { expect, test } from "vitest";
import { cleanLine } from "./log-text";

test.each([
  ["plain", "plain"],
  ["a\tb", "a\tb"],
  ["\u001b[31mred\u001b[0m and \u001b[1;38;5;200mpink\u001b[m", "red and pink"],
  ["\u001b]0;a title\u0007text", "text"],
  ["\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u001b[2J\u001b[Hcleared", "cleared"],
  ["10 %\r50 %\r100 %", "100 %"],
  ["done\r", "done"],
  ["a bell \u0007 and a null \u0000", "a bell ␇ and a null ␀"],
  ["\u202egnp.exe", "⟨U+202E⟩gnp.exe"],
  ["\u001b", "␛"],
  ["<b>markup</b>", "<b>markup</b>"],
])("%j is shown as %j", (text, shown) => {
  expect(cleanLine(text)).toBe(shown);
});
