import { expect, test } from "vitest";
import type { Json } from "@/lib/json";
import { parametersOf } from "@/lib/signature";
import { takesWords } from "./signature-words";

const words = (property: { [key: string]: Json }) =>
  takesWords(parametersOf({ properties: { it: property }, required: [] })[0]!);

test.each<[{ [key: string]: Json }, string]>([
  [{ type: "string", default: "" }, 'text, "" unless given'],
  [{ type: "string" }, "text, optional"],
  [{ type: "integer", minimum: 1, default: 1 }, "whole number, at least 1, 1 unless given"],
  [
    { type: "number", exclusiveMinimum: 0, maximum: 1, default: 1 },
    "number, above 0, at most 1, 1 unless given",
  ],
  [
    { type: "string", minLength: 2, pattern: "^a", default: "aa" },
    'text, at least 2 characters like ^a, "aa" unless given',
  ],
  [{ type: "number", minimum: 0, maximum: 1, default: 0.4 }, "number from 0 to 1, 0.4 unless given"],
  [{ enum: ["png", "webp"], default: "png" }, '"png" or "webp", "png" unless given'],
  [{ anyOf: [{ type: "string" }, { type: "null" }], default: null }, "text or nothing, null unless given"],
  [{ type: "array", default: ["x".repeat(50)] }, `JSON list, ["${"x".repeat(38)}… unless given`],
  [{ type: "string", format: "date-time" }, "date and time, optional"],
  [{ type: "string", format: "duration", default: "PT1H" }, 'duration, "PT1H" unless given'],
  [{ type: "boolean", default: false, "x-positional": true }, "on or off, false unless given, by position"],
  [{ type: "array", items: { type: "string" }, "x-variadic": "args" }, "any number of further values: text"],
  [{ type: "object", additionalProperties: {}, "x-variadic": "kwargs" }, "any further names: JSON"],
  [{ type: "array", items: { type: "integer" }, default: [] }, "list of whole number, [] unless given"],
  [{ type: "object", additionalProperties: { type: "string" }, default: {} }, "text by key, {} unless given"],
  [
    { anyOf: [{ type: "integer" }, { type: "string" }, { type: "null" }], default: null },
    "whole number or text or nothing, null unless given",
  ],
])("a parameter of %j takes %s", (property, said) => expect(words(property)).toBe(said));
