import { describe, expect, test } from "vitest";
import { type Json, parseJson, printJson } from "@/lib/json";
import { type Draft, draftOf, freshDraft, readDraft } from "./draft";
import { parametersOf } from "./signature";

function reading(
  properties: { [key: string]: Json },
  typed: Record<string, string>,
  required: string[] = [],
) {
  const parameters = parametersOf({ properties, required });
  const draft: Draft = freshDraft(parameters);
  for (const [name, text] of Object.entries(typed)) draft[name] = { text, set: true };
  return readDraft(parameters, draft);
}

const content = (args: Json[], kwargs: { [key: string]: Json }) => ({ content: { args, kwargs } });
const whole = { type: "integer" };

describe("numbers", () => {
  test("are sent exactly, however large", () => {
    const read = reading({ it: whole }, { it: "123456789012345678901234567890" }, ["it"]);

    expect("content" in read && printJson(read.content.kwargs)).toBe('{"it":123456789012345678901234567890}');
  });

  test.each([
    ["+7", 7],
    ["007", 7],
    [" -3 ", -3],
  ])("%j is read as %i", (text, value) => {
    expect(reading({ it: whole }, { it: text }, ["it"])).toEqual(content([], { it: value }));
  });

  test.each([
    ["0.5", "0.5"],
    [".5", "0.5"],
    ["5.0", "5.0"],
    ["1e3", "1e3"],
    ["2", "2"],
  ])("%s is sent as the number %s", (text, json) => {
    const read = reading({ it: { type: "number" } }, { it: text }, ["it"]);

    expect("content" in read && printJson(read.content.kwargs)).toBe(`{"it":${json}}`);
  });

  test.each([
    ["", whole, "Enter a whole number."],
    ["1.5", whole, "Enter a whole number, such as 3."],
    ["one", { type: "number" }, "Enter a number, such as 3 or 0.5."],
    ["1e999", { type: "number" }, "This number is too large."],
    ["-1", { type: "number", minimum: 0 }, "Enter at least 0."],
    ["2", { type: "integer", maximum: 1 }, "Enter at most 1."],
  ])("%j is refused where it does not fit", (text, property, error) => {
    expect(reading({ it: property }, { it: text }, ["it"])).toEqual({ errors: { it: error } });
  });
});

describe("other values", () => {
  test("text is sent as it stands, empty too", () => {
    expect(reading({ it: { type: "string" } }, { it: "" }, ["it"])).toEqual(content([], { it: "" }));
    expect(reading({ it: { type: "string" } }, { it: " 1 " }, ["it"])).toEqual(content([], { it: " 1 " }));
  });

  test("a switch is true or false", () => {
    expect(reading({ it: { type: "boolean" } }, {}, ["it"])).toEqual(content([], { it: false }));
    expect(reading({ it: { type: "boolean" } }, { it: "true" }, ["it"])).toEqual(content([], { it: true }));
  });

  test("a choice is the value itself, not its text", () => {
    expect(reading({ it: { enum: [1, "1"] } }, { it: "1" }, ["it"])).toEqual(content([], { it: 1 }));
    expect(reading({ it: { enum: [1, "1"] } }, { it: "" }, ["it"])).toEqual({
      errors: { it: "Choose one." },
    });
  });

  test("JSON is any value of its shape", () => {
    expect(reading({ it: {} }, { it: "null" }, ["it"])).toEqual(content([], { it: null }));
    expect(reading({ it: { type: "array" } }, { it: "{}" }, ["it"])).toEqual({
      errors: { it: "Enter a JSON list, such as [1, 2]." },
    });
    expect(reading({ it: { type: "object" } }, { it: "[]" }, ["it"])).toEqual({
      errors: { it: 'Enter a JSON object, such as {"key": 1}.' },
    });
  });

  test("broken JSON is refused with the place where it breaks", () => {
    const read = reading({ it: {} }, { it: "[1," }, ["it"]);

    expect("errors" in read && read.errors["it"]).toMatch(/^This is not JSON: .+/);
  });

  test("a date and time is sent with its zone", () => {
    const read = reading({ it: { type: "string", format: "date-time" } }, { it: "2026-11-21T22:04" }, ["it"]);

    expect("content" in read && read.content.kwargs["it"]).toMatch(/^2026-11-21T22:04:00[+-]\d\d:\d\d$/);
  });
});

