import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseJson, printJson } from "@/lib/json";
import { schemaOf } from "@/testing/refused-arguments";
import { type Draft, draftOf, freshDraft, readDraft } from "./draft";
import { type Entry, rowOf } from "./entry";
import { parametersOf } from "@/lib/signature";

const typed = (text: string): Entry => ({ kind: "text", text });

function reading(
  properties: JsonObject,
  given: Record<string, Entry>,
  required: string[] = [],
  more: JsonObject = {},
) {
  const parameters = parametersOf({ properties, required, ...more });
  const draft: Draft = { ...freshDraft(parameters), ...given };
  return readDraft(parameters, draft);
}

/** What one required parameter of this type makes of what stands in its control. */
const read = (property: JsonObject, entry: Entry) => reading({ it: property }, { it: entry }, ["it"]);
const content = (args: Json[], kwargs: JsonObject) => ({ content: { args, kwargs } });
const whole = { type: "integer" };
const text = { type: "string" };
const nothing = { type: "null" };

describe("numbers", () => {
  test("are sent exactly, however large", () => {
    const made = read(whole, typed("123456789012345678901234567890"));

    expect("content" in made && printJson(made.content.kwargs)).toBe('{"it":123456789012345678901234567890}');
  });

  test.each([
    ["+7", 7],
    ["007", 7],
    [" -3 ", -3],
  ])("%j is read as %i", (written, value) => {
    expect(read(whole, typed(written))).toEqual(content([], { it: value }));
  });

  test.each([
    ["0.5", "0.5"],
    [".5", "0.5"],
    ["5.0", "5.0"],
    ["1e3", "1e3"],
    ["2", "2"],
  ])("%s is sent as the number %s", (written, json) => {
    const made = read({ type: "number" }, typed(written));

    expect("content" in made && printJson(made.content.kwargs)).toBe(`{"it":${json}}`);
  });

  test.each([
    ["", whole, "is missing"],
    ["1.5", whole, "must be a whole number, not a decimal"],
    ["one", { type: "number" }, "must be a number, not text"],
    ["1e999", { type: "number" }, "is out of range"],
    ["-1", { type: "number", minimum: 0 }, "must be at least 0"],
    ["2", { type: "integer", maximum: 1 }, "must be at most 1"],
  ])("%j is refused where it does not fit", (written, property, error) => {
    expect(read(property, typed(written))).toEqual({ errors: { it: error } });
  });
});

describe("other values", () => {
  test("text is sent as it stands, empty too", () => {
    expect(read(text, typed(""))).toEqual(content([], { it: "" }));
    expect(read(text, typed(" 1 "))).toEqual(content([], { it: " 1 " }));
  });

  test("a switch is true or false", () => {
    expect(read({ type: "boolean" }, typed("false"))).toEqual(content([], { it: false }));
    expect(read({ type: "boolean" }, typed("true"))).toEqual(content([], { it: true }));
  });

  test("a choice is the value itself, not its text", () => {
    expect(read({ enum: [1, "1"] }, typed("1"))).toEqual(content([], { it: 1 }));
    expect(read({ enum: [1, "1"] }, typed(""))).toEqual({ errors: { it: "is missing" } });
  });

  test("JSON is any value of its shape", () => {
    expect(read({}, typed("null"))).toEqual(content([], { it: null }));
    expect(read({ type: "array" }, typed("{}"))).toEqual({ errors: { it: "must be a list, not an object" } });
    expect(read({ type: "object" }, typed("[]"))).toEqual({
      errors: { it: "must be an object, not a list" },
    });
  });

  test("broken JSON is refused with the place where it breaks", () => {
    const made = read({}, typed("[1,"));

    expect("errors" in made && made.errors["it"]).toMatch(/^is not JSON: [^;]+$/);
  });

  test("words where JSON is wanted are told how a text is written", () => {
    const made = read({}, typed("hello world"));

    expect("errors" in made && made.errors["it"]).toMatch(/^is not JSON: .+; a text stands in quotes: "…"$/);
  });

  test("a duration is sent as the server writes it, however it was typed", () => {
    expect(read({ ...text, format: "duration" }, typed("1h 30m"))).toEqual(content([], { it: "PT5400S" }));
    expect(read({ ...text, format: "duration" }, typed("soon"))).toEqual({
      errors: { it: "must be a duration such as P1DT2H30M" },
    });
  });
});

