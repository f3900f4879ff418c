import { expect, test } from "vitest";
import { checkOptions, noOptions, optionVariables, optionsOf } from "./options";

test("nothing given is nothing sent", () => {
  expect(checkOptions(noOptions)).toEqual({});
  expect(optionVariables(noOptions)).toEqual({});
});

test("what is given is sent as the API takes it", () => {
  const options = {
    queue: "mail",
    priority: "-5",
    attempts: "3",
    timeout: "0.5",
    runAt: "2026-11-21T22:04:09",
    expiresAt: "2026-11-21T23:00",
    id: "",
  };

  expect(optionVariables(options)).toEqual({
    queue: "mail",
    priority: -5,
    maxAttempts: 3,
    timeout: 0.5,
    expiresAt: expect.stringMatching(/^2026-11-21T23:00:00[+-]\d\d:\d\d$/) as string,
    runAfter: expect.stringMatching(/^2026-11-21T22:04:09[+-]\d\d:\d\d$/) as string,
  });
});

test.each([
  [{ queue: "Mail!" }, "queue"],
  [{ queue: "x".repeat(65) }, "queue"],
  [{ priority: "101" }, "priority"],
  [{ priority: "high" }, "priority"],
  [{ id: "no spaces" }, "id"],
  [{ attempts: "0" }, "attempts"],
  [{ attempts: "1.5" }, "attempts"],
  [{ timeout: "0" }, "timeout"],
  [{ timeout: "soon" }, "timeout"],
  [{ runAt: "2026-11-21T22:04", expiresAt: "2026-11-21T22:04" }, "expiresAt"],
])("%j is refused as the server would", (given, name) => {
  expect(Object.keys(checkOptions({ ...noOptions, ...given }))).toEqual([name]);
});

test("an id is refused for more than one task", () => {
  const options = { ...noOptions, id: "mine" };

  expect(checkOptions(options, 1)).toEqual({});
  expect(Object.keys(checkOptions(options, 2))).toEqual(["id"]);
});

test("a task that runs again brings what it has of its own", () => {
  const type = { queue: "default", maxAttempts: 3, timeout: 30 };

  expect(optionsOf({ ...type, priority: 0 }, type)).toEqual(noOptions);
  expect(optionsOf({ queue: "mail", maxAttempts: 1, timeout: 5, priority: 9 }, type)).toEqual({
    ...noOptions,
    queue: "mail",
    attempts: "1",
    timeout: "5",
    priority: "9",
  });
});
