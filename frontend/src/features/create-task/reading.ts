import type { Control, Field } from "@/lib/control";
import { type Json, type JsonObject, exactNumber, parseJson, printJson, sameJson } from "@/lib/json";
import { keyMisfit, misfitOf } from "@/lib/misfit";
import { ownMisfit } from "@/lib/misfit-words";
import { resolved } from "@/lib/json-types";
import { durationFrom } from "./duration-text";
import { type Entry, type Row } from "./entry";

/** What is wrong, by the place of the control in the form: `points[1].x`. */
export type Errors = Record<string, string>;

/** What a control is worth: a value, nothing, or what is wrong in it. */
export type Reading = { value: Json } | { omitted: true } | { errors: Errors };

/** The server's word for a value that is not there. */
export const MISSING = "is missing";

/** What a field is worth. What only repeats its default says nothing: the task then reads as one would write the call. */
export function readField(field: Field, entry: Entry, path: string): Reading {
  const reading = readEntry(field.control, entry, path);
  if ("omitted" in reading && field.required) return { errors: { [path]: MISSING } };
  if ("value" in reading && isDefault(field, reading.value)) return { omitted: true };
  return reading;
}

function isDefault(field: Field, value: Json): boolean {
  return !field.required && field.default !== undefined && sameJson(field.default, value);
}

export function readEntry(control: Control, entry: Entry, path: string): Reading {
  switch (entry.kind) {
    case "text":
      return readText(control, entry.text, path);
    case "rows":
      return control.kind === "map"
        ? readMap(control, entry.rows, path)
        : readRows(control, entry.rows, path);
    case "fields":
      return control.kind === "fields" ? readFields(control, entry.fields, path) : { omitted: true };
    case "optional":
      if (control.kind !== "optional") return { omitted: true };
      if (!entry.set) return control.unset === "null" ? { value: null } : { omitted: true };
      return needed(readEntry(control.of, entry.of, path), path);
    case "union": {
      const option = control.kind === "union" && control.options[entry.chosen];
      const inside = entry.options[entry.chosen];
      return option && inside ? readEntry(option, inside, path) : { omitted: true };
    }
  }
}

/** What must be there: a row that was added, a value that was said to be set. */
function needed(reading: Reading, path: string): { value: Json } | { errors: Errors } {
  return "omitted" in reading ? { errors: { [path]: MISSING } } : reading;
}

function readText(control: Control, text: string, path: string): Reading {
  if (control.kind === "switch") return { value: text === "true" };
  if (control.kind !== "text" && text.trim() === "") return { omitted: true };
  switch (control.kind) {
    case "number":
      return checked(control, numberIn(text.trim()) ?? text, path);
    case "duration":
      return checked(control, durationFrom(text), path);
    case "choice": {
      const choice = control.choices.find((each) => printJson(each) === text);
      return checked(control, choice === undefined ? text : choice, path);
    }
    case "json":
      return readJson(control, text, path);
    default:
      return checked(control, text, path);
  }
}

/** The value, unless it does not fit its type as a whole. What is inside it has been looked at. */
function checked(control: Control, value: Json, path: string): Reading {
  const why = ownMisfit(value, control.fits);
  return why === null ? { value } : { errors: { [path]: why } };
}

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const AS_JSON = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

/** The number that was typed, exactly, however large; null when it is none. */
function numberIn(text: string): Json {
  if (WHOLE.test(text)) return exactNumber(BigInt(text.replace("+", "")).toString());
  if (!DECIMAL.test(text)) return null;
  return AS_JSON.test(text) ? exactNumber(text) : Number(text);
}

/** What begins as no JSON does: meant as a text, most likely. */
const LIKE_WORDS = /^\s*[^\s\d"[{-]/;

function readJson(control: Control, text: string, path: string): Reading {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unreadable";
    const help = LIKE_WORDS.test(text) ? '; a text stands in quotes: "…"' : "";
    return { errors: { [path]: `is not JSON: ${why}${help}` } };
  }
  const misfit = misfitOf(value, control.fits);
  return misfit ? { errors: { [path]: `${misfit.at} ${misfit.why}`.trim() } } : { value };
}

function readRows(control: Control, rows: Row[], path: string): Reading {
  const readings = rows.map((row, index) => {
    const item = control.kind === "places" ? control.items[index] : control.kind === "list" && control.item;
    const at = `${path}[${index}]`;
    return item ? needed(readEntry(item, row.entry, at), at) : { value: null };
  });
  const errors = errorsOf(readings);
  return errors ? { errors } : checked(control, readings.map(valueOf), path);
}

function readMap(control: Control & { kind: "map" }, rows: Row[], path: string): Reading {
  const value: JsonObject = {};
  const readings = rows.map((row, index): Reading => {
    const at = `${path}[${index}]`;
    const reading = needed(readEntry(control.value, row.entry, at), at);
    const type = { schema: resolved(control.fits), definitions: control.fits.definitions };
    const why = row.key in value ? "is given twice" : keyMisfit(row.key, type);
    value[row.key] = valueOf(reading);
    return why === null ? reading : { errors: { ...errorsIn(reading), [`${at}[key]`]: why } };
  });
  const errors = errorsOf(readings);
  return errors ? { errors } : checked(control, value, path);
}

function readFields(
  control: Control & { kind: "fields" },
  entries: Record<string, Entry>,
  path: string,
): Reading {
  const value: JsonObject = {};
  const readings = control.fields.map((field) => {
    const entry = entries[field.name];
    const reading: Reading = entry ? readField(field, entry, `${path}.${field.name}`) : { omitted: true };
    if ("value" in reading) value[field.name] = reading.value;
    return reading;
  });
  const errors = errorsOf(readings);
  return errors ? { errors } : checked(control, value, path);
}

function valueOf(reading: Reading): Json {
  return "value" in reading ? reading.value : null;
}

function errorsIn(reading: Reading): Errors {
  return "errors" in reading ? reading.errors : {};
}

function errorsOf(readings: Reading[]): Errors | null {
  const errors = Object.assign({}, ...readings.map(errorsIn)) as Errors;
  return Object.keys(errors).length > 0 ? errors : null;
}
