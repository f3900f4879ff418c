import { type Json, type JsonObject, isObject } from "@/lib/json";

/** What one edits a parameter with. */
export type Control =
  | { kind: "text" }
  | { kind: "date-time" }
  | { kind: "number"; whole: boolean; minimum: Json; maximum: Json }
  | { kind: "switch" }
  | { kind: "choice"; choices: Json[] }
  | { kind: "json"; shape: "array" | "object" | null };

/** How the server takes it: by name, by position, or as what is left over of either. */
type Passing = "by-name" | "by-position" | "more-positions" | "more-names";

export interface Parameter {
  name: string;
  description: string;
  required: boolean;
  /** What the function takes when nothing is given; undefined where there is none. */
  default: Json | undefined;
  /** None is allowed: the form offers "not set". */
  nullable: boolean;
  passing: Passing;
  control: Control;
}

/** The parameters of a task type, in the order of its signature, from its JSON Schema. */
export function parametersOf(schema: Json): Parameter[] {
  if (!isObject(schema) || !isObject(schema["properties"])) return [];
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(schema["properties"]).map(([name, property]) => {
    const own = isObject(property) ? property : {};
    const { control, nullable } = controlOf(resolve(own, schema), schema);
    const passing = passingOf(own);
    return {
      name,
      description: typeof own["description"] === "string" ? own["description"] : "",
      required: required.includes(name),
      default: own["default"],
      nullable,
      passing,
      control,
    };
  });
}

function passingOf(property: JsonObject): Passing {
  if (property["x-variadic"] === "args") return "more-positions";
  if (property["x-variadic"] === "kwargs") return "more-names";
  return property["x-positional"] === true ? "by-position" : "by-name";
}

function controlOf(property: JsonObject, schema: JsonObject): { control: Control; nullable: boolean } {
  const options = optionsOf(property).map((option) => resolve(option, schema));
  const real = options.filter((option) => option["type"] !== "null");
  const nullable = real.length < options.length;
  const [only] = real;
  if (only && real.length === 1) return { control: plainControl(only), nullable };
  const types = real.map((option) => option["type"]);
  if (real.length > 0 && types.every((type) => type === "integer" || type === "number"))
    return { control: numberControl(property, { whole: false }), nullable };
  // None is one of the values that a JSON editor can hold anyway.
  return { control: { kind: "json", shape: null }, nullable: false };
}

function optionsOf(property: JsonObject): JsonObject[] {
  const options = property["anyOf"] ?? property["oneOf"];
  if (Array.isArray(options)) return options.filter(isObject);
  const type = property["type"];
  if (Array.isArray(type)) return type.map((each) => ({ ...property, type: each }));
  const choices = property["enum"];
  if (Array.isArray(choices) && choices.includes(null))
    return [{ ...property, enum: choices.filter((choice) => choice !== null) }, { type: "null" }];
  return [property];
}

function plainControl(property: JsonObject): Control {
  if (Array.isArray(property["enum"])) return { kind: "choice", choices: property["enum"] };
  if ("const" in property) return { kind: "choice", choices: [property["const"] ?? null] };
  switch (property["type"]) {
    case "string":
      return property["format"] === "date-time" ? { kind: "date-time" } : { kind: "text" };
    case "integer":
      return numberControl(property, { whole: true });
    case "number":
      return numberControl(property, { whole: false });
    case "boolean":
      return { kind: "switch" };
    case "array":
    case "object":
      return { kind: "json", shape: property["type"] };
    default:
      return { kind: "json", shape: null };
  }
}

function numberControl(property: JsonObject, { whole }: { whole: boolean }): Control {
  return {
    kind: "number",
    whole,
    minimum: property["minimum"] ?? null,
    maximum: property["maximum"] ?? null,
  };
}

function resolve(property: JsonObject, schema: JsonObject): JsonObject {
  const reference = property["$ref"];
  const definitions = schema["$defs"];
  if (typeof reference !== "string" || !isObject(definitions)) return property;
  const target = definitions[reference.replace("#/$defs/", "")];
  return isObject(target) ? target : property;
}
