import { reasons, statuses } from "@/components/status-look";
import type { FailureReason, TaskFilter, TaskStatus } from "@/gql/operations";

/** Which tasks are listed. It lives in the URL, so instants are absolute: the link shows the next person the same. */
export interface Filter {
  status: TaskStatus[];
  reason: FailureReason[];
  queue: string[];
  name: string[];
  worker: string[];
  /** Kinds of failure, by their keys. */
  failure: string[];
  /** ISO instants; created at or after the one, and before the other. */
  createdAfter: string | null;
  createdBefore: string | null;
  search: string;
}

export const noFilter: Filter = {
  status: [],
  reason: [],
  queue: [],
  name: [],
  worker: [],
  failure: [],
  createdAfter: null,
  createdBefore: null,
  search: "",
};

/** The parts of a filter that hold lists of values, as the URL and the bar call them. */
export const listKeys = ["status", "reason", "queue", "name", "worker", "failure"] as const;
export type ListKey = (typeof listKeys)[number];

export function filterOf(search: URLSearchParams): Filter {
  const list = (key: string) => (search.get(key) ?? "").split(",").filter(Boolean);
  const upper = (key: string) => list(key).map((each) => each.toUpperCase());
  const [createdAfter, createdBefore] = (search.get("created") ?? "").split("..", 2);
  return {
    status: statuses.filter((status) => upper("status").includes(status)),
    reason: reasons.filter((reason) => upper("reason").includes(reason)),
    queue: list("queue"),
    name: list("name"),
    worker: list("worker"),
    failure: list("failure"),
    createdAfter: instantOf(createdAfter),
    createdBefore: instantOf(createdBefore),
    search: search.get("q") ?? "",
  };
}

/** What a URL asks for and no filter can: mistyped, or from another version. As one would type it in the bar. */
export function misreadIn(search: URLSearchParams): string[] {
  const filter = filterOf(search);
  const words = (key: string) => (search.get(key) ?? "").split(",").filter(Boolean);
  const isKnown = (known: string[], word: string) => known.includes(word.toUpperCase());
  const ends = (search.get("created") ?? "").split("..", 2);
  const isCreatedRead = ends.every((end) => end === "" || instantOf(end) !== null);
  return [
    ...words("status").flatMap((word) => (isKnown(filter.status, word) ? [] : [`status:${word}`])),
    ...words("reason").flatMap((word) => (isKnown(filter.reason, word) ? [] : [`reason:${word}`])),
    ...(isCreatedRead ? [] : [`created:${search.get("created")}`]),
  ];
}

/** The search parameters of a filter, for withSearch; a new filter begins at the newest page. */
export function filterSearch(filter: Filter): Record<string, string | null> {
  const list = (values: string[]) => (values.length > 0 ? values.join(",").toLowerCase() : null);
  const exact = (values: string[]) => (values.length > 0 ? values.join(",") : null);
  const { createdAfter, createdBefore } = filter;
  return {
    status: list(filter.status),
    reason: list(filter.reason),
    queue: exact(filter.queue),
    name: exact(filter.name),
    worker: exact(filter.worker),
    failure: exact(filter.failure),
    created: createdAfter || createdBefore ? `${createdAfter ?? ""}..${createdBefore ?? ""}` : null,
    q: filter.search || null,
    after: null,
    before: null,
  };
}

/** The filter as the API takes it; null when it lets everything through. */
export function queryFilter(filter: Filter): TaskFilter | null {
  const query: TaskFilter = {};
  if (filter.status.length > 0) query.status = filter.status;
  if (filter.reason.length > 0) query.reason = filter.reason;
  if (filter.queue.length > 0) query.queue = filter.queue;
  if (filter.name.length > 0) query.name = filter.name;
  if (filter.worker.length > 0) query.worker = filter.worker;
  if (filter.failure.length > 0) query.failure = filter.failure;
  if (filter.createdAfter) query.createdAfter = filter.createdAfter;
  if (filter.createdBefore) query.createdBefore = filter.createdBefore;
  if (filter.search) query.search = filter.search;
  return Object.keys(query).length > 0 ? query : null;
}

export function isFiltered(filter: Filter): boolean {
  return queryFilter(filter) !== null;
}

function instantOf(text: string | undefined): string | null {
  return text && !Number.isNaN(Date.parse(text)) ? text : null;
}
