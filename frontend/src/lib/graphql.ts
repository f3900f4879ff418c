import { type Argument, RequestFailed } from "./failure";
import { type Json, type JsonObject, isObject, parseJson, printJson } from "./json";

/** The text of a GraphQL operation, with the types of its variables and of its answer. */
export class Operation<Result, Variables> {
  readonly text: string;
  declare readonly types: { result: Result; variables: Variables };

  constructor(text: string) {
    this.text = text;
  }
}

export interface Answer<Result> {
  data: Result;
  etag: string | null;
  /** The server's clock when it answered, in milliseconds; null when it did not say. */
  serverTime: number | null;
}

export interface Waiting {
  etag?: string | null;
  /** How long the server may hold the answer back while nothing changes, in seconds. */
  waitSeconds?: number;
  signal?: AbortSignal;
}

/** What the server sent for a query, unread: it can be handed from tab to tab as it is. */
export interface Reply {
  status: number;
  /** Null when the connection broke in the middle. */
  body: string | null;
  etag: string | null;
  serverTime: number | null;
}

const ENDPOINT = "/graphql";
const ACCEPT = "application/graphql-response+json, application/json;q=0.9";
/** What a held answer may take on top of its wait before the connection counts as dead. */
const PATIENCE_SECONDS = 10;

/** Where a query with these variables is asked; two questions are the same when their addresses are. */
export function addressOf<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
): string {
  return `${ENDPOINT}?${new URLSearchParams({ query: operation.text, variables: printJson(variables as Json) })}`;
}

/** A way to ask: `ask` itself, or one that shares the waiting with other tabs. */
export type Ask = typeof ask;

/** Ask a query; null when the server says that what `etag` named still holds. Throws RequestFailed. */
export async function ask<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  waiting: Waiting = {},
): Promise<Answer<Result> | null> {
  return answerOf(await fetchReply(addressOf(operation, variables), waiting));
}

/** What the server sends for an address. Throws RequestFailed when it sends nothing. */
export async function fetchReply(
  address: string,
  { etag, waitSeconds, signal }: Waiting = {},
): Promise<Reply> {
  const headers: Record<string, string> = { Accept: ACCEPT };
  if (etag) headers["If-None-Match"] = etag;
  if (etag && waitSeconds) headers["Prefer"] = `wait=${waitSeconds}`;
  const deadline = AbortSignal.timeout(((etag && waitSeconds) || 0) * 1000 + PATIENCE_SECONDS * 1000);
  return send(address, {
    headers,
    cache: "no-store",
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  });
}

/** Read a reply, as what its question promises; null when it says that nothing has changed. Throws RequestFailed. */
export function answerOf<Result>(reply: Reply): Answer<Result> | null {
  if (reply.status === 304) return null;
  return { data: read(reply) as Result, etag: reply.etag, serverTime: reply.serverTime };
}

/** Ask for a change. Throws RequestFailed; `unreachable` leaves open whether it was made. */
export async function mutate<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  { patienceSeconds = PATIENCE_SECONDS } = {},
): Promise<Result> {
  const reply = await send(ENDPOINT, {
    method: "POST",
    headers: { Accept: ACCEPT, "Content-Type": "application/json" },
    body: printJson({ query: operation.text, variables: variables as Json }),
    cache: "no-store",
    signal: AbortSignal.timeout(patienceSeconds * 1000),
  });
  return read(reply) as Result;
}

async function send(address: string, init: RequestInit): Promise<Reply> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch {
    throw new RequestFailed({ kind: "unreachable" });
  }
  return {
    status: response.status,
    body: await response.text().catch(() => null),
    etag: response.headers.get("ETag"),
    serverTime: Date.parse(response.headers.get("Date") ?? "") || null,
  };
}

function read(reply: Reply): JsonObject {
  const broken = new RequestFailed({ kind: "broken", status: reply.status });
  let body: Json;
  try {
    body = parseJson(reply.body ?? "");
  } catch {
    throw broken;
  }
  if (!isObject(body)) throw broken;
  const errors = body["errors"];
  if (Array.isArray(errors) && errors.length > 0) throw refusal(errors[0]);
  if (!isObject(body["data"])) throw broken;
  return body["data"];
}

function refusal(error: Json | undefined): RequestFailed {
  const fields = isObject(error) ? error : {};
  const extensions = isObject(fields["extensions"]) ? fields["extensions"] : {};
  const text = (value: Json | undefined) => (typeof value === "string" ? value : null);
  return new RequestFailed({
    kind: "refused",
    code: text(extensions["code"]) ?? "BAD_INPUT",
    message: text(fields["message"]) ?? "The server refused this without saying why.",
    argument: argumentOf(extensions),
  });
}

function argumentOf({ parameter, at, why }: JsonObject): Argument | null {
  if (typeof parameter !== "string" || typeof why !== "string") return null;
  return { parameter, at: typeof at === "string" ? at : "", why };
}
