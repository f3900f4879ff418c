import { type Json, type JsonObject, isObject, parseJson } from "./json";
import { type Type, kindOf, typesOf } from "./json-types";
import { ownMisfit } from "./misfit-words";

/** Why a value does not fit its type, at which place inside it: `[1].x`, "" for the whole. */
export interface Misfit {
  at: string;
  why: string;
}

/** The first thing that is wrong with a value, found and said as the server does it. */
export function misfitOf(value: Json, type: Type): Misfit | null {
  const own = ownMisfit(value, type);
  if (own !== null) return { at: "", why: own };
  for (const part of partsOf(value, type)) {
    const misfit = "why" in part ? { at: "", why: part.why } : misfitOf(part.value, part.type);
    if (misfit) return { at: part.at + misfit.at, why: misfit.why };
  }
  return null;
}

/** Why a key does not fit the type of an object's keys; one that reads as a number is taken for it where numbers are asked for. */
export function keyMisfit(key: string, { schema, definitions }: Type): string | null {
  const named = schema["propertyNames"];
  const keys = schema["x-keys"];
  if (isObject(named)) return ownMisfit(key, { schema: { type: "string", ...named }, definitions });
  if (!isObject(keys)) return null;
  const type = { schema: keys, definitions };
  const number = numberIn(key);
  const isNumber =
    number !== null && typesOf(type).some(({ name }) => name === kindOf(number) || name === "float");
  return ownMisfit(isNumber ? number : key, type);
}

function numberIn(key: string): Json {
  try {
    const value = parseJson(key);
    return ["int", "float"].includes(kindOf(value)) ? value : null;
  } catch {
    return null;
  }
}

type Part = { at: string; value: Json; type: Type } | { at: string; why: string };

function partsOf(value: Json, type: Type): Part[] {
  const own = typesOf(type).find(({ name }) => name === kindOf(value));
  if (!own) return [];
  if (Array.isArray(value)) return itemsOf(value, own.schema, type.definitions);
  return isObject(value) ? propertiesOf(value, own.schema, type.definitions) : [];
}

function itemsOf(value: Json[], schema: JsonObject, definitions: JsonObject): Part[] {
  const places = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  return value.flatMap((item, index) => {
    const own = places[index] ?? schema["items"];
    return isObject(own) ? [{ at: `[${index}]`, value: item, type: { schema: own, definitions } }] : [];
  });
}

function propertiesOf(value: JsonObject, schema: JsonObject, definitions: JsonObject): Part[] {
  const { properties, additionalProperties: others, required } = schema;
  const named = isObject(properties) ? properties : {};
  const given = Object.entries(value).flatMap(([name, each]): Part[] => {
    if (isObject(named[name]))
      return [{ at: `.${name}`, value: each, type: { schema: named[name], definitions } }];
    const why = keyMisfit(name, { schema, definitions });
    if (why !== null) return [{ at: "[key]", why }];
    return isObject(others) ? [{ at: "[...]", value: each, type: { schema: others, definitions } }] : [];
  });
  const missing = (Array.isArray(required) ? required : []).filter(
    (name): name is string => typeof name === "string" && !(name in value),
  );
  return [...given, ...missing.map((name) => ({ at: `.${name}`, why: "is missing" }))];
}
