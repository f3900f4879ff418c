import type { Json } from "@/lib/json";
import type { FakeServer } from "./fake-server";
import { type FakeTask, type FakeWorker, aTask, aType, aWorker, anAttempt } from "./task-factory";

/** How many tasks have ended, over the last twenty minutes. */
const ENDED = 480;

/** An afternoon in a shop: orders come in, photos are made smaller, mails are sent; now and then something fails. */
export function workingDay(server: FakeServer): void {
  const workers = ["W1", "W2", "W3"].map((topic, index) =>
    aWorker({
      topic,
      name: topic,
      pid: 4_711 + index,
      slots: 2,
      succeeded: [1_284, 1_190, 1_237][index]!,
      failed: [17, 9, 12][index]!,
      lastBeatAt: ago(1),
    }),
  );
  const running = runningNow();
  for (const [index, task] of running.entries()) seat(task, workers[index % workers.length]!);
  server.types = types;
  server.workers = workers;
  server.tasks = [...ended(workers), failedMail(workers[1]!), ...running, ...waiting()];
}

const types = [
  aType("resize", "Make a photo smaller.", {
    properties: { photo: { type: "integer" }, to: { type: "integer", minimum: 1 } },
    required: ["photo", "to"],
  }),
  aType("report", "Gather the sales of a month, and send them to those who ask for them.", {
    properties: {
      month: { type: "string", description: "Such as 2026-10" },
      format: { enum: ["pdf", "xlsx", "csv"], default: "pdf" },
      send_to: { type: "array", items: { type: "string" }, default: [], description: "Addresses" },
      compared: { type: "boolean", default: false, description: "With the same month a year before" },
    },
    required: ["month"],
  }),
];

function seat(task: FakeTask, worker: FakeWorker): void {
  task.worker = worker;
  worker.tasks.push(task);
  worker.current += 1;
}

function ended(workers: FakeWorker[]): FakeTask[] {
  return Array.from({ length: ENDED }, (_, index) => {
    const left = ENDED - index;
    // Now more come, now fewer.
    const seconds = 40 + left * 2.4 + Math.sin(left / 40) * 50;
    const waited = 0.02 + (index % 7) * 0.03;
    const ran = 0.12 + ((index * 37) % 90) / 60;
    const done = {
      ...work(index),
      worker: workers[index % workers.length]!,
      createdAt: ago(seconds),
      startedAt: ago(seconds - waited),
      finishedAt: ago(seconds - waited - ran),
    };
    return index % 41 === 30
      ? aTask.failed({ ...done, result: null, error: "UnidentifiedImageError: cannot identify image file" })
      : aTask.finished(done);
  });
}

/** What was asked for, in turn, and what came of it. */
function work(index: number): { name: string; queue: string; kwargs: Json; result: Json } {
  const number = 1_000 + index;
  switch (index % 5) {
    case 0:
      return {
        name: "send_mail",
        queue: "mail",
        kwargs: { to: `${NAMES[index % NAMES.length]}@example.com`, template: "shipped" },
        result: "250 Ok: queued",
      };
    case 1:
      return { name: "charge", queue: "default", kwargs: { order: number }, result: { paid: true } };
    case 2:
      return {
        name: "geocode",
        queue: "default",
        kwargs: { postcode: String(10_115 + index) },
        result: [52.53 + index / 1e4, 13.38],
      };
    default:
      return {
        name: "resize",
        queue: "photos",
        kwargs: { photo: number, to: 640 },
        result: "640 x 427",
      };
  }
}

const NAMES = ["ada", "noor", "mateo", "yuki", "zoe", "ivan", "lena"];

