import { type Json, type JsonObject, isNumber, isObject } from "./json";
import { type Type, referenceOf, resolved } from "./json-types";

/**
 * What one edits a value with. `own` describes the value; `fits` is what it must fit, which for a part of a union is the
 * whole union.
 */
export type Control = Kind & { own: JsonObject; fits: Type };

export type Kind =
  | { kind: "text"; format: "uuid" | "decimal" | "base64" | null }
  | { kind: "moment"; of: "date" | "date-time" | "time"; zone: boolean }
  | { kind: "duration" }
  | { kind: "number"; whole: boolean }
  | { kind: "switch" }
  | { kind: "choice"; choices: Json[] }
  /** Any number of values. */
  | { kind: "list"; item: Control }
  /** A value for each place. */
  | { kind: "places"; items: Control[] }
  /** A value for each key, whatever the keys are. */
  | { kind: "map"; value: Control }
  /** A value for each name. */
  | { kind: "fields"; title: string; fields: Field[] }
  /** Not set is null, or where nothing is to be given: absent. */
  | { kind: "optional"; of: Control; unset: "null" | "absent" }
  | { kind: "union"; options: Control[] }
  | { kind: "json"; shape: "array" | "object" | null };

/** A value that has a name: a parameter, or what is inside one. */
export interface Field {
  name: string;
  description: string;
  required: boolean;
  /** What holds when nothing is given; undefined where there is none, or none that JSON can say. */
  default: Json | undefined;
  control: Control;
}

/** The field of each property of an object's schema, in their order. `above` are the classes that they are part of. */
export function fieldsOf(schema: JsonObject, definitions: JsonObject, above: string[] = []): Field[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, isObject(property) ? property : {}, required.includes(name), definitions, above),
  );
}

function fieldOf(
  name: string,
  property: JsonObject,
  required: boolean,
  definitions: JsonObject,
  above: string[],
): Field {
  const control = controlOf({ schema: property, definitions }, above);
  const fallback = property["default"];
  const gathers = property["x-variadic"] !== undefined;
  const description = property["description"];
  return {
    name,
    description: typeof description === "string" ? description : "",
    required,
    default: fallback,
    control: required || gathers || fallback !== undefined ? control : absentable(control),
  };
}

/** What need not be given, and has no default to show, can be left out. */
function absentable(control: Control): Control {
  if (control.kind === "optional") return { ...control, unset: "absent" };
  return { kind: "optional", of: control, unset: "absent", own: control.own, fits: control.fits };
}

/** The control for a type. A class inside itself is edited as JSON: its form would have no end. */
export function controlOf(type: Type, above: string[] = []): Control {
  const reference = referenceOf(type.schema);
  const own = resolved(type);
  const base = { own, fits: type };
  if (reference !== null && above.includes(reference)) return { ...base, kind: "json", shape: shapeOf(own) };
  const classes = reference === null ? above : [...above, reference];

  const options = optionsOf(own);
  const real = options.length === 1 ? options : options.filter((option) => option["type"] !== "null");
  const value: Control =
    options.length === 1
      ? { ...base, ...plainKind(own, type.definitions, classes) }
      : unionOf(real, type, classes);
  return real.length < options.length ? { ...base, kind: "optional", of: value, unset: "null" } : value;
}

/** The control of one of several types, which refuses in the name of all of them. */
function unionOf(real: JsonObject[], type: Type, classes: string[]): Control {
  const { definitions } = type;
  const isNumeric = real.every((option) => option["type"] === "integer" || option["type"] === "number");
  if (isNumeric && real.length > 1)
    return { kind: "number", whole: false, own: { type: "number" }, fits: type };
  const options = real.map((schema) => ({ ...controlOf({ schema, definitions }, classes), fits: type }));
  const [only] = options;
  if (only && options.length === 1) return only;
  return { kind: "union", options, own: resolved(type), fits: type };
}

function optionsOf(schema: JsonObject): JsonObject[] {
  const options = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(options)) return options.filter(isObject);
  const type = schema["type"];
  if (Array.isArray(type)) return type.map((each) => ({ ...schema, type: each }));
  const choices = schema["enum"];
  if (Array.isArray(choices) && choices.includes(null) && choices.length > 1)
    return [{ ...schema, enum: choices.filter((choice) => choice !== null) }, { type: "null" }];
  return [schema];
}

function plainKind(schema: JsonObject, definitions: JsonObject, classes: string[]): Kind {
  if (Array.isArray(schema["enum"])) return { kind: "choice", choices: schema["enum"] };
  if ("const" in schema) return { kind: "choice", choices: [schema["const"] ?? null] };
  switch (schema["type"]) {
    case "string":
      return textKind(schema);
    case "integer":
      return { kind: "number", whole: true };
    case "number":
      return { kind: "number", whole: false };
    case "boolean":
      return { kind: "switch" };
    case "null":
      return { kind: "choice", choices: [null] };
    case "array":
      return arrayKind(schema, definitions, classes);
    case "object":
      return objectKind(schema, definitions, classes);
    default:
      return { kind: "json", shape: null };
  }
}

function textKind(schema: JsonObject): Kind {
  if (schema["contentEncoding"] === "base64") return { kind: "text", format: "base64" };
  switch (schema["format"]) {
    case "date":
    case "date-time":
    case "time":
      return { kind: "moment", of: schema["format"], zone: schema["x-zone"] !== "refused" };
    case "duration":
      return { kind: "duration" };
    case "uuid":
    case "decimal":
      return { kind: "text", format: schema["format"] };
    default:
      return { kind: "text", format: null };
  }
}

function arrayKind(schema: JsonObject, definitions: JsonObject, classes: string[]): Kind {
  const { prefixItems: places, items, maxItems } = schema;
  if (Array.isArray(places) && isNumber(maxItems) && Number(maxItems) === places.length)
    return {
      kind: "places",
      items: places.filter(isObject).map((place) => controlOf({ schema: place, definitions }, classes)),
    };
  return isObject(items)
    ? { kind: "list", item: controlOf({ schema: items, definitions }, classes) }
    : { kind: "json", shape: "array" };
}

function objectKind(schema: JsonObject, definitions: JsonObject, classes: string[]): Kind {
  const { properties, additionalProperties: others, title } = schema;
  if (isObject(properties))
    return {
      kind: "fields",
      title: typeof title === "string" ? title : "",
      fields: fieldsOf(schema, definitions, classes),
    };
  return isObject(others)
    ? { kind: "map", value: controlOf({ schema: others, definitions }, classes) }
    : { kind: "json", shape: "object" };
}

function shapeOf({ type }: JsonObject): "array" | "object" | null {
  return type === "array" || type === "object" ? type : null;
}
