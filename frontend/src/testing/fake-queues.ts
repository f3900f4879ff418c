import { GraphQLError } from "graphql";
import { type StatsArguments, stats } from "./fake-stats";
import { type FakeQueue, type FakeTask, aQueue } from "./task-factory";

export interface QueuePageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  search?: string | null;
  orderBy?: Order | null;
}

interface Order {
  field: "NAME" | "PAUSED" | "QUEUEING" | "RUNNING" | "OLDEST";
  descending: boolean;
}

type Queue = ReturnType<typeof everyQueue>[number];

/** Every queue that a task names or that was paused, by name. */
export function everyQueue(tasks: FakeTask[], queues: FakeQueue[], now: Date) {
  const names = new Set([...tasks.map(({ queue }) => queue), ...queues.map(({ name }) => name)]);
  const own = new Map<string, FakeTask[]>([...names].map((name) => [name, []]));
  for (const task of tasks) own.get(task.queue)?.push(task);
  const isDue = ({ runAfter }: FakeTask) => runAfter === null || Date.parse(runAfter) <= now.getTime();
  const paused = new Map(queues.map((queue) => [queue.name, queue]));
  return [...names].sort().map((name) => {
    const tasks = own.get(name) ?? [];
    const queueing = tasks.filter(({ status }) => status === "QUEUEING");
    return {
      ...(paused.get(name) ?? aQueue(name)),
      queueing: queueing.length,
      running: tasks.filter(({ status }) => status === "RUNNING").length,
      stats: (args: StatsArguments) => stats(tasks, { ...args, queue: name }, now),
      oldestQueuedAt:
        queueing
          .filter(isDue)
          .map(({ createdAt }) => createdAt)
          .sort()[0] ?? null,
    };
  });
}

/** As the server finds it: between places in the order, by the value there and then by name. */
export function queuePage(queues: Queue[], args: QueuePageArguments) {
  const order = args.orderBy ?? { field: "NAME", descending: false };
  const found = queues
    .filter(({ name }) => name.includes((args.search ?? "").trim().toLowerCase()))
    .map((queue) => placeOf(queue, order))
    .sort((one, other) => compared(order, one, other));
  const after = args.after && read(args.after, order);
  const before = args.before && read(args.before, order);
  const between = found
    .filter((place) => !after || compared(order, place, after) > 0)
    .filter((place) => !before || compared(order, place, before) < 0);
  const places = args.last ? between.slice(-args.last) : between.slice(0, args.first ?? 50);
  const earlier = places[0]
    ? found.indexOf(places[0])
    : found.filter((place) => after && compared(order, place, after) <= 0).length;
  const [start, end] = [places[0], places.at(-1)].map((place) => place && written(place, order));
  return {
    nodes: places.map(({ name }) => queues.find((queue) => queue.name === name)),
    pageInfo: {
      hasPreviousPage: earlier > 0,
      hasNextPage: earlier + places.length < found.length,
      startCursor: start ?? null,
      endCursor: end ?? null,
    },
    total: found.length,
    earlier,
  };
}

/** Where a queue stands; null where it has nothing to be ordered by. */
interface Place {
  name: string;
  value: number | null;
}

function placeOf({ name, paused, queueing, running, oldestQueuedAt }: Queue, { field }: Order): Place {
  switch (field) {
    case "NAME":
      return { name, value: null };
    case "PAUSED":
      return { name, value: Number(paused) };
    case "QUEUEING":
      return { name, value: queueing };
    case "RUNNING":
      return { name, value: running };
    case "OLDEST":
      return { name, value: oldestQueuedAt === null ? null : Date.parse(oldestQueuedAt) };
  }
}

function compared({ field, descending }: Order, one: Place, other: Place): number {
  const sign = descending ? -1 : 1;
  const byName = (one.name > other.name ? 1 : 0) - (one.name < other.name ? 1 : 0);
  if (field === "NAME") return sign * byName;
  if (one.value === null || other.value === null)
    return Number(one.value === null) - Number(other.value === null) || byName;
  return sign * (one.value - other.value) || byName;
}

function written({ name, value }: Place, { field }: Order): string {
  return [field.toLowerCase(), name, ...(value === null ? [] : [value])].join(":");
}

function read(cursor: string, { field }: Order): Place {
  const [kind, name = "", value] = cursor.split(":");
  if (kind !== field.toLowerCase())
    throw new GraphQLError(`after: is no place in the order by ${field}`, {
      extensions: { code: "BAD_INPUT" },
    });
  return { name, value: value === undefined ? null : Number(value) };
}
