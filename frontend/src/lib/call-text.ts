import type { Operation } from "./graphql";
import { type Json, isObject, printJson } from "./json";

/** A change as it is sent, and as one shows it: the operation with its variables. */
export interface Call {
  operation: Operation<unknown, unknown>;
  variables: object;
}

/** A program of the standard library alone that makes the call and prints the answer. */
export function pythonText({ operation, variables }: Call, address: string): string {
  return `import json
from urllib.request import Request, urlopen

query = """
${operation.text}
"""
variables = ${pythonValue(variables as Json)}

body = json.dumps({"query": query, "variables": variables}).encode()
request = Request(${JSON.stringify(address)}, body, {"Content-Type": "application/json"})
with urlopen(request) as answer:
    print(json.load(answer))
`;
}

/** One command for a POSIX shell. */
export function curlText({ operation, variables }: Call, address: string): string {
  const query = operation.text.replaceAll(/\s+/g, " ");
  const body = printJson({ query, variables: variables as Json });
  return `curl ${quoted(address)} \\
  -H 'Content-Type: application/json' \\
  --data-binary ${quoted(body)}
`;
}

/** The variables as GraphiQL takes them. */
export function variablesText({ variables }: Call): string {
  return printJson(variables as Json, 2);
}

/** As a shell takes it for one word: between apostrophes it changes nothing; an apostrophe itself stands outside of them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How long a value may be, with what stands before it, to stand on one line. */
const LONGEST_LINE = 88;

/** JSON as Python writes it, on one line where it fits; its strings are Python's too. */
export function pythonValue(value: Json | undefined, indent = ""): string {
  const line = pythonLine(value);
  if (indent.length + line.length <= LONGEST_LINE) return line;
  const inner = `${indent}    `;
  const block = (parts: string[]) => `\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}`;
  if (Array.isArray(value)) return `[${block(value.map((each) => pythonValue(each, inner)))}]`;
  if (!isObject(value)) return line;
  const entries = Object.entries(value).map(
    ([key, each]) => `${printJson(key)}: ${pythonValue(each, inner)}`,
  );
  return `{${block(entries)}}`;
}

function pythonLine(value: Json | undefined): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLine).join(", ")}]`;
  if (!isObject(value)) return printJson(value);
  const entries = Object.entries(value).map(([key, each]) => `${printJson(key)}: ${pythonLine(each)}`);
  return `{${entries.join(", ")}}`;
}
