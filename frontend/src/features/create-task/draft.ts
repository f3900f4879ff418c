import {
  type Json,
  type JsonObject,
  exactNumber,
  isObject,
  parseJson,
  printJson,
  sameJson,
} from "@/lib/json";
import { fromLocal, toLocal } from "./local-time";
import type { Parameter } from "./signature";

/** What stands in a field: text for every control, and whether the parameter is set at all. */
export interface Entry {
  text: string;
  set: boolean;
}

export type Draft = Record<string, Entry>;

/** What a field is worth: a value, nothing (the default holds), or why it is wrong. */
export type Reading = { value: Json } | { omitted: true } | { error: string };

export interface Content {
  args: Json[];
  kwargs: JsonObject;
}

export type DraftReading = { content: Content } | { errors: Record<string, string> };

/** A form as it opens: defaults filled in. */
export function freshDraft(parameters: Parameter[]): Draft {
  return Object.fromEntries(
    parameters.map((parameter) => [
      parameter.name,
      {
        text: textOf(parameter, parameter.default ?? null),
        set: !parameter.nullable || (parameter.default !== undefined && parameter.default !== null),
      },
    ]),
  );
}

/** A form as it opens for a task that is there already: filled in with what that one was given. */
export function draftOf(parameters: Parameter[], { args, kwargs }: { args: Json; kwargs: Json }): Draft {
  const positions = Array.isArray(args) ? [...args] : [];
  const names = new Map(isObject(kwargs) ? Object.entries(kwargs) : []);
  const draft = freshDraft(parameters);
  for (const parameter of parameters) {
    const value = takenBy(parameter, positions, names);
    if (value !== undefined)
      draft[parameter.name] = {
        text: valueText(parameter, value),
        set: !parameter.nullable || value !== null,
      };
  }
  return draft;
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

/** The arguments that a draft stands for, or what is wrong, by parameter. */
export function readDraft(parameters: Parameter[], draft: Draft): DraftReading {
  const content: Content = { args: [], kwargs: {} };
  const errors: Record<string, string> = {};
  const byPosition = givenByPosition(parameters, draft);
  for (const parameter of parameters) {
    const reading = readEntry(parameter, draft[parameter.name] ?? { text: "", set: false });
    if ("error" in reading) errors[parameter.name] = reading.error;
    else place(parameter, reading, content, { byPosition: byPosition.has(parameter) });
  }
  return Object.keys(errors).length > 0 ? { errors } : { content };
}

/** Those that cannot be named: by their kind, or because more positions follow them (`*rest`) and are given. */
function givenByPosition(parameters: Parameter[], draft: Draft): Set<Parameter> {
  const rest = parameters.findIndex(({ passing }) => passing === "more-positions");
  const restText = draft[parameters[rest]?.name ?? ""]?.text.trim() ?? "";
  const before = restText === "" || restText === "[]" ? 0 : rest;
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
      // What only repeats the default says nothing; the task then reads as one would write the call.
      if ("omitted" in reading || isDefault(parameter, value)) return;
      content.kwargs[parameter.name] = value;
  }
}

function isDefault(parameter: Parameter, value: Json): boolean {
  return !parameter.required && parameter.default !== undefined && sameJson(parameter.default, value);
}

/** The same checks as the server's, in words that tell what to do. */
export function readEntry(parameter: Parameter, { text, set }: Entry): Reading {
  if (parameter.nullable && !set)
    return parameter.default === null && !parameter.required ? { omitted: true } : { value: null };
  const { control } = parameter;
  if (control.kind === "text" && !(text === "" && hasUnknownDefault(parameter))) return { value: text };
  if (text.trim() === "") return readNothing(parameter);
  switch (control.kind) {
    case "text":
      return { omitted: true };
    case "switch":
      return { value: text === "true" };
    case "choice":
      return readChoice(control.choices, text);
    case "date-time":
      return { value: fromLocal(text) };
    case "number":
      return readNumber(control, text.trim());
    case "json":
      return readJson(control.shape, text);
  }
}

/** It has a default that JSON cannot say: nothing given means that default. */
function hasUnknownDefault({ required, default: value }: Parameter): boolean {
  return !required && value === undefined;
}

function readNothing(parameter: Parameter): Reading {
  if (!parameter.required) return { omitted: true };
  switch (parameter.control.kind) {
    case "number":
      return { error: parameter.control.whole ? "Enter a whole number." : "Enter a number." };
    case "choice":
      return { error: "Choose one." };
    case "date-time":
      return { error: "Enter a date and a time." };
    default:
      return { error: `Enter a value as JSON, such as ${exampleOf(parameter)}.` };
  }
}

export function exampleOf({ control }: Parameter): string {
  if (control.kind !== "json" || control.shape === null) return '"text", 1 or null';
  return control.shape === "array" ? "[1, 2]" : '{"key": 1}';
}

function readChoice(choices: Json[], text: string): Reading {
  const value = choices.find((choice) => printJson(choice) === text);
  return value === undefined ? { error: "Choose one." } : { value };
}

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const AS_JSON = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

function readNumber(control: { whole: boolean; minimum: Json; maximum: Json }, text: string): Reading {
  if (control.whole && !WHOLE.test(text)) return { error: "Enter a whole number, such as 3." };
  if (!DECIMAL.test(text)) return { error: "Enter a number, such as 3 or 0.5." };
  const number = Number(text);
  if (!WHOLE.test(text) && !Number.isFinite(number)) return { error: "This number is too large." };
  if (control.minimum !== null && number < Number(control.minimum))
    return { error: `Enter at least ${printJson(control.minimum)}.` };
  if (control.maximum !== null && number > Number(control.maximum))
    return { error: `Enter at most ${printJson(control.maximum)}.` };
  if (WHOLE.test(text)) return { value: exactNumber(BigInt(text.replace("+", "")).toString()) };
  return { value: AS_JSON.test(text) ? exactNumber(text) : number };
}

function readJson(shape: "array" | "object" | null, text: string): Reading {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : "unreadable"}.` };
  }
  if (shape === "array" && !Array.isArray(value)) return { error: "Enter a JSON list, such as [1, 2]." };
  if (shape === "object" && !isObject(value)) return { error: 'Enter a JSON object, such as {"key": 1}.' };
  return { value };
}

function textOf(parameter: Parameter, value: Json): string {
  if (parameter.control.kind !== "switch" && parameter.default === undefined) return "";
  return valueText(parameter, value);
}

/** A value as its control holds it. */
function valueText({ control }: Parameter, value: Json): string {
  if (control.kind === "switch") return value === true ? "true" : "false";
  if (value === null) return "";
  if (control.kind === "text" && typeof value === "string") return value;
  if (control.kind === "date-time" && typeof value === "string") return toLocal(value);
  return printJson(value, control.kind === "json" ? 2 : undefined);
}
