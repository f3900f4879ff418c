import { expect, test } from "vitest";
import type { Json } from "@/lib/json";
import { type Control, parametersOf } from "./signature";

const only = (property: Json, more: { [key: string]: Json } = {}) =>
  parametersOf({ type: "object", properties: { it: property }, required: [], ...more })[0]!;

test.each<[string, Json, Control]>([
  ["text", { type: "string" }, { kind: "text" }],
  ["a whole number", { type: "integer" }, { kind: "number", whole: true, minimum: null, maximum: null }],
  [
    "a bounded number",
    { type: "number", minimum: 0, maximum: 1 },
    { kind: "number", whole: false, minimum: 0, maximum: 1 },
  ],
  [
    "int or float",
    { anyOf: [{ type: "integer" }, { type: "number" }] },
    { kind: "number", whole: false, minimum: null, maximum: null },
  ],
  ["a switch", { type: "boolean" }, { kind: "switch" }],
  ["a choice", { enum: ["png", 2] }, { kind: "choice", choices: ["png", 2] }],
  ["a list", { type: "array", items: {} }, { kind: "json", shape: "array" }],
  ["an object", { type: "object" }, { kind: "json", shape: "object" }],
  ["anything", {}, { kind: "json", shape: null }],
  ["text or number", { anyOf: [{ type: "string" }, { type: "integer" }] }, { kind: "json", shape: null }],
  ["a date and time", { type: "string", format: "date-time" }, { kind: "date-time" }],
])("%s has its control", (_, property, control) => expect(only(property).control).toEqual(control));

test("Optional is its type with a way to leave it unset", () => {
  const optional = only({ anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null });

  expect(optional).toMatchObject({
    nullable: true,
    default: null,
    control: { kind: "number", whole: true, minimum: 1 },
  });
  expect(only({ enum: ["a", null] })).toMatchObject({ nullable: true, control: { choices: ["a"] } });
});

test("a reference is followed", () => {
  const definitions = { $defs: { Colour: { enum: ["red", "green"] }, Point: { type: "object" } } };

  expect(only({ $ref: "#/$defs/Colour" }, definitions).control).toEqual({
    kind: "choice",
    choices: ["red", "green"],
  });
  expect(only({ anyOf: [{ $ref: "#/$defs/Point" }, { type: "null" }] }, definitions)).toMatchObject({
    nullable: true,
    control: { kind: "json", shape: "object" },
  });
});

test("parameters keep the order of the signature and say how they are passed", () => {
  const parameters = parametersOf({
    properties: {
      z: { type: "integer", "x-positional": true },
      a: { type: "integer", default: 2, description: "how many" },
      rest: { type: "array", "x-variadic": "args" },
      more: { type: "object", "x-variadic": "kwargs" },
    },
    required: ["z"],
  });

  expect(parameters.map(({ name, passing, required }) => [name, passing, required])).toEqual([
    ["z", "by-position", true],
    ["a", "by-name", false],
    ["rest", "more-positions", false],
    ["more", "more-names", false],
  ]);
  expect(parameters[1]).toMatchObject({ description: "how many", default: 2 });
});

test("a function without parameters has no fields", () => {
  expect(parametersOf({ type: "object", properties: {}, required: [] })).toEqual([]);
  expect(parametersOf(null)).toEqual([]);
});
