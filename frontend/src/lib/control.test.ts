import { expect, test } from "vitest";
import { type Control, controlOf } from "./control";
import type { JsonObject } from "./json";

const definitions: JsonObject = {
  Colour: { title: "Colour", enum: ["red", "green"] },
  Point: {
    title: "Point",
    type: "object",
    properties: { x: { type: "integer" }, y: { type: "integer", default: 0 } },
    required: ["x"],
  },
  Chain: {
    title: "Chain",
    type: "object",
    properties: { following: { anyOf: [{ $ref: "#/$defs/Chain" }, { type: "null" }], default: null } },
    required: [],
  },
};

const control = (schema: JsonObject) => controlOf({ schema, definitions });
const text = { type: "string" };
const nothing = { type: "null" };

test.each<[string, JsonObject, Partial<Control> & { kind: string }]>([
  ["text", text, { kind: "text", format: null }],
  ["a UUID", { ...text, format: "uuid" }, { kind: "text", format: "uuid" }],
  ["a decimal number", { ...text, format: "decimal" }, { kind: "text", format: "decimal" }],
  ["bytes", { ...text, contentEncoding: "base64" }, { kind: "text", format: "base64" }],
  ["a date", { ...text, format: "date" }, { kind: "moment", of: "date" }],
  ["a date and time", { ...text, format: "date-time" }, { kind: "moment", of: "date-time", zone: true }],
  ["a wall clock", { ...text, format: "date-time", "x-zone": "refused" }, { kind: "moment", zone: false }],
  ["a time of day", { ...text, format: "time" }, { kind: "moment", of: "time" }],
  ["a duration", { ...text, format: "duration" }, { kind: "duration" }],
  ["a whole number", { type: "integer" }, { kind: "number", whole: true }],
  ["a number", { type: "number" }, { kind: "number", whole: false }],
  ["int or float", { anyOf: [{ type: "integer" }, { type: "number" }] }, { kind: "number", whole: false }],
  ["a switch", { type: "boolean" }, { kind: "switch" }],
  ["a choice", { enum: ["png", 2] }, { kind: "choice", choices: ["png", 2] }],
  ["an Enum", { $ref: "#/$defs/Colour" }, { kind: "choice", choices: ["red", "green"] }],
  ["nothing but null", nothing, { kind: "choice", choices: [null] }],
  ["a list without a type", { type: "array" }, { kind: "json", shape: "array" }],
  ["an object without types", { type: "object" }, { kind: "json", shape: "object" }],
  ["anything", {}, { kind: "json", shape: null }],
])("%s has its control", (_, schema, expected) => expect(control(schema)).toMatchObject(expected));

test("a list has rows, a tuple places, a dict keys, a class fields, each with their own control", () => {
  expect(control({ type: "array", items: { type: "array", items: text } })).toMatchObject({
    kind: "list",
    item: { kind: "list", item: { kind: "text" } },
  });
  expect(
    control({
      type: "array",
      prefixItems: [text, { type: "boolean" }],
      minItems: 2,
      maxItems: 2,
      items: false,
    }),
  ).toMatchObject({ kind: "places", items: [{ kind: "text" }, { kind: "switch" }] });
  expect(control({ type: "object", additionalProperties: { $ref: "#/$defs/Colour" } })).toMatchObject({
    kind: "map",
    value: { kind: "choice" },
  });
  expect(control({ $ref: "#/$defs/Point" })).toMatchObject({
    kind: "fields",
    title: "Point",
    fields: [
      { name: "x", required: true, default: undefined, control: { kind: "number" } },
      { name: "y", required: false, default: 0, control: { kind: "number" } },
    ],
  });
});

test("Optional is its type with a way to leave it unset, and refuses in the name of both", () => {
  const optional = { anyOf: [{ type: "integer", minimum: 1 }, nothing] };

  expect(control(optional)).toMatchObject({
    kind: "optional",
    unset: "null",
    of: { kind: "number", own: { minimum: 1 }, fits: { schema: optional } },
  });
  expect(control({ enum: ["a", null] })).toMatchObject({ kind: "optional", of: { choices: ["a"] } });
  expect(control({ anyOf: [{ $ref: "#/$defs/Point" }, nothing] })).toMatchObject({
    kind: "optional",
    of: { kind: "fields", title: "Point" },
  });
});

test("a union has a control for each of its types", () => {
  const union = { anyOf: [{ type: "integer" }, text, { type: "array", items: text }, nothing] };

  expect(control(union)).toMatchObject({
    kind: "optional",
    of: { kind: "union", options: [{ kind: "number" }, { kind: "text" }, { kind: "list" }] },
  });
});

test("what need not be given and has no default to show can be left out", () => {
  const person = { type: "object", properties: { mail: text, age: { type: "integer" } }, required: ["age"] };

  expect(control(person)).toMatchObject({
    fields: [
      { name: "mail", control: { kind: "optional", unset: "absent", of: { kind: "text" } } },
      { name: "age", control: { kind: "number" } },
    ],
  });
});

test("a class inside itself is edited as JSON", () => {
  expect(control({ $ref: "#/$defs/Chain" })).toMatchObject({
    kind: "fields",
    fields: [{ name: "following", control: { kind: "optional", of: { kind: "json", shape: "object" } } }],
  });
});
