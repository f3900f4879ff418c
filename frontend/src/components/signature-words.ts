import type { Control } from "@/lib/control";
import { type Json, type JsonObject, isNumber, printInline, printJson } from "@/lib/json";
import type { Parameter } from "@/lib/signature";

/** The type of a value as the form calls it: "whole number from 1 to 5", "list of text". */
export function typeWords(control: Control): string {
  switch (control.kind) {
    case "number":
      return (control.whole ? "whole number" : "number") + boundsWords(control.own);
    case "json":
      return control.shape === null ? "JSON" : control.shape === "array" ? "JSON list" : "JSON object";
    case "text":
      return control.format === null ? `text${lengthWords(control.own)}` : formats[control.format];
    case "moment":
      return moments[control.of];
    case "duration":
      return "duration";
    case "choice":
      return "choice";
    case "switch":
      return "on or off";
    case "list":
      return `list of ${typeWords(control.item)}`;
    case "places":
      return control.items.map(typeWords).join(" and ");
    case "map":
      return `${typeWords(control.value)} by key`;
    case "fields":
      return control.title || "object";
    case "optional":
      return typeWords(control.of);
    case "union":
      return oneOf(control.options.map(typeWords));
  }
}

const formats = { uuid: "UUID", decimal: "decimal number", base64: "base64 text" };
const moments = { date: "date", "date-time": "date and time", time: "time of day" };

function boundsWords({
  minimum,
  exclusiveMinimum,
  maximum,
  exclusiveMaximum,
  multipleOf,
}: JsonObject): string {
  const step = isNumber(multipleOf) ? `, a multiple of ${printJson(multipleOf)}` : "";
  if (isNumber(minimum) && isNumber(maximum))
    return ` from ${printJson(minimum)} to ${printJson(maximum)}${step}`;
  const limits = [
    ["at least", minimum],
    ["above", exclusiveMinimum],
    ["at most", maximum],
    ["below", exclusiveMaximum],
  ] as const;
  return (
    limits.map(([words, bound]) => (isNumber(bound) ? `, ${words} ${printJson(bound)}` : "")).join("") + step
  );
}

function lengthWords({ minLength: least, maxLength: most, pattern }: JsonObject): string {
  const like = typeof pattern === "string" ? ` like ${pattern}` : "";
  if (isNumber(least) && isNumber(most))
    return `, ${printJson(least)} to ${printJson(most)} characters${like}`;
  if (isNumber(least)) return `, at least ${printJson(least)} characters${like}`;
  return (isNumber(most) ? `, at most ${printJson(most)} characters` : "") + like;
}

/** What one parameter takes, with its choices and its default: ""png" or "webp", "png" unless given". */
export function takesWords({ control, default: fallback, passing }: Parameter): string {
  if (passing === "more-positions" && control.kind === "list")
    return `any number of further values: ${valueWords(control.item)}`;
  if (passing === "more-names" && control.kind === "map")
    return `any further names: ${valueWords(control.value)}`;
  return [
    valueWords(control),
    fallback === undefined ? "" : `${printInline(fallback, LONGEST)} unless given`,
    passing === "by-position" ? "by position" : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** Characters of a default or a choice that are shown. */
const LONGEST = 40;

function valueWords(control: Control): string {
  if (control.kind === "optional")
    return valueWords(control.of) + (control.unset === "null" ? " or nothing" : ", optional");
  if (control.kind !== "choice") return typeWords(control);
  return oneOf(control.choices.map((choice: Json) => printInline(choice, LONGEST)));
}

function oneOf(words: string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : (words[0] ?? "nothing");
}
