import type { Control, Field } from "@/lib/control";
import { type Json, isObject, printJson } from "@/lib/json";
import { misfitOf } from "@/lib/misfit";
import { durationText } from "./duration-text";

/** What stands in a control, by its kind: text for each that is one input, and what is inside the others. */
export type Entry =
  | { kind: "text"; text: string }
  | { kind: "rows"; rows: Row[] }
  | { kind: "fields"; fields: Record<string, Entry> }
  | { kind: "optional"; set: boolean; of: Entry }
  /** One for each option, so that what was typed comes back with it. */
  | { kind: "union"; chosen: number; options: Entry[] };

/** `id` stays with the row while others come and go; `key` is used where each value has one. */
export interface Row {
  id: number;
  key: string;
  entry: Entry;
}

let rowsMade = 0;

export function rowOf(entry: Entry, key = ""): Row {
  rowsMade += 1;
  return { id: rowsMade, key, entry };
}

/** A field as it opens: filled in with a value, else with its default. */
export function fieldEntry(field: Field, value: Json | undefined = field.default): Entry {
  return entryOf(field.control, value);
}

/** A control that holds a value, as far as it can; undefined is none yet. */
export function entryOf(control: Control, value?: Json): Entry {
  switch (control.kind) {
    case "list":
      return { kind: "rows", rows: itemsOf(value).map((item) => rowOf(entryOf(control.item, item))) };
    case "places": {
      const items = itemsOf(value);
      return { kind: "rows", rows: control.items.map((item, place) => rowOf(entryOf(item, items[place]))) };
    }
    case "map": {
      const entries = Object.entries(isObject(value) ? value : {});
      return { kind: "rows", rows: entries.map(([key, each]) => rowOf(entryOf(control.value, each), key)) };
    }
    case "fields": {
      const given = isObject(value) ? value : {};
      const fields = control.fields.map(
        (field) => [field.name, fieldEntry(field, given[field.name])] as const,
      );
      return { kind: "fields", fields: Object.fromEntries(fields) };
    }
    case "optional": {
      const set = value !== undefined && value !== null;
      return { kind: "optional", set, of: entryOf(control.of, set ? value : undefined) };
    }
    case "union": {
      const fitting = control.options.findIndex(
        (option) =>
          value !== undefined &&
          misfitOf(value, { schema: option.own, definitions: option.fits.definitions }) === null,
      );
      const chosen = Math.max(fitting, 0);
      const options = control.options.map((option, index) =>
        entryOf(option, index === chosen ? value : undefined),
      );
      return { kind: "union", chosen, options };
    }
    default:
      return { kind: "text", text: textOf(control, value) };
  }
}

function itemsOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(control: Control, value: Json | undefined): string {
  if (control.kind === "switch") return value === true ? "true" : "false";
  if (control.kind === "choice") return value === undefined ? "" : printJson(value);
  if (control.kind === "json") return value === undefined ? "" : printJson(value, 2);
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") return printJson(value);
  return control.kind === "duration" ? durationText(value) : value;
}
