import { type Field, fieldsOf } from "./control";
import { type Json, type JsonObject, isObject } from "./json";

/** How the server takes it: by name, by position, or as what is left over of either. */
export type Passing = "by-name" | "by-position" | "more-positions" | "more-names";

export interface Parameter extends Field {
  passing: Passing;
}

/** The parameters of a task type, in the order of its signature, from its JSON Schema. */
export function parametersOf(schema: Json): Parameter[] {
  if (!isObject(schema)) return [];
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const definitions = isObject(schema["$defs"]) ? schema["$defs"] : {};
  return fieldsOf(schema, definitions).map((field) => ({
    ...field,
    passing: passingOf(properties[field.name]),
  }));
}

function passingOf(property: Json | undefined): Passing {
  const own: JsonObject = isObject(property) ? property : {};
  if (own["x-variadic"] === "args") return "more-positions";
  if (own["x-variadic"] === "kwargs") return "more-names";
  return own["x-positional"] === true ? "by-position" : "by-name";
}
