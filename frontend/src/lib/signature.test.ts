import { expect, test } from "vitest";
import { schemaOf } from "@/testing/refused-arguments";
import { parametersOf } from "./signature";

test("parameters keep the order of the signature and say how they are passed", () => {
  const parameters = parametersOf({
    properties: {
      z: { type: "integer", "x-positional": true },
      a: { type: "integer", default: 2, description: "how many" },
      rest: { type: "array", items: {}, "x-variadic": "args" },
      more: { type: "object", additionalProperties: {}, "x-variadic": "kwargs" },
    },
    required: ["z"],
  });

  expect(
    parameters.map(({ name, passing, required, control }) => [name, passing, required, control.kind]),
  ).toEqual([
    ["z", "by-position", true, "number"],
    ["a", "by-name", false, "number"],
    ["rest", "more-positions", false, "list"],
    ["more", "more-names", false, "map"],
  ]);
  expect(parameters[1]).toMatchObject({ description: "how many", default: 2 });
});

test.each([
  ["take_text", "text"],
  ["take_code", "text"],
  ["take_whole", "number"],
  ["take_share", "number"],
  ["take_bool", "switch"],
  ["take_literal", "choice"],
  ["take_enum", "choice"],
  ["take_date", "moment"],
  ["take_datetime", "moment"],
  ["take_time", "moment"],
  ["take_timedelta", "duration"],
  ["take_uuid", "text"],
  ["take_decimal", "text"],
  ["take_bytes", "text"],
  ["take_list", "list"],
  ["take_set", "list"],
  ["take_tuple", "places"],
  ["take_dict", "map"],
  ["take_numbered", "map"],
  ["take_dataclass", "fields"],
  ["take_typed_dict", "fields"],
  ["take_route", "optional"],
  ["take_chain", "fields"],
  ["take_optional", "optional"],
  ["take_union", "union"],
  ["take_untyped", "json"],
])("%s, as the server describes it, is edited as %s", (task, kind) => {
  expect(parametersOf(schemaOf(task))[0]?.control.kind).toBe(kind);
});

test("a function without parameters has no fields", () => {
  expect(parametersOf({ type: "object", properties: {}, required: [] })).toEqual([]);
  expect(parametersOf(null)).toEqual([]);
});
