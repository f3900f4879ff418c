import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, buildSchema, graphql } from "graphql";
// The schema is the backend's; nothing else is taken from there.
// eslint-disable-next-line no-restricted-imports
import schemaText from "../../../backend/api/schema.graphql?raw";
import { type Json, parseJson, printJson } from "@/lib/json";
import { type FakeTask, type FakeWorker, aTask, demoTypes } from "./task-factory";

interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  filter?: { status?: string[] | null } | null;
}

/**
 * The API in memory, over its real schema: it pages, filters, counts, refuses and holds a long poll as the server does.
 * `handle` stands in for fetch.
 */
export class FakeServer {
  /** In the order of creation: the cursor of a task is its place. */
  tasks: FakeTask[] = [];
  workers: FakeWorker[] = [];
  types = demoTypes;
  /** Every request that came, for tests that count or read them. */
  requests: Request[] = [];
  /** Away: nobody answers. Forbidden: this host is not served. */
  mood: "well" | "away" | "forbidden" = "well";
  refuseCreation: { code: string; message: string; parameter?: string } | null = null;
  now: () => Date = () => new Date();
  private readonly waiting = new Set<() => void>();

  /** Tell everybody who waits that something changed. */
  change(edit: () => void = () => {}): void {
    edit();
    for (const wake of [...this.waiting]) wake();
  }

  /** Answer nobody any more, not even those who wait. */
  goAway(): void {
    this.change(() => (this.mood = "away"));
  }

  readonly handle = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    // The signal stays outside: a browser stand-in's is none that Node's Request would take.
    const { signal, ...rest } = init ?? {};
    const request = new Request(
      new URL(input instanceof Request ? input.url : input, "http://zonda.test"),
      rest,
    );
    this.requests.push(request);
    this.failIfAway();
    if (this.mood === "forbidden")
      return this.answer(
        { errors: [{ message: "Host 'x' is not served.", extensions: { code: "FORBIDDEN" } }] },
        403,
      );
    if (request.method === "POST") {
      const body = parseJson(await request.clone().text()) as { query: string; variables?: Json };
      return this.answer(await this.run(body.query, body.variables ?? {}));
    }
    const search = new URL(request.url).searchParams;
    const held = Number(/wait=(\d+)/.exec(request.headers.get("Prefer") ?? "")?.[1] ?? 0);
    return this.hold(request, signal ?? null, held, () =>
      this.run(search.get("query") ?? "", parseJson(search.get("variables") ?? "{}")),
    );
  };

  private async hold(
    request: Request,
    signal: AbortSignal | null,
    seconds: number,
    run: () => Promise<object>,
  ): Promise<Response> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const response = this.answer(await run());
      if (response.headers.get("ETag") !== request.headers.get("If-None-Match")) return response;
      const left = deadline - Date.now();
      if (left <= 0) return new Response(null, { status: 304, headers: response.headers });
      await this.changed(left, signal);
      this.failIfAway();
    }
  }

  private changed(milliseconds: number, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.waiting.add(done);
      signal?.addEventListener("abort", () => {
        reject(new DOMException("The reader left.", "AbortError"));
        done();
      });
    });
  }

  private failIfAway(): void {
    if (this.mood === "away") throw new TypeError("Failed to fetch");
  }

  private answer(body: object, status = 200): Response {
    const text = printJson(body as Json);
    return new Response(text, {
      status,
      headers: {
        "Content-Type": "application/graphql-response+json",
        ETag: `"${hash(text)}"`,
        "Cache-Control": "private, no-cache",
      },
    });
  }

  private async run(query: string, variables: Json): Promise<object> {
    const rootValue = {
      tasks: (args: PageArguments) => this.page(args),
      task: ({ id }: { id: string }) => this.tasks.find((task) => task.id === id) ?? null,
      workers: () => this.workers,
      taskTypes: () => this.types,
      createTask: (args: Creation) => this.create(args),
    };
    const result = await graphql({
      schema,
      source: query,
      rootValue,
      variableValues: variables as Record<string, unknown>,
    });
    return { ...result };
  }

  private page({ first, after, last, before, filter }: PageArguments) {
    const status = filter?.status;
    const rows = this.tasks
      .map((node, place) => ({ node, place, cursor: `c${place}` }))
      .reverse()
      .filter(({ node }) => !status || status.includes(node.status))
      .filter(({ place }) => !after || place < Number(after.slice(1)))
      .filter(({ place }) => !before || place > Number(before.slice(1)));
    const length = last ?? first ?? 50;
    const edges = last ? rows.slice(-length) : rows.slice(0, length);
    const counts = Object.fromEntries(
      ["QUEUEING", "RUNNING", "FAILED", "FINISHED"].map((each) => [
        each.toLowerCase(),
        this.tasks.filter((task) => task.status === each).length,
      ]),
    );
    const isCut = rows.length > edges.length;
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      counts: status ? null : counts,
      pageInfo: {
        hasNextPage: last ? Boolean(before) : isCut,
        hasPreviousPage: last ? isCut : Boolean(after),
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  private create({ name, args, kwargs, id, queue, priority, runAfter }: Creation): FakeTask {
    if (this.refuseCreation) {
      const { message, ...extensions } = this.refuseCreation;
      throw new GraphQLError(message, { extensions });
    }
    const known = this.tasks.find((task) => task.id === id);
    if (known) return known;
    const task = aTask.queueing({
      ...(id && { id }),
      name,
      path: this.types.find((type) => type.name === name)?.path ?? name,
      args: args ?? [],
      kwargs: kwargs ?? {},
      queue: queue ?? "default",
      priority: priority ?? 0,
      runAfter: runAfter ?? null,
      createdAt: this.now().toISOString(),
    });
    this.change(() => this.tasks.push(task));
    return task;
  }
}

interface Creation {
  name: string;
  args?: Json;
  kwargs?: Json;
  id?: string;
  queue?: string;
  priority?: number;
  runAfter?: string;
}

const schema = buildSchema(schemaText);
// JSON passes unchanged in both directions, exact numbers included.
const json = schema.getType("JSON") as GraphQLScalarType;
json.serialize = (value) => value;
json.parseValue = (value) => value;
json.parseLiteral = (node) => literal(node);

function literal(node: ValueNode): Json {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literal(field.value)]));
    case Kind.LIST:
      return node.values.map(literal);
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return parseJson(node.value);
    default:
      return null;
  }
}

function hash(text: string): string {
  let value = 5381;
  for (let index = 0; index < text.length; index += 1) value = (value * 33 + text.charCodeAt(index)) | 0;
  return (value >>> 0).toString(16);
}
