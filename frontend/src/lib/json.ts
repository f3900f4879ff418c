import { LosslessNumber, isLosslessNumber, parse, stringify } from "lossless-json";
import { escaped } from "./visible";

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

/** Print JSON; numbers keep the text that they were read from, and what would turn the direction of the text is escaped. */
export function printJson(value: Json, indent?: number): string {
  return escaped(stringify(value, undefined, indent) ?? "null");
}

/** One line for people, `{"a": 1, "b": [2, 3]}`; what goes beyond `limit` characters is neither read nor shown. */
export function printInline(value: Json, limit: number = Infinity): string {
  const line = new Line(limit);
  line.add(value);
  return line.text.length > limit ? `${line.text.slice(0, limit)}…` : line.text;
}

class Line {
  text = "";
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(value: Json): void {
    if (Array.isArray(value)) {
      this.addEach("[", value, (each) => this.add(each), "]");
    } else if (isObject(value)) {
      const addEntry = ([key, each]: [string, Json]) => {
        this.text += `${printJson(key)}: `;
        this.add(each);
      };
      this.addEach("{", Object.entries(value), addEntry, "}");
    } else {
      this.text += printJson(value);
    }
  }

  private addEach<Each>(open: string, all: Each[], add: (each: Each) => void, close: string): void {
    this.text += open;
    for (const [index, each] of all.entries()) {
      if (this.text.length > this.limit) return;
      if (index > 0) this.text += ", ";
      add(each);
    }
    this.text += close;
  }
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
