import { reasons, statuses } from "@/components/status-look";
import type { FilterChoicesQuery } from "@/gql/operations";
import { type Key, keys, tokenOf } from "./filter-text";

export interface Suggestion {
  /** What stands in the input once it is chosen. */
  text: string;
  label: string;
  help: string;
}

const keyHelp = {
  status: "where a task stands",
  reason: "why it failed",
  queue: "the queue it waits in",
  name: "its task function",
  worker: "the worker that has or had it",
  failure: "the kind of failure it ended with",
  created: "when it was created",
} satisfies Record<Key, string>;

const spans = [
  { value: ">-15m", help: "in the last 15 minutes" },
  { value: ">-1h", help: "in the last hour" },
  { value: ">-24h", help: "in the last 24 hours" },
  { value: ">-7d", help: "in the last 7 days" },
];

/** What may come next: the keys that begin so, or after a key its values. Nothing for a word that is searched for. */
export function suggestionsFor(text: string, choices: FilterChoicesQuery | null): Suggestion[] {
  const start = text.search(/\S*$/);
  const before = text.slice(0, start);
  const word = text.slice(start);
  const token = tokenOf(word);
  if (!token)
    return keys
      .filter((key) => key.startsWith(word.toLowerCase()))
      .map((key) => ({ text: `${before}${key}:`, label: `${key}:`, help: keyHelp[key] }));
  const sought = token.value.toLowerCase();
  return valuesOf(token.key, choices)
    .filter(({ value }) => value.toLowerCase().includes(sought))
    .slice(0, 50)
    .map(({ value, label, help }) => ({
      text: `${before}${token.key}:${value} `,
      label: label ?? value,
      help,
    }));
}

interface Value {
  value: string;
  /** What is shown in its place. */
  label?: string;
  help: string;
}

function valuesOf(key: Key, choices: FilterChoicesQuery | null): Value[] {
  const plain = (values: readonly string[]) => values.map((value) => ({ value, help: "" }));
  switch (key) {
    case "status":
      return plain(statuses.map((status) => status.toLowerCase()));
    case "reason":
      return plain(reasons.map((reason) => reason.toLowerCase()));
    case "queue":
      return plain(choices?.queues.map(({ name }) => name) ?? []);
    case "name":
      return choices?.taskTypes.map(({ name, path }) => ({ value: name, help: path })) ?? [];
    case "worker":
      return plain(choices?.workers.map(({ topic }) => topic) ?? []);
    case "failure":
      return choices?.failureGroups.map(({ key, title }) => ({ value: key, label: title, help: "" })) ?? [];
    case "created":
      return spans;
  }
}
