import { RequestFailed } from "./failure";
import { type Json, isObject, parseJson, printJson } from "./json";

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

interface Waiting {
  etag?: string | null;
  /** How long the server may hold the answer back while nothing changes, in seconds. */
  waitSeconds?: number;
  signal?: AbortSignal;
}

const ENDPOINT = "/graphql";
const ACCEPT = "application/graphql-response+json, application/json;q=0.9";
/** What a held answer may take on top of its wait before the connection counts as dead. */
const PATIENCE_SECONDS = 10;

/** Ask a query; null when the server says that what `etag` named still holds. Throws RequestFailed. */
export async function ask<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  { etag, waitSeconds, signal }: Waiting = {},
): Promise<Answer<Result> | null> {
  const search = new URLSearchParams({ query: operation.text, variables: printJson(variables as Json) });
  const headers: Record<string, string> = { Accept: ACCEPT };
  if (etag) headers["If-None-Match"] = etag;
  if (etag && waitSeconds) headers["Prefer"] = `wait=${waitSeconds}`;
  const deadline = AbortSignal.timeout(((etag && waitSeconds) || 0) * 1000 + PATIENCE_SECONDS * 1000);
  const response = await send(`${ENDPOINT}?${search}`, {
    headers,
    cache: "no-store",
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  });
  if (response.status === 304) return null;
  return {
    data: await read<Result>(response),
    etag: response.headers.get("ETag"),
    serverTime: Date.parse(response.headers.get("Date") ?? "") || null,
  };
}

/** Ask for a change. Throws RequestFailed; `unreachable` leaves open whether it was made. */
export async function mutate<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  { patienceSeconds = PATIENCE_SECONDS } = {},
): Promise<Result> {
  const response = await send(ENDPOINT, {
    method: "POST",
    headers: { Accept: ACCEPT, "Content-Type": "application/json" },
    body: printJson({ query: operation.text, variables: variables as Json }),
    cache: "no-store",
    signal: AbortSignal.timeout(patienceSeconds * 1000),
  });
  return read<Result>(response);
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch {
    throw new RequestFailed({ kind: "unreachable" });
  }
}

async function read<Result>(response: Response): Promise<Result> {
  const broken = new RequestFailed({ kind: "broken", status: response.status });
  let body: Json;
  try {
    body = parseJson(await response.text());
  } catch {
    throw broken;
  }
  if (!isObject(body)) throw broken;
  const errors = body["errors"];
  if (Array.isArray(errors) && errors.length > 0) throw refusal(errors[0]);
  if (!isObject(body["data"])) throw broken;
  return body["data"] as Result;
}

function refusal(error: Json | undefined): RequestFailed {
  const fields = isObject(error) ? error : {};
  const extensions = isObject(fields["extensions"]) ? fields["extensions"] : {};
  const text = (value: Json | undefined) => (typeof value === "string" ? value : null);
  return new RequestFailed({
    kind: "refused",
    code: text(extensions["code"]) ?? "BAD_INPUT",
    message: text(fields["message"]) ?? "The server refused this without saying why.",
    parameter: text(extensions["parameter"]),
  });
}
