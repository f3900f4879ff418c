import { type Json, type JsonObject, isNumber, isObject, printJson, sameJson } from "./json";
import {
  type Named,
  type Type,
  type TypeName,
  type ValueKind,
  kindOf,
  typeNames,
  typesOf,
} from "./json-types";
import { durationOf, hasZone, isBase64, isDate, isDateTime, isDecimal, isTime, isUuid } from "./text-forms";

const wanted: Record<TypeName, string> = {
  bool: "true or false",
  int: "a whole number",
  float: "a number",
  str: "text",
  bytes: "base64 text",
  datetime: "a date and time",
  date: "a date",
  time: "a time of day",
  duration: "a duration",
  uuid: "a UUID",
  decimal: "a decimal number",
  array: "a list",
  object: "an object",
  null: "null",
};

const got: Record<ValueKind, string> = {
  bool: "a boolean",
  int: "a number",
  float: "a decimal",
  str: "text",
  array: "a list",
  object: "an object",
  null: "null",
};

/** Characters of a wrong value that are shown. */
const LONGEST = 80;

/** Why a value itself does not fit, whatever is inside it; null when it does. In the words of backend/tasks/misfits.py. */
export function ownMisfit(value: Json, type: Type): string | null {
  const types = typesOf(type);
  const kind = kindOf(value);
  const taking = types.find(({ name }) => name === kind) ?? types.find(({ name }) => takes(name, kind));
  if (types.length === 0) return null;
  return taking ? limitWords(value, taking) : `must be ${kindsWords(types)}, not ${got[kind]}`;
}

function takes(name: TypeName, kind: ValueKind): boolean {
  switch (kind) {
    case "int":
      return name === "float" || name === "decimal";
    case "float":
      return name === "decimal";
    case "str":
      return ["bytes", "datetime", "date", "time", "duration", "uuid", "decimal"].includes(name);
    default:
      return false;
  }
}

function kindsWords(types: Named[]): string {
  const names = new Set(types.map(({ name }) => name));
  if (names.has("float")) names.delete("int");
  const words = typeNames.filter((name) => names.has(name)).map((name) => wanted[name]);
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words.join();
}

function limitWords(value: Json, { name, schema }: Named): string | null {
  const choices = schema["enum"];
  if (Array.isArray(choices))
    return choices.some((choice) => sameJson(choice, value)) ? null : choiceWords(value);
  if (typeof value === "string") return textWords(value, name, schema);
  if (isNumber(value)) return name === "int" ? wholeWords(value, schema) : numberWords(value, name, schema);
  if (Array.isArray(value)) return lengthWords(value.length, schema);
  return isObject(value)
    ? sizeWords(Object.keys(value).length, "item", schema["minProperties"], schema["maxProperties"])
    : null;
}

function choiceWords(value: Json): string {
  const characters = Array.from(printJson(value));
  const shown =
    characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : characters.join("");
  return `must be one of its choices, not ${shown}`;
}

function wholeWords(value: Json, schema: JsonObject): string | null {
  const number = BigInt(printJson(value));
  const bound = (key: string, step = 0n) =>
    isNumber(schema[key]) ? BigInt(printJson(schema[key])) + step : null;
  const least = bound("minimum") ?? bound("exclusiveMinimum", 1n);
  const most = bound("maximum") ?? bound("exclusiveMaximum", -1n);
  const factor = bound("multipleOf");
  if (least !== null && number < least) return `must be at least ${least}`;
  if (most !== null && number > most) return `must be at most ${most}`;
  return factor !== null && number % factor !== 0n ? `must be a multiple of ${factor}` : null;
}

function numberWords(value: Json, name: TypeName, schema: JsonObject): string | null {
  if (name === "decimal") return null;
  const number = Number(printJson(value));
  if (!Number.isFinite(number)) return "is out of range";
  const breaks = (key: string, isBroken: (bound: number) => boolean) =>
    isNumber(schema[key]) && isBroken(Number(printJson(schema[key])))
      ? String(Number(printJson(schema[key])))
      : null;
  const words = [
    ["at least", breaks("minimum", (bound) => number < bound)],
    ["above", breaks("exclusiveMinimum", (bound) => number <= bound)],
    ["at most", breaks("maximum", (bound) => number > bound)],
    ["below", breaks("exclusiveMaximum", (bound) => number >= bound)],
    ["a multiple of", breaks("multipleOf", (factor) => number !== 0 && number % factor !== 0)],
  ].find(([, bound]) => bound !== null);
  return words ? `must be ${words.join(" ")}` : null;
}

function textWords(text: string, name: TypeName, schema: JsonObject): string | null {
  switch (name) {
    case "date":
      return isDate(text) ? null : "must be a date such as 2026-11-21";
    case "datetime":
      return isDateTime(text)
        ? zoneWords(text, schema)
        : "must be a date and time such as 2026-11-21T22:04:00Z";
    case "time":
      return isTime(text) ? zoneWords(text, schema) : "must be a time of day such as 22:04:00";
    case "duration":
      return durationWords[durationOf(text)];
    case "uuid":
      return isUuid(text) ? null : "must be a UUID, which has 32 hexadecimal digits";
    case "decimal":
      return isDecimal(text) ? null : "must be a decimal number such as 12.50";
    case "bytes":
      return isBase64(text) ? null : "must be base64 text";
    default:
      return (
        sizeWords(Array.from(text).length, "character", schema["minLength"], schema["maxLength"]) ??
        patternWords(text, schema["pattern"])
      );
  }
}

const durationWords = {
  yes: null,
  no: "must be a duration such as P1DT2H30M",
  "out of range": "is out of range",
};

function zoneWords(text: string, schema: JsonObject): string | null {
  if (schema["x-zone"] === "required" && !hasZone(text)) return "must have a time zone, such as Z or +01:00";
  return schema["x-zone"] === "refused" && hasZone(text) ? "must have no time zone" : null;
}

function patternWords(text: string, pattern: Json | undefined): string | null {
  if (typeof pattern !== "string") return null;
  try {
    return new RegExp(pattern, "u").test(text) ? null : `must match the pattern ${pattern}`;
  } catch {
    // Python's expressions say more than the browser's: the server looks.
    return null;
  }
}

/** A list whose items each have their place has one length, or a few. */
function lengthWords(length: number, schema: JsonObject): string | null {
  const { minItems: least, maxItems: most } = schema;
  if (!Array.isArray(schema["prefixItems"]) || !isNumber(least) || !isNumber(most))
    return sizeWords(length, "item", least, most);
  if (length >= Number(least) && length <= Number(most)) return null;
  return Number(least) === Number(most)
    ? `must have ${counted(Number(most), "item")}, not ${length}`
    : `must have ${Number(least)} to ${Number(most)} items, not ${length}`;
}

function sizeWords(
  size: number,
  part: string,
  least: Json | undefined,
  most: Json | undefined,
): string | null {
  if (isNumber(least) && size < Number(least)) return `must have at least ${counted(Number(least), part)}`;
  return isNumber(most) && size > Number(most) ? `must have at most ${counted(Number(most), part)}` : null;
}

function counted(many: number, part: string): string {
  return many === 1 ? `${many} ${part}` : `${many} ${part}s`;
}
