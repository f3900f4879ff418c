import type { FakeServer } from "./fake-server";
import { type FakeTask, aQueue, aTask, aWorker, anAttempt } from "./task-factory";

/** A call as they usually are. */
const usual = { name: "import_orders", kwargs: { warehouse: "north", since: "2026-11-01", dry_run: false } };

/** One call in every stage that a task goes through, with little and with much to say; then names as long as they may be. */
export function manyStages(server: FakeServer): void {
  const worker = aWorker({ topic: "W1204", name: "W1204", slots: 9 });
  const refused =
    "ConnectionRefusedError: [Errno 111] could not connect to mail.example.com:25 after 3 tries";
  const running = { ...usual, ...times(119 * 60, 3_601), finishedAt: null, worker };
  const ended = { ...usual, ...times(7_140, 3_560, 0.43), worker };
  const again = { attempt: 3, tries: 2, maxAttempts: 12 };
  const twice = { attempt: 24, tries: 11, maxAttempts: 12, round: 2 };
  server.workers = [worker];
  server.queues = [aQueue("mail")];
  server.tasks = [
    aTask.queueing({ ...usual, createdAt: ago(1) }),
    aTask.queueing({
      ...usual,
      createdAt: ago(62),
      waiting: "4,711 tasks of its queue are ahead of it, and all 9 slots that serve the queue are busy.",
    }),
    aTask.queueing({
      ...usual,
      ...again,
      attempt: 2,
      createdAt: ago(172_000),
      waiting: `It waits until ${ago(-3_000)} for attempt 3 of 12: the last one failed.`,
    }),
    aTask.queueing({ ...usual, createdAt: ago(0), cancelling: true }),
    aTask.running(running),
    aTask.running({ ...running, progress: { fraction: 0.37, message: null } }),
    aTask.running({
      ...running,
      progress: { fraction: null, message: "reading the orders of the northern warehouse" },
    }),
    aTask.running({
      ...running,
      ...again,
      progress: { fraction: 1, message: "1,850 of 5,000 orders are read" },
    }),
    aTask.running({
      ...running,
      ...twice,
      cancelling: true,
      progress: { fraction: 0.02, message: "row 17" },
    }),
    aTask.finished({ ...ended, result: null }),
    aTask.finished({ ...ended, ...again, result: 12_345 }),
    aTask.finished({
      ...ended,
      ...twice,
      result: { orders: [{ sku: "Z-1001", sizes: [1, 2, 3] }], note: "a tin of sea air".repeat(20) },
    }),
    aTask.failed({ ...ended, error: "KeyError: 'row'" }),
    aTask.failed({
      ...ended,
      ...twice,
      error: `${refused}; the last answer was "421 Service not available, closing"`,
    }),
    aTask.failed({ ...ended, reason: "TIMEOUT", error: "It did not end within 3,600 s" }),
    aTask.failed({ ...ended, ...again, reason: "LOST", error: "The worker went silent and was given up." }),
    aTask.failed({ ...ended, reason: "CANCELLED", error: "Cancelled" }),
    aTask.failed({ ...ended, reason: "REJECTED", error: "There is no such task function: import_orders" }),
    aTask.failed({ ...untried(), reason: "EXPIRED", error: "It expired before it was started." }),
    aTask.finished({
      ...ended,
      name: `import_${"orders_of_".repeat(5)}the_north`,
      queue: "orders-of-the-northern-warehouse-that-are-imported-by-night-only",
      kwargs: { text: "the quick brown fox jumps over the lazy dog and does it again and again".repeat(4) },
      result: "x".repeat(400),
    }),
  ].reverse();
}

function untried(): Partial<FakeTask> {
  return {
    ...usual,
    ...times(90, 30),
    attempt: 0,
    tries: 0,
    attempts: [],
    startedAt: null,
    finishedAt: ago(30),
  };
}

function times(created: number, started: number, ended = 0) {
  return {
    createdAt: ago(created),
    startedAt: ago(started),
    finishedAt: ago(ended),
    attempts: [anAttempt({ startedAt: ago(started), finishedAt: ended ? ago(ended) : null })],
  };
}

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
