import { type Json, type JsonObject, isNumber, isObject, printJson } from "./json";

/** What a value is to fit: a JSON Schema, and the classes that its references name. */
export interface Type {
  schema: JsonObject;
  definitions: JsonObject;
}

/** The types that the server tells apart, in the order in which it lists them. */
export const typeNames = [
  "bool",
  "int",
  "float",
  "str",
  "bytes",
  "datetime",
  "date",
  "time",
  "duration",
  "uuid",
  "decimal",
  "array",
  "object",
  "null",
] as const;

export type TypeName = (typeof typeNames)[number];

/** The kinds of JSON values, by the names of their types. */
export type ValueKind = "bool" | "int" | "float" | "str" | "array" | "object" | "null";

export function kindOf(value: Json): ValueKind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (isNumber(value)) return /^-?\d+$/.test(printJson(value)) ? "int" : "float";
  return Array.isArray(value) ? "array" : "object";
}

/** One of the types that a schema names, with what the schema says of it. */
export interface Named {
  name: TypeName;
  schema: JsonObject;
}

/** The types that a value may have, [] for any. */
export function typesOf({ schema, definitions }: Type): Named[] {
  const own = resolved({ schema, definitions });
  const options = own["anyOf"] ?? own["oneOf"];
  if (Array.isArray(options))
    return options.filter(isObject).flatMap((option) => typesOf({ schema: option, definitions }));
  if (Array.isArray(own["enum"]))
    return [...new Set(own["enum"].map(kindOf))].map((name) => ({ name, schema: own }));
  const named = Array.isArray(own["type"]) ? own["type"] : [own["type"]];
  return named.flatMap((each) => {
    const name = typeof each === "string" && nameOf(each, own);
    return name ? [{ name, schema: own }] : [];
  });
}

const plain: Record<string, TypeName> = {
  boolean: "bool",
  integer: "int",
  number: "float",
  array: "array",
  object: "object",
  null: "null",
};

const formats: Record<string, TypeName> = {
  "date-time": "datetime",
  date: "date",
  time: "time",
  duration: "duration",
  uuid: "uuid",
  decimal: "decimal",
};

function nameOf(type: string, schema: JsonObject): TypeName | undefined {
  if (type !== "string") return plain[type];
  if (schema["contentEncoding"] === "base64") return "bytes";
  const format = schema["format"];
  return (typeof format === "string" && formats[format]) || "str";
}

/** The schema itself, or the class that it refers to. */
export function resolved({ schema, definitions }: Type): JsonObject {
  const name = referenceOf(schema);
  const target = name === null ? undefined : definitions[name];
  return isObject(target) ? target : schema;
}

/** The name of the class that a schema refers to. */
export function referenceOf(schema: JsonObject): string | null {
  const reference = schema["$ref"];
  return typeof reference === "string" ? reference.replace("#/$defs/", "") : null;
}
