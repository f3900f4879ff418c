import { curlText, pythonValue, quoted } from "@/lib/call-text";
import { Operation } from "@/lib/graphql";
import { type Json, type JsonObject, isObject, printInline, printJson } from "@/lib/json";
import type { Creation } from "./creation";

/** The ways to write the same call down. `url` is where GraphQL is served. */
export const writings = {
  JSON: jsonText,
  GraphQL: graphqlText,
  Python: pythonText,
  curl: shellText,
} satisfies Record<string, (creation: Creation, url: string) => string>;

/** One task as the API takes it, without what is empty: the server takes that for the same. */
function taskOf({ name, args, kwargs, options }: Creation): JsonObject {
  return {
    name,
    ...(args.length > 0 && { args }),
    ...(Object.keys(kwargs).length > 0 && { kwargs }),
    ...options,
  };
}

/** The variables; of many tasks, each on a line. */
function jsonText(creation: Creation): string {
  if (creation.count === 1) return printJson(taskOf(creation), 2);
  const lines = Array<string>(creation.count).fill(`    ${printInline(taskOf(creation))}`);
  return `{\n  "tasks": [\n${lines.join(",\n")}\n  ]\n}`;
}

const TYPES: Record<string, string> = {
  name: "String!",
  args: "JSON",
  kwargs: "JSON",
  id: "ID",
  queue: "String",
  priority: "Int",
  runAfter: "DateTime",
  expiresAt: "DateTime",
  timeout: "Float",
  maxAttempts: "Int",
};

/** A document may not be long enough to hold many tasks itself. */
const MUTATION_OF_MANY = `mutation ($tasks: [TaskInput!]!) {
  createTasks(tasks: $tasks) {
    created
    tasks {
      id
    }
  }
}`;

function graphqlText(creation: Creation): string {
  if (creation.count > 1) return `${MUTATION_OF_MANY}\n\n# with the variables that stand under JSON`;
  const task = taskOf(creation);
  if (!hasOnlyNames(task))
    return `${mutationOf(task)}\n\n# with the variables\n${comment(printJson(task, 2))}`;
  const given = Object.entries(task).map(([key, value]) => `    ${key}: ${literal(value)}`);
  return `mutation {\n  createTask(\n${given.join("\n")}\n  ) {\n    id\n    status\n  }\n}`;
}

/** The mutation with a variable for each argument. */
function mutationOf(task: JsonObject): string {
  const keys = Object.keys(task);
  const taken = keys.map((key) => `$${key}: ${TYPES[key] ?? "JSON"}`).join(", ");
  return `mutation (${taken}) {\n  createTask(${keys.map((key) => `${key}: $${key}`).join(", ")}) {\n    id\n    status\n  }\n}`;
}

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** Whether GraphQL can say it without variables, whose objects have any keys. */
function hasOnlyNames(value: Json): boolean {
  if (Array.isArray(value)) return value.every(hasOnlyNames);
  return (
    !isObject(value) || Object.entries(value).every(([key, each]) => NAME.test(key) && hasOnlyNames(each))
  );
}

function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (!isObject(value)) return printJson(value);
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${literal(each)}`);
  return `{${entries.join(", ")}}`;
}

function comment(text: string): string {
  return text.replace(/^/gm, "# ");
}

function pythonText(creation: Creation, url: string): string {
  const { options, count } = creation;
  const saidOptions = Object.entries(options).map(
    ([key, value]) => `${snake(key)}=${optionText(key, value)}`,
  );
  const isTimed = "runAfter" in options || "expiresAt" in options;
  const imports = isTimed ? "from datetime import datetime\n\n" : "";
  const client = `Client(${pythonValue(url)})`;
  if (count > 1)
    return `${imports}from client import Client, Draft

draft = Draft(${[...draftArguments(creation), ...saidOptions].join(", ")})
for task in ${client}.create_many([draft] * ${count}):
    print(task.result())`;
  const using = saidOptions.length > 0 ? `.using(${saidOptions.join(", ")})` : "";
  return `${imports}from client import Client

task = ${client}${using}.create(${callArguments(creation).join(", ")})
print(task.result())`;
}

function draftArguments(creation: Creation): string[] {
  return Object.entries(taskOf({ ...creation, options: {} })).map(
    ([key, value]) => `${key}=${pythonValue(value)}`,
  );
}

function callArguments({ name, args, kwargs }: Creation): string[] {
  const named = Object.entries(kwargs);
  const others = Object.fromEntries(named.filter(([key]) => !isKeyword(key)));
  return [
    pythonValue(name),
    ...args.map((each) => pythonValue(each)),
    ...named.filter(([key]) => isKeyword(key)).map(([key, value]) => `${key}=${pythonValue(value)}`),
    ...(Object.keys(others).length > 0 ? [`**${pythonValue(others)}`] : []),
  ];
}

const PYTHON_WORDS = new Set(
  "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield True False None".split(
    " ",
  ),
);

function isKeyword(key: string): boolean {
  return NAME.test(key) && !PYTHON_WORDS.has(key);
}

function optionText(key: string, value: Json): string {
  return key === "runAfter" || key === "expiresAt"
    ? `datetime.fromisoformat(${pythonValue(value)})`
    : pythonValue(value);
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shellText(creation: Creation, url: string): string {
  const task = taskOf(creation);
  if (creation.count === 1)
    return curlText({ operation: new Operation(mutationOf(task)), variables: task }, url);
  // Through a pipe: many tasks are more than one argument of a command may be long.
  const query = MUTATION_OF_MANY.replace(/\s+/g, " ");
  return `task=${quoted(printJson(task))}
printf '{"query":"${query}","variables":{"tasks":[%s]}}' \\
  "$(yes "$task" | head -n ${creation.count} | paste -sd , -)" |
  curl ${quoted(url)} \\
    -H 'Content-Type: application/json' \\
    --data-binary @-
`;
}
