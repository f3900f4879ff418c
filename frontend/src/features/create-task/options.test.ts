import { expect, test } from "vitest";
import { checkOptions, noOptions, optionVariables } from "./options";

test("nothing given is nothing sent", () => {
  expect(checkOptions(noOptions)).toEqual({});
  expect(optionVariables(noOptions)).toEqual({});
});

test("what is given is sent as the API takes it", () => {
  const options = { queue: "mail", priority: "-5", runAt: "2026-11-21T22:04:09", id: "" };

  expect(optionVariables(options)).toEqual({
    queue: "mail",
    priority: -5,
    runAfter: expect.stringMatching(/^2026-11-21T22:04:09[+-]\d\d:\d\d$/) as string,
  });
});

test.each([
  [{ queue: "Mail!" }, "queue"],
  [{ queue: "x".repeat(65) }, "queue"],
  [{ priority: "101" }, "priority"],
  [{ priority: "high" }, "priority"],
  [{ id: "no spaces" }, "id"],
])("%j is refused as the server would", (given, name) => {
  expect(Object.keys(checkOptions({ ...noOptions, ...given }))).toEqual([name]);
});