describe("values of several parts", () => {
  const rows = (...texts: string[]): Entry => ({
    kind: "rows",
    rows: texts.map((each) => rowOf(typed(each))),
  });
  const keyed = (...pairs: [string, string][]): Entry => ({
    kind: "rows",
    rows: pairs.map(([key, each]) => rowOf(typed(each), key)),
  });

  test("a list is its rows, each refused at its own place", () => {
    expect(read({ type: "array", items: whole }, rows("1", "2"))).toEqual(content([], { it: [1, 2] }));
    expect(read({ type: "array", items: whole }, rows("", "x", "3"))).toEqual({
      errors: { "it[0]": "is missing", "it[1]": "must be a whole number, not text" },
    });
    expect(read({ type: "array", items: whole, minItems: 1 }, rows())).toEqual({
      errors: { it: "must have at least 1 item" },
    });
  });

  test("a dict is its keys and values, no key twice", () => {
    const scores = { type: "object", additionalProperties: whole };

    expect(read(scores, keyed(["a", "1"], ["b c", "2"]))).toEqual(content([], { it: { a: 1, "b c": 2 } }));
    expect(read(scores, keyed(["a", "1"], ["a", "x"]))).toEqual({
      errors: { "it[1]": "must be a whole number, not text", "it[1][key]": "is given twice" },
    });
    expect(read({ ...scores, "x-keys": whole }, keyed(["one", "1"]))).toEqual({
      errors: { "it[0][key]": "must be a whole number, not text" },
    });
  });

  test("the fields of a class are left out where their default holds", () => {
    const point = { type: "object", properties: { x: whole, y: { ...whole, default: 0 } }, required: ["x"] };
    const fields = (x: string, y: string): Entry => ({
      kind: "fields",
      fields: { x: typed(x), y: typed(y) },
    });

    expect(read(point, fields("1", "0"))).toEqual(content([], { it: { x: 1 } }));
    expect(read(point, fields("1", "2"))).toEqual(content([], { it: { x: 1, y: 2 } }));
    expect(read(point, fields("", "z"))).toEqual({
      errors: { "it.x": "is missing", "it.y": "must be a whole number, not text" },
    });
  });

  test("a union is what its chosen type makes of it", () => {
    const union = { anyOf: [whole, text] };
    const entry = (chosen: number): Entry => ({ kind: "union", chosen, options: [typed("5"), typed("5")] });

    expect(read(union, entry(0))).toEqual(content([], { it: 5 }));
    expect(read(union, entry(1))).toEqual(content([], { it: "5" }));
    expect(read(union, { kind: "union", chosen: 0, options: [typed("x")] })).toEqual(
      content([], { it: "x" }),
    );
  });
});

describe("what need not be given", () => {
  test("a default that stands is not sent, a changed one is", () => {
    const rate = { type: "number", default: 0.4 };

    expect(reading({ rate }, {})).toEqual(content([], {}));
    expect(reading({ rate }, { rate: typed("1") })).toEqual(content([], { rate: 1 }));
  });

  test("a default that was emptied still holds", () => {
    expect(reading({ it: { ...whole, default: 3 } }, { it: typed("") })).toEqual(content([], {}));
  });

  test("what has a default that JSON cannot say is left out until it is set", () => {
    expect(reading({ it: text }, {})).toEqual(content([], {}));
    expect(reading({ it: text }, { it: { kind: "optional", set: true, of: typed("") } })).toEqual(
      content([], { it: "" }),
    );
  });

  test("not set is null where the default is something else, or where there is none", () => {
    const optional = { anyOf: [whole, nothing] };
    const unset: Entry = { kind: "optional", set: false, of: typed("5") };

    expect(reading({ it: { ...optional, default: 5 } }, { it: unset })).toEqual(content([], { it: null }));
    expect(reading({ it: { ...optional, default: null } }, {})).toEqual(content([], {}));
    expect(reading({ it: optional }, {}, ["it"])).toEqual(content([], { it: null }));
  });

  test("what is said to be set must be there", () => {
    const set: Entry = { kind: "optional", set: true, of: typed("") };

    expect(read({ anyOf: [whole, nothing] }, set)).toEqual({ errors: { it: "is missing" } });
    expect(read({ anyOf: [whole, nothing] }, { ...set, of: typed("x") })).toEqual({
      errors: { it: "must be a whole number or null, not text" },
    });
  });
});

