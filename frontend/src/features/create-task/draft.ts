import { type Json, type JsonObject, isObject } from "@/lib/json";
import type { Parameter } from "@/lib/signature";
import { type Entry, fieldEntry } from "./entry";
import { type Errors, type Reading, readField } from "./reading";

/** What stands in the form, by parameter. */
export type Draft = Record<string, Entry>;

export interface Content {
  args: Json[];
  kwargs: JsonObject;
}

export type DraftReading = { content: Content } | { errors: Errors };

/** A form as it opens: defaults filled in. */
export function freshDraft(parameters: Parameter[]): Draft {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, fieldEntry(parameter)]));
}

/** A form as it opens for a task that is there already: filled in with what that one was given. */
export function draftOf(parameters: Parameter[], { args, kwargs }: { args: Json; kwargs: Json }): Draft {
  const positions = Array.isArray(args) ? [...args] : [];
  const names = new Map(isObject(kwargs) ? Object.entries(kwargs) : []);
  return Object.fromEntries(
    parameters.map((parameter) => [
      parameter.name,
      fieldEntry(parameter, takenBy(parameter, positions, names)),
    ]),
  );
}

/** What of the arguments falls to a parameter, taken away from them; undefined when nothing does. */
function takenBy(parameter: Parameter, positions: Json[], names: Map<string, Json>): Json | undefined {
  switch (parameter.passing) {
    case "more-positions":
      return positions.length > 0 ? positions.splice(0) : undefined;
    case "more-names":
      return names.size > 0 ? Object.fromEntries(names) : undefined;
    case "by-position":
      return positions.shift();
    case "by-name": {
      const own = names.get(parameter.name);
      return names.delete(parameter.name) ? own : positions.shift();
    }
  }
}

/** The arguments that a draft stands for, or what is wrong in it. */
export function readDraft(parameters: Parameter[], draft: Draft): DraftReading {
  const content: Content = { args: [], kwargs: {} };
  const errors: Errors = {};
  const byPosition = givenByPosition(parameters, draft);
  for (const parameter of parameters) {
    const reading = readParameter(parameter, parameters, draft);
    if ("errors" in reading) Object.assign(errors, reading.errors);
    else place(parameter, reading, content, { byPosition: byPosition.has(parameter) });
  }
  return Object.keys(errors).length > 0 ? { errors } : { content };
}

function readParameter(parameter: Parameter, parameters: Parameter[], draft: Draft): Reading {
  const entry = draft[parameter.name] ?? fieldEntry(parameter);
  if (parameter.passing === "more-names" && entry.kind === "rows") {
    const names = parameters.filter(({ passing }) => passing === "by-name").map(({ name }) => name);
    const taken = entry.rows.findIndex(({ key }) => names.includes(key));
    if (taken >= 0)
      return { errors: { [`${parameter.name}[${taken}][key]`]: "is the name of another parameter" } };
  }
  return readField(parameter, entry, parameter.name);
}

/** Those that cannot be named: by their kind, or because more positions follow them (`*rest`) and are given. */
function givenByPosition(parameters: Parameter[], draft: Draft): Set<Parameter> {
  const rest = parameters.findIndex(({ passing }) => passing === "more-positions");
  const entry = draft[parameters[rest]?.name ?? ""];
  const before = entry?.kind === "rows" && entry.rows.length > 0 ? rest : 0;
  return new Set(parameters.filter(({ passing }, index) => passing === "by-position" || index < before));
}

function place(
  parameter: Parameter,
  reading: { value: Json } | { omitted: true },
  content: Content,
  { byPosition }: { byPosition: boolean },
): void {
  const value = "value" in reading ? reading.value : parameter.default;
  if (value === undefined) return;
  if (byPosition) {
    content.args.push(value);
    return;
  }
  switch (parameter.passing) {
    case "more-positions":
      if (Array.isArray(value)) content.args.push(...value);
      return;
    case "more-names":
      if (isObject(value)) Object.assign(content.kwargs, value);
      return;
    default:
      if ("value" in reading) content.kwargs[parameter.name] = value;
  }
}
