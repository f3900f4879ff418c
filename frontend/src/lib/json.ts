import { LosslessNumber, isLosslessNumber, parse, stringify } from "lossless-json";

/** Any JSON value, with every number exactly as it was written. */
export type Json = null | boolean | number | string | LosslessNumber | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

/**
 * Read JSON without changing a number: one that JavaScript would print differently (12345678901234567890, 5.0) is kept
 * as its text. Throws SyntaxError.
 */
export function parseJson(text: string): Json {
  return parse(text, undefined, exactNumber) as Json;
}

/** Print JSON; numbers keep the text that they were read from. */
export function printJson(value: Json, indent?: number): string {
  return stringify(value, undefined, indent) ?? "null";
}

/** One line for people: `{"a": 1, "b": [2, 3]}`. */
export function printInline(value: Json): string {
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, each]) => `${JSON.stringify(key)}: ${printInline(each)}`,
    );
    return `{${entries.join(", ")}}`;
  }
  return Array.isArray(value) ? `[${value.map(printInline).join(", ")}]` : printJson(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

export function isNumber(value: Json | undefined): value is number | LosslessNumber {
  return typeof value === "number" || isLosslessNumber(value);
}

/** The number that this JSON text is, exactly. */
export function exactNumber(text: string): number | LosslessNumber {
  const number = Number(text);
  return String(number) === text ? number : new LosslessNumber(text);
}

export function sameJson(one: Json, other: Json): boolean {
  return printJson(one) === printJson(other);
}
