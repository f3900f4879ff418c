import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exactNumber } from "@/lib/json";
import { writings } from "./writings";

const URL = "http://zonda.test/graphql";
const plain = {
  name: "add",
  args: [],
  kwargs: { a: exactNumber("12345678901234567890"), b: true },
  options: {},
  count: 1,
};
const rich = {
  name: "send",
  args: [1, null],
  kwargs: { text: 'it\'s "so"', "two words": { "a-b": [0.5] }, class: false },
  options: { queue: "mail", runAfter: "2026-11-21T22:04:00+01:00", maxAttempts: 3 },
  count: 1,
};

test("a call is a mutation with everything in it", () => {
  expect(writings.GraphQL(plain)).toBe(`mutation {
  createTask(
    name: "add"
    kwargs: {a: 12345678901234567890, b: true}
  ) {
    id
    status
  }
}`);
});

test("a mutation has variables where GraphQL has no word for a key", () => {
  const text = writings.GraphQL(rich);

  expect(text).toContain(
    "mutation ($name: String!, $args: JSON, $kwargs: JSON, $queue: String, $runAfter: DateTime, $maxAttempts: Int)",
  );
  expect(text).toContain('#     "two words": {');
});

test("a call in Python uses the client", () => {
  expect(writings.Python(plain, URL)).toBe(`from client import Client

task = Client("${URL}").create("add", a=12345678901234567890, b=True)
print(task.result())`);
  expect(writings.Python(rich, URL)).toBe(`from datetime import datetime

from client import Client

task = Client("${URL}").using(queue="mail", run_after=datetime.fromisoformat("2026-11-21T22:04:00+01:00"), max_attempts=3).create("send", 1, None, text="it's \\"so\\"", **{"two words": {"a-b": [0.5]}, "class": False})
print(task.result())`);
});

test("a call that makes many is one that does it", () => {
  expect(writings.Python({ ...rich, count: 1_000 }, URL)).toBe(`from datetime import datetime

from client import Client, Draft

draft = Draft(name="send", args=[1, None], kwargs={"text": "it's \\"so\\"", "two words": {"a-b": [0.5]}, "class": False}, queue="mail", run_after=datetime.fromisoformat("2026-11-21T22:04:00+01:00"), max_attempts=3)
for task in Client("${URL}").create_many([draft] * 1000):
    print(task.result())`);
  expect(writings.GraphQL({ ...rich, count: 3 })).toContain("mutation ($tasks: [TaskInput!]!) {");
});

test("a shell makes the body of many tasks, which is the same as the JSON", () => {
  const many = { ...rich, count: 1_000 };
  const command = writings.curl(many, URL);

  const body = execFileSync("sh", ["-c", command.replace(/\|\n {2}curl [^]*$/, "")], { encoding: "utf8" });

  const { query, variables } = JSON.parse(body) as { query: string; variables: { tasks: unknown[] } };
  expect(query).toContain("createTasks(tasks: $tasks)");
  expect(variables.tasks).toHaveLength(1_000);
  expect(variables).toEqual(JSON.parse(writings.JSON(many)));
});

test("a call with curl is one that a shell can run", () => {
  const text = writings.curl(rich, URL);

  expect(text).toContain(`curl '${URL}'`);
  expect(text).toContain(`it'\\''s`);
});

test("JSON is what createTask takes", () => {
  expect(JSON.parse(writings.JSON({ ...plain, kwargs: {} }))).toEqual({ name: "add" });
  expect(JSON.parse(writings.JSON(rich))).toEqual({
    name: "send",
    args: rich.args,
    kwargs: rich.kwargs,
    ...rich.options,
  });
});
