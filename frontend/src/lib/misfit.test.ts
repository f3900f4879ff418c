import { describe, expect, test } from "vitest";
import { formCases } from "@/testing/refused-arguments";
import { type Json, type JsonObject, isObject, parseJson, printInline } from "./json";
import { misfitOf } from "./misfit";

describe.each(formCases.filter(({ refused }) => refused.length > 0))("$task", ({ schema, refused }) => {
  test.each(refused.map((each) => ({ ...each, shown: printInline(each.kwargs, 60) })))(
    "refuses $shown as the server does",
    ({ kwargs, parameter, at, why }) => {
      const definitions = isObject(schema["$defs"]) ? schema["$defs"] : {};

      const misfit = misfitOf(kwargs, { schema, definitions });

      expect(misfit).toEqual({ at: `.${parameter}${at}`, why });
    },
  );
});

test.each<[Json, JsonObject]>([
  ["2026-11-21T22:04:00Z", { type: "string", format: "date-time" }],
  ["2026-11-21 22:04:00.5+01:00", { type: "string", format: "date-time", "x-zone": "required" }],
  ["2024-02-29", { type: "string", format: "date" }],
  ["22:04:00z", { type: "string", format: "time" }],
  ["-P1DT2H3M4.5S", { type: "string", format: "duration" }],
  ["P999999999DT23H59M59S", { type: "string", format: "duration" }],
  ["00000000000000000000000000000001", { type: "string", format: "uuid" }],
  [" 1_000.50", { type: "string", format: "decimal" }],
  [1.5, { type: "string", format: "decimal" }],
  ["AB==", { type: "string", contentEncoding: "base64" }],
  [5, { type: "number" }],
  [parseJson("12345678901234567890"), { type: "integer", multipleOf: 2 }],
  [{ "-1": 1 }, { type: "object", "x-keys": { type: "integer" } }],
  ["(?i)a", { type: "string", pattern: "(?P<name>a)" }],
  [
    { x: 1, more: "kept" },
    { type: "object", properties: { x: { type: "integer" } }, required: ["x"] },
  ],
  [null, {}],
])("%j fits %j", (value, schema) => expect(misfitOf(value, { schema, definitions: {} })).toBeNull());

test.each<[Json, JsonObject, string]>([
  ["PT1.5H1M", { type: "string", format: "duration" }, "must be a duration such as P1DT2H30M"],
  ["P1DT", { type: "string", format: "duration" }, "must be a duration such as P1DT2H30M"],
  ["P999999999DT24H", { type: "string", format: "duration" }, "is out of range"],
  ["3:04:05", { type: "string", format: "time" }, "must be a time of day such as 22:04:00"],
  [
    [1],
    { type: "array", prefixItems: [{}, {}, {}], minItems: 2, maxItems: 3 },
    "must have 2 to 3 items, not 1",
  ],
  [{ abc: 1 }, { type: "object", propertyNames: { maxLength: 2 } }, "must have at most 2 characters"],
  [{}, { type: "object", minProperties: 1 }, "must have at least 1 item"],
])("%j does not fit %j", (value, schema, why) =>
  expect(misfitOf(value, { schema, definitions: {} })).toMatchObject({ why }),
);