describe("what has no name", () => {
  const rest = { type: "array", items: whole, "x-variadic": "args" };
  const more = { type: "object", additionalProperties: whole, "x-variadic": "kwargs" };
  const numbers = (...texts: string[]): Entry => ({
    kind: "rows",
    rows: texts.map((each) => rowOf(typed(each))),
  });

  test("goes by position, defaults filled in", () => {
    const positional = {
      a: { ...whole, "x-positional": true },
      b: { ...whole, "x-positional": true, default: 9 },
    };

    expect(reading({ ...positional, c: whole }, { a: typed("1"), c: typed("3") }, ["a", "c"])).toEqual(
      content([1, 9], { c: 3 }),
    );
  });

  test("more positions take the named ones before them along", () => {
    const given = { a: typed("1"), rest: numbers("2", "3"), k: typed("4") };

    expect(reading({ a: whole, rest, k: whole }, given, ["a", "k"])).toEqual(content([1, 2, 3], { k: 4 }));
    expect(reading({ a: whole, rest }, { a: typed("1"), rest: numbers() }, ["a"])).toEqual(
      content([], { a: 1 }),
    );
  });

  test("more names join the others, and take none of theirs", () => {
    const named = (key: string): Entry => ({ kind: "rows", rows: [rowOf(typed("2"), key)] });

    expect(reading({ a: whole, more }, { a: typed("1"), more: named("x") }, ["a"])).toEqual(
      content([], { a: 1, x: 2 }),
    );
    expect(reading({ a: whole, more }, { a: typed("1"), more: named("a") }, ["a"])).toEqual({
      errors: { "more[0][key]": "is the name of another parameter" },
    });
  });
});

test("a fresh form shows its defaults", () => {
  const parameters = parametersOf({
    properties: {
      n: { ...whole, default: parseJson("12345678901234567890") },
      list: { type: "array", default: [1] },
      span: { ...text, format: "duration", default: "PT5400S" },
      tags: { type: "array", items: text, default: ["red"] },
    },
    required: [],
  });

  expect(freshDraft(parameters)).toMatchObject({
    n: typed("12345678901234567890"),
    list: typed("[\n  1\n]"),
    span: typed("1h 30m"),
    tags: { rows: [{ entry: typed("red") }] },
  });
});

describe("a form for a task that runs again", () => {
  const again = (schema: Json, args: string, kwargs: string) => {
    const parameters = parametersOf(schema);
    const made = readDraft(
      parameters,
      draftOf(parameters, { args: parseJson(args), kwargs: parseJson(kwargs) }),
    );
    return "content" in made ? printJson({ ...made.content }) : made;
  };
  const mixed = {
    properties: {
      a: whole,
      b: { anyOf: [text, nothing], default: null },
      rest: { type: "array", items: {}, "x-variadic": "args" },
      more: { type: "object", additionalProperties: {}, "x-variadic": "kwargs" },
    },
    required: ["a"],
  };

  test.each([
    ["[]", '{"a":12345678901234567890}'],
    ["[]", '{"a":1,"b":"text"}'],
    ["[]", '{"a":1,"colour":"red"}'],
    ['[1,"two",3,4]', "{}"],
  ])("args %s and kwargs %s come back as they were", (args, kwargs) => {
    expect(again(mixed, args, kwargs)).toBe(`{"args":${args},"kwargs":${kwargs}}`);
  });

  test.each([
    ["take_datetime", '{"moment":"2026-11-21T22:04:00.123456+05:30"}'],
    ["take_timedelta", '{"span":"P1.5D"}'],
    ["take_timedelta", '{"span":"P1DT5400S"}'],
    ["take_decimal", '{"price":"1.50"}'],
    ["take_lists", '{"groups":{"a":[1,12345678901234567890],"":[]}}'],
    ["take_tuple", '{"pair":[1,"a"]}'],
    ["take_typed_dict", '{"person":{"name":"A","born":"2000-02-29"}}'],
    ["take_typed_dict", '{"person":{"name":"A","born":"2000-02-29","mail":""}}'],
    ["take_route", '{"route":{"start":{"x":1},"stops":[{"x":1,"y":2}],"label":"b"}}'],
    ["take_chain", '{"chain":{"value":1,"following":{"value":2}}}'],
    ["take_union", '{"value":["a"]}'],
    ["take_union", '{"value":"5"}'],
    ["take_untyped", '{"value":[5.0,null],"shape":{},"entries":[1]}'],
  ])("%s with %s comes back as it was", (task, kwargs) => {
    expect(again(schemaOf(task), "[]", kwargs)).toBe(`{"args":[],"kwargs":${kwargs}}`);
  });

  test("what was given by position may come back by name: the call is the same", () => {
    expect(again(mixed, "[1]", "{}")).toBe('{"args":[],"kwargs":{"a":1}}');
  });
});