function failedMail(worker: FakeWorker): FakeTask {
  const error = "SMTPServerDisconnected: Connection unexpectedly closed";
  return aTask.failed({
    name: "send_mail",
    queue: "mail",
    kwargs: { to: "otto@example.com", template: "welcome" },
    error,
    attempt: 3,
    tries: 3,
    maxAttempts: 3,
    worker,
    createdAt: ago(34),
    startedAt: ago(12),
    finishedAt: ago(10.6),
    attempts: [33.9, 28, 12].map((started, index) =>
      anAttempt({
        number: index + 1,
        worker: "W2",
        outcome: "FAILED",
        error,
        startedAt: ago(started),
        finishedAt: ago(started - 1.4),
      }),
    ),
  });
}

function runningNow(): FakeTask[] {
  return [
    aTask.running({
      name: "report",
      queue: "reports",
      kwargs: { month: "2026-10" },
      progress: { fraction: 0.72, message: "page 18 of 25" },
      createdAt: ago(31),
      startedAt: ago(30.9),
    }),
    orderImport(),
    ...[3, 2].map((seconds) =>
      aTask.running({
        name: "resize",
        queue: "photos",
        kwargs: { photo: 1_483 - seconds, to: 1280 },
        createdAt: ago(seconds),
        startedAt: ago(seconds - 0.1),
      }),
    ),
  ];
}

/** It failed once, and is at it again. */
function orderImport(): FakeTask {
  const error = "ConnectionResetError: [Errno 104] Connection reset by peer";
  return aTask.running({
    id: "01a2003a-5b3b-7df3-85f9-8d627c0ced79",
    name: "import_orders",
    path: "shop.orders.tasks.import_orders",
    queue: "default",
    kwargs: { file: "orders.csv", currency: "EUR" },
    progress: { fraction: 0.41, message: "1,230 of 3,000 orders" },
    attempt: 2,
    tries: 1,
    maxAttempts: 3,
    timeout: 120,
    createdAt: ago(29),
    startedAt: ago(14),
    attempts: [
      anAttempt({
        outcome: "FAILED",
        error,
        traceback: `Traceback (most recent call last):\n  File "shop/orders/tasks.py", line 31, in import_orders\n${error}\n`,
        startedAt: ago(28.9),
        finishedAt: ago(22),
      }),
      anAttempt({
        number: 2,
        worker: "W2",
        outcome: null,
        startedAt: ago(14),
        finishedAt: null,
        lines: importLog(),
      }),
    ],
    events: [
      { at: ago(29), kind: "created", attempt: null, worker: null, by: null },
      { at: ago(28.9), kind: "started", attempt: 1, worker: "W1", by: null },
      { at: ago(22), kind: "failed", attempt: 1, worker: "W1", by: null },
      { at: ago(14), kind: "started", attempt: 2, worker: "W2", by: null },
    ],
  });
}

function importLog() {
  const texts = [
    "orders.csv: 3,000 orders, 412 kB",
    "currency EUR, rates of 2026-11-28",
    "1 to 820 are there from the attempt before, left as they are",
    ...[930, 1_080, 1_180].map((done) => `${done.toLocaleString("en")} of 3,000`),
    "\u001b[33mWARNING\u001b[0m order 1,204: no postcode, kept for a look by hand",
    "1,230 of 3,000",
  ];
  return texts.map((text, index) => ({
    number: index + 1,
    at: ago(14 - index * 1.75),
    stream: "stdout",
    text,
  }));
}

function waiting(): FakeTask[] {
  return [
    aTask.queueing({
      name: "report",
      queue: "reports",
      kwargs: { month: "2026-11" },
      createdAt: ago(20),
      runAfter: ago(-5_400),
      waiting: `It is scheduled for ${ago(-5_400)}.`,
      estimatedStartAt: ago(-5_400),
    }),
    aTask.queueing({
      name: "charge",
      kwargs: { order: 1_481 },
      createdAt: ago(6),
      attempt: 1,
      tries: 1,
      maxAttempts: 3,
      waiting: `It waits until ${ago(-8)} for attempt 2 of 3: the last one failed.`,
      attempts: [
        anAttempt({
          outcome: "FAILED",
          error: "TimeoutError: timed out",
          startedAt: ago(5.9),
          finishedAt: ago(4),
        }),
      ],
    }),
  ];
}

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
