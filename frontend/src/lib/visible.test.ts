import { expect, test } from "vitest";
import { parseJson, printInline, printJson } from "./json";
import { visible } from "./visible";

const turned = "invoice\u202egpj.exe\u202c";

test("what turns the direction of a text is to be seen in it, and nothing else changes", () => {
  expect(visible(turned)).toBe("invoice⟨U+202E⟩gpj.exe⟨U+202C⟩");
  expect(visible("\u2066a\u2069")).toBe("⟨U+2066⟩a⟨U+2069⟩");
  expect(visible("שלום, <b>world</b> …")).toBe("שלום, <b>world</b> …");
});

test("in JSON it is escaped, so that it is seen and the value stays the same", () => {
  const value = { [turned]: [turned] };

  for (const text of [printJson(value), printJson(value, 2), printInline(value)]) {
    expect(text).not.toMatch(/[\u202a-\u202e]/);
    expect(text).toContain("invoice\\u202egpj.exe");
    expect(parseJson(text)).toEqual(value);
  }
});
