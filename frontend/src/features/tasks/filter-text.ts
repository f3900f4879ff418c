import { reasons, statuses } from "@/components/status-look";
import { type Filter, type ListKey, listKeys } from "./filter";
import { readCreated } from "./created-text";

/*
 * What is typed into the filter bar: `status:failed queue:mail created:>-2h text`. A word without a key is searched for.
 */
export const keys = [...listKeys, "created"] as const;
export type Key = (typeof keys)[number];

/** The server takes no more characters. */
const LONGEST_SEARCH = 200;

export interface TextReading {
  filter: Filter;
  /** What stays in the input: the words that are searched for, and a token that is not whole yet. */
  rest: string;
  /** The words of `rest` that are searched for. */
  search: string;
  /** Why a token that is whole was not taken; it stays in the input. */
  error: string | null;
}

/** Take the tokens out of a text into a filter. While one types, the last token is whole only once a space follows. */
export function readText(
  text: string,
  filter: Filter,
  { done, now }: { done: boolean; now: number },
): TextReading {
  const words = text.split(/\s+/).filter(Boolean);
  const endsOpen = !done && !/\s$/.test(text);
  const rest: string[] = [];
  const searched: string[] = [];
  let next = filter;
  let error: string | null = null;
  for (const [index, word] of words.entries()) {
    const token = tokenOf(word);
    if (!token) {
      rest.push(word);
      searched.push(word);
      continue;
    }
    const isOpen = token.value === "" || (endsOpen && index === words.length - 1);
    const taken = isOpen ? null : take(next, token, now);
    if (taken && "filter" in taken) next = taken.filter;
    else rest.push(word);
    if (taken && "error" in taken) error = taken.error;
  }
  const space = /\s$/.test(text) && rest.length > 0 && !done ? " " : "";
  return {
    filter: next,
    rest: rest.join(" ") + space,
    search: searched.join(" ").slice(0, LONGEST_SEARCH),
    error,
  };
}

/** A word with a known key; others with a colon, such as an id, are words. */
export function tokenOf(word: string): { key: Key; value: string } | null {
  const colon = word.indexOf(":");
  const key = keys.find((each) => each === word.slice(0, colon).toLowerCase());
  return key && colon > 0 ? { key, value: word.slice(colon + 1) } : null;
}

type Taken = { filter: Filter } | { error: string };

function take(filter: Filter, { key, value }: { key: Key; value: string }, now: number): Taken {
  if (key === "created") return readCreated(value, filter, now);
  const values = value.split(",").filter(Boolean);
  switch (key) {
    case "status":
      return takeChoices(filter, "status", values, statuses);
    case "reason":
      return takeChoices(filter, "reason", values, reasons);
    case "worker":
      return {
        filter: withValues(
          filter,
          key,
          values.map((each) => each.toUpperCase()),
        ),
      };
    default:
      return { filter: withValues(filter, key, values) };
  }
}

function takeChoices(filter: Filter, key: ListKey, values: string[], choices: readonly string[]): Taken {
  const upper = values.map((each) => each.toUpperCase());
  const wrong = upper.find((each) => !choices.includes(each));
  if (wrong !== undefined)
    return { error: `${key}: is one of ${choices.map((each) => each.toLowerCase()).join(", ")}.` };
  return { filter: withValues(filter, key, upper) };
}

export function withValues(filter: Filter, key: ListKey, values: string[]): Filter {
  return { ...filter, [key]: [...new Set([...filter[key], ...values])] };
}

export function withoutValue(filter: Filter, key: ListKey, value: string): Filter {
  return { ...filter, [key]: filter[key].filter((each) => each !== value) };
}