describe("what need not be given", () => {
  test("a default that stands is not sent, a changed one is", () => {
    const rate = { type: "number", default: 0.4 };

    expect(reading({ rate }, {})).toEqual(content([], {}));
    expect(reading({ rate }, { rate: "1" })).toEqual(content([], { rate: 1 }));
  });

  test("a default that was emptied still holds", () => {
    expect(reading({ it: { ...whole, default: 3 } }, { it: "" })).toEqual(content([], {}));
  });

  test("text whose default JSON cannot say is left out while empty", () => {
    expect(reading({ it: { type: "string" } }, { it: "" })).toEqual(content([], {}));
  });

  test("not set is null where the default is something else, or where there is none", () => {
    const optional = { anyOf: [whole, { type: "null" }] };
    const parameters = parametersOf({ properties: { it: { ...optional, default: 5 } }, required: [] });

    expect(readDraft(parameters, { it: { text: "5", set: false } })).toEqual(content([], { it: null }));
    expect(reading({ it: { ...optional, default: null } }, {})).toEqual(content([], {}));
    expect(reading({ it: optional }, {}, ["it"])).toEqual(content([], { it: null }));
  });
});

describe("what has no name", () => {
  const rest = { type: "array", "x-variadic": "args" };

  test("goes by position, defaults filled in", () => {
    const positional = {
      a: { ...whole, "x-positional": true },
      b: { ...whole, "x-positional": true, default: 9 },
    };

    expect(reading({ ...positional, c: whole }, { a: "1", c: "3" }, ["a", "c"])).toEqual(
      content([1, 9], { c: 3 }),
    );
  });

  test("more positions take the named ones before them along", () => {
    expect(reading({ a: whole, rest, k: whole }, { a: "1", rest: "[2, 3]", k: "4" }, ["a", "k"])).toEqual(
      content([1, 2, 3], { k: 4 }),
    );
    expect(reading({ a: whole, rest }, { a: "1", rest: "[]" }, ["a"])).toEqual(content([], { a: 1 }));
  });

  test("more names join the others", () => {
    const more = { type: "object", "x-variadic": "kwargs" };

    expect(reading({ a: whole, more }, { a: "1", more: '{"x": 2}' }, ["a"])).toEqual(
      content([], { a: 1, x: 2 }),
    );
  });
});

test("a fresh form shows its defaults", () => {
  const parameters = parametersOf({
    properties: {
      n: { ...whole, default: parseJson("12345678901234567890") },
      list: { type: "array", default: [1] },
    },
    required: [],
  });

  expect(freshDraft(parameters)).toEqual({
    n: { text: "12345678901234567890", set: true },
    list: { text: "[\n  1\n]", set: true },
  });
});

describe("a form for a task that runs again", () => {
  const properties = {
    a: { type: "integer" },
    b: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    rest: { type: "array", "x-variadic": "args" },
    more: { type: "object", "x-variadic": "kwargs" },
  };
  const parameters = parametersOf({ properties, required: ["a"] });
  const again = (args: string, kwargs: string) => {
    const given = { args: parseJson(args), kwargs: parseJson(kwargs) };
    return readDraft(parameters, draftOf(parameters, given));
  };

  test.each([
    ["[]", '{"a":12345678901234567890}'],
    ["[]", '{"a":1,"b":"text"}'],
    ["[]", '{"a":1,"colour":"red"}'],
    ['[1,"two",3,4]', "{}"],
  ])("args %s and kwargs %s come back as they were", (args, kwargs) => {
    const reading = again(args, kwargs);

    expect("content" in reading && printJson({ ...reading.content })).toBe(
      `{"args":${args},"kwargs":${kwargs}}`,
    );
  });

  test("what was given by position may come back by name: the call is the same", () => {
    const reading = again("[1]", "{}");

    expect("content" in reading && printJson({ ...reading.content })).toBe('{"args":[],"kwargs":{"a":1}}');
  });
});
