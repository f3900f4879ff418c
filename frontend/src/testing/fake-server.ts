import {
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLScalarType,
  Kind,
  type ValueNode,
  buildSchema,
  graphql,
} from "graphql";
// The schema is the backend's; nothing else is taken from there.
// eslint-disable-next-line no-restricted-imports
import schemaText from "../../../backend/api/schema.graphql?raw";
import { type Json, parseJson, printJson } from "@/lib/json";
import { failureGroups, failureKey } from "./fake-failures";
import { type QueuePageArguments, everyQueue, queuePage } from "./fake-queues";
import { type StatsArguments, stats } from "./fake-stats";
import {
  type FakeQueue,
  type FakeTask,
  firstStart,
  type FakeWorker,
  aQueue,
  aTask,
  demoTypes,
} from "./task-factory";

interface Filter {
  status?: string[] | null;
  reason?: string[] | null;
  name?: string[] | null;
  queue?: string[] | null;
  worker?: string[] | null;
  failure?: string[] | null;
  search?: string | null;
  createdAfter?: string | null;
  createdBefore?: string | null;
}

interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  filter?: Filter | null;
  orderBy?: Order | null;
}

interface Order {
  field: "CREATED" | "STARTED" | "FINISHED" | "PRIORITY";
  descending: boolean;
}

interface BulkArguments {
  ids?: string[] | null;
  filter?: Filter | null;
}

/**
 * The API in memory, over its real schema: it pages, filters, counts, refuses and holds a long poll as the server does.
 * `handle` stands in for fetch.
 */
export class FakeServer {
  /** In the order of creation: the cursor of a task is its place. */
  tasks: FakeTask[] = [];
  workers: FakeWorker[] = [];
  /** Those that were paused; every queue that a task names is there too. */
  queues: FakeQueue[] = [];
  types = demoTypes;
  /** Every request that came, for tests that count or read them. */
  requests: Request[] = [];
  /** Away: nobody answers. Forbidden: this host is not served. Slow: the answers take half a minute. */
  mood: "well" | "away" | "forbidden" | "slow" = "well";
  refuseCreation: { code: string; message: string; parameter?: string; at?: string; why?: string } | null =
    null;
  /** What every other change is refused with. */
  refuseChange: { code: string; message: string } | null = null;
  /** Tasks that it looks through for one page of a search. */
  looksAt = 5_000;
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
    if (this.mood === "slow") await this.changed(30_000, signal ?? null);
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
      task: ({ id }: { id: string }) => {
        const task = this.tasks.find((each) => each.id === id);
        if (!task) throw new GraphQLError(`No task has the id ${id}.`, { extensions: { code: "NOT_FOUND" } });
        return withLogs(task);
      },
      workers: () =>
        this.workers.map((worker) => ({
          ...worker,
          lostTasks: ({ first }: { first: number }) => worker.lostTasks.slice(0, first),
        })),
      queues: ({ names }: { names?: string[] | null }) =>
        this.everyQueue().filter(({ name }) => names?.includes(name) ?? true),
      queuePage: (args: QueuePageArguments) => queuePage(this.everyQueue(), args),
      taskTypes: () =>
        this.types.map((type) => ({
          ...type,
          stats: (args: StatsArguments) => stats(this.tasks, { ...args, name: type.path }, this.now()),
        })),
      stats: (args: StatsArguments) => stats(this.tasks, args, this.now()),
      failureGroups: ({ first }: { first: number }) => failureGroups(this.tasks, first, this.now()),
      createTask: (args: Creation) => this.create(args),
      createTasks: ({ tasks }: { tasks: Creation[] }) => {
        const created = tasks.map((each) => this.create(each));
        return { created: created.length, existing: 0, tasks: created };
      },
      retryTasks: (args: BulkArguments) =>
        this.each(args, ["FAILED", "FINISHED"], (task) =>
          Object.assign(task, {
            status: "QUEUEING",
            reason: null,
            error: null,
            result: null,
            finishedAt: null,
          }),
        ),
      cancelTasks: (args: BulkArguments) =>
        this.each(args, ["QUEUEING", "RUNNING"], (task) =>
          Object.assign(task, {
            status: "FAILED",
            reason: "CANCELLED",
            error: "Cancelled.",
            finishedAt: this.now().toISOString(),
          }),
        ),
      deleteTasks: (args: BulkArguments) =>
        this.each(args, ["FAILED", "FINISHED"], (task) => this.tasks.splice(this.tasks.indexOf(task), 1)),
      pauseQueue: ({ name, reason }: { name: string; reason?: string | null }) =>
        this.setPause(name, { paused: true, pauseReason: reason ?? null }),
      resumeQueue: ({ name }: { name: string }) => this.setPause(name, { paused: false, pauseReason: null }),
      drainWorker: ({ topic }: { topic: string }) => {
        this.failIfRefused();
        const worker = this.workers.find((each) => each.topic === topic);
        this.change(() => worker && (worker.state = "DRAINING"));
        return worker;
      },
    };
    const result = await graphql({
      schema,
      source: query,
      rootValue,
      variableValues: variables as Record<string, unknown>,
    });
    return { ...result };
  }

  private page({ first, after, last, before, filter, orderBy }: PageArguments) {
    const isCounted = Object.keys(given(filter)).every((field) => ["status", "queue"].includes(field));
    const named =
      filter?.search && this.tasks.find((task) => task.id === filter.search && fits(task, filter));
    if (named && !after && !before) return { ...this.named(named), counts: null };
    const order = orderBy ?? { field: "CREATED", descending: true };
    const between = this.tasks
      .map((node, place) => ({ node, cursor: cursorOf(order, node, place) }))
      .sort((one, other) => compared(order, one.cursor, other.cursor))
      .filter(({ node }) => node !== named)
      .filter(({ cursor }) => !after || compared(order, cursor, after) > 0)
      .filter(({ cursor }) => !before || compared(order, cursor, before) < 0);
    const looks = filter?.search ? this.looksAt : between.length;
    const looked = last ? between.slice(-looks) : between.slice(0, looks);
    const rows = looked.filter(({ node }) => fits(node, filter));
    const length = last ?? first ?? 50;
    const edges = last ? rows.slice(-length) : rows.slice(0, length);
    const stop = looked.length < between.length && rows.length <= length ? looked.at(last ? 0 : -1) : null;
    const counts = Object.fromEntries(
      ["QUEUEING", "RUNNING", "FAILED", "FINISHED"].map((each) => [
        each.toLowerCase(),
        this.tasks.filter((task) => task.status === each && fits(task, { ...filter, status: null })).length,
      ]),
    );
    const isCut = rows.length > edges.length || Boolean(stop);
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      counts: isCounted ? counts : null,
      pageInfo: {
        hasNextPage: last ? Boolean(before) : isCut,
        hasPreviousPage: last ? isCut : Boolean(after),
        startCursor: (last && stop ? stop : edges[0])?.cursor ?? null,
        endCursor: (!last && stop ? stop : edges.at(-1))?.cursor ?? null,
      },
      lookedBackTo: stop?.node.createdAt ?? null,
    };
  }

  /** The task whose id is searched for: alone, and before all others. */
  private named(node: FakeTask) {
    const cursor = "c1000000";
    return {
      edges: [{ cursor, node }],
      nodes: [node],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: cursor, endCursor: cursor },
      lookedBackTo: null,
    };
  }

  private everyQueue() {
    return everyQueue(this.tasks, this.queues, this.now());
  }

  private setPause(name: string, pause: Partial<FakeQueue>) {
    this.failIfRefused();
    this.change(() => {
      const others = this.queues.filter((queue) => queue.name !== name);
      this.queues = [...others, aQueue(name, pause)];
    });
    return this.everyQueue().find((queue) => queue.name === name);
  }

  private each({ ids, filter }: BulkArguments, statuses: string[], act: (task: FakeTask) => unknown) {
    this.failIfRefused();
    const meant = this.tasks.filter((task) => (ids ? ids.includes(task.id) : fits(task, filter)));
    const unfit = ids && meant.find(({ status }) => !statuses.includes(status));
    if (unfit)
      throw new GraphQLError(`The task ${unfit.id} is ${unfit.status}.`, {
        extensions: { code: "CONFLICT" },
      });
    const fit = meant.filter(({ status }) => statuses.includes(status));
    this.change(() => fit.forEach(act));
    return { count: fit.length };
  }

  private failIfRefused(): void {
    if (!this.refuseChange) return;
    const { message, ...extensions } = this.refuseChange;
    throw new GraphQLError(message, { extensions });
  }

  private create({ name, args, kwargs, id, queue, priority, runAfter, ...rest }: Creation): FakeTask {
    if (this.refuseCreation) {
      const { message, ...extensions } = this.refuseCreation;
      throw new GraphQLError(message, { extensions });
    }
    const known = this.tasks.find((task) => task.id === id);
    if (known) return known;
    const type = this.types.find((type) => [type.name, type.path].includes(name));
    const task = aTask.queueing({
      ...(id && { id }),
      name: type?.name ?? name,
      path: type?.path ?? name,
      args: args ?? [],
      kwargs: kwargs ?? {},
      queue: queue ?? "default",
      priority: priority ?? 0,
      runAfter: runAfter ?? null,
      expiresAt: rest.expiresAt ?? null,
      timeout: rest.timeout ?? null,
      maxAttempts: rest.maxAttempts ?? 1,
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
  expiresAt?: string;
  timeout?: number;
  maxAttempts?: number;
}

/** Where a task stands: "c7" by creation, and by something else "STARTED 7 2026-…", or without what it has none of. */
function cursorOf({ field }: Order, task: FakeTask, place: number): string {
  if (field === "CREATED") return `c${place}`;
  const value = { STARTED: task.startedAt, FINISHED: task.finishedAt, PRIORITY: task.priority }[field];
  return [field, place, ...(value === null ? [] : [value])].join(" ");
}

/** Those without a value stand at the end, whichever way the order goes. */
function compared({ field, descending }: Order, one: string, other: string): number {
  const sign = descending ? -1 : 1;
  const [a, b] = [one, other].map((cursor) => {
    if (field === "CREATED") return { place: Number(cursor.slice(1)), value: 0 };
    const [kind, place, value] = cursor.split(" ");
    if (kind !== field) throw new GraphQLError(`is no place in the order by ${field}`);
    return {
      place: Number(place),
      value: field === "PRIORITY" ? Number(value) : value === undefined ? value : Date.parse(value),
    };
  }) as [Standing, Standing];
  if (a.value === undefined || b.value === undefined)
    return Number(a.value === undefined) - Number(b.value === undefined) || sign * (a.place - b.place);
  return sign * (a.value - b.value || a.place - b.place);
}

interface Standing {
  place: number;
  value: number | undefined;
}

function given(filter: Filter | null | undefined): Filter {
  return Object.fromEntries(Object.entries(filter ?? {}).filter(([, value]) => value != null));
}

function fits(task: FakeTask, filter: Filter | null | undefined): boolean {
  const { status, reason, name, queue, worker, failure, search, createdAfter, createdBefore } = given(filter);
  const isAmong = (values: string[] | null | undefined, ...own: (string | null | undefined)[]) =>
    !values?.length || own.some((each) => each != null && values.includes(each));
  const text = () =>
    [task.id, task.name, printJson(task.args), printJson(task.kwargs), task.error ?? ""].join("\n");
  return (
    isAmong(status, task.status) &&
    isAmong(reason, task.reason) &&
    isAmong(name, task.name, task.path) &&
    isAmong(queue, task.queue) &&
    isAmong(worker, task.worker?.topic) &&
    (!failure || isAmong(failure, failureKey(task))) &&
    (!search || text().toLowerCase().includes(search.toLowerCase())) &&
    (!createdAfter || Date.parse(task.createdAt) >= Date.parse(createdAfter)) &&
    (!createdBefore || Date.parse(task.createdAt) < Date.parse(createdBefore))
  );
}

function withLogs(task: FakeTask) {
  const attempts = task.attempts.map((attempt) => ({
    ...attempt,
    log: ({ first, after }: { first?: number | null; after?: number | null }) =>
      attempt.lines.filter(({ number }) => number > (after ?? 0)).slice(0, first ?? 500),
  }));
  return { ...task, attempts };
}

const schema = buildSchema(schemaText);
(schema.getType("Task") as GraphQLObjectType<FakeTask>).getFields().firstStartedAt!.resolve = firstStart;
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
