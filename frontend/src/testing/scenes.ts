import { exactNumber } from "@/lib/json";
import type { FakeServer } from "./fake-server";
import { manyStages } from "./many-stages";
import { manyQueues } from "./many-queues";
import {
  ago,
  begun,
  cutLog,
  logText,
  lostThrice,
  ordinary,
  ranAgain,
  stubborn,
  threeMegabytes,
  times,
  twoAttempts,
} from "./scene-tasks";
import { aQueue, aTask, aWorker, anAttempt, demoTypes, formTypes, logLines } from "./task-factory";
import { workingDay } from "./working-day";

/** States of the whole system to look at; each sets a fake server up from nothing. */
export const scenes: Record<string, (server: FakeServer) => void> = {
  empty(server) {
    reset(server);
    server.workers = [aWorker({ lastBeatAt: ago(2) })];
  },
  alone(server) {
    reset(server);
  },
  /** Nothing can be asked for: no module with task functions is named. */
  typeless(server) {
    reset(server);
    server.types = [];
  },
  forbidden(server) {
    reset(server);
    server.mood = "forbidden";
  },
  slow(server) {
    reset(server);
    server.mood = "slow";
  },
  /** More workers than a page of them, with tasks anywhere between their beginning and their end; a few are lost. */
  crowded(server) {
    reset(server);
    server.workers = Array.from({ length: 200 }, (_, at) =>
      aWorker({
        topic: `W${at + 1}`,
        name: `W${at + 1}`,
        pid: 4711 + at,
        slots: 3,
        current: at % 3,
        tasks: [0.07, 0.96].slice(0, at % 3).map((fraction, slot) =>
          aTask.running({
            name: slot ? "import_orders_of_the_northern_warehouse" : "resize",
            progress: { fraction: (fraction + at / 100) % 1, message: `row ${at}` },
            ...begun(20),
          }),
        ),
        state: at % 40 === 7 ? "LOST" : "READY",
        succeeded: 1284 - at,
        lastBeatAt: ago(at % 40 === 7 ? 1900 : 2),
      }),
    );
  },
  lanes(server) {
    reset(server);
    server.workers = [aWorker({ current: 1 })];
    Object.assign(server, manyQueues());
  },
  large(server) {
    reset(server);
    for (let index = 0; index < 100_000; index += 1)
      server.tasks.push(
        aTask.finished({ kwargs: { a: index, b: 1 }, result: index + 1, ...times(400_000 - index * 4) }),
      );
    server.tasks.push(
      aTask.finished({
        id: "large",
        name: "echo",
        path: "backend.demo.tasks.echo",
        kwargs: {},
        result: threeMegabytes(),
        ...times(1),
      }),
    );
  },
  away(server) {
    server.goAway();
  },
  back(server) {
    server.mood = "well";
  },
  forms(server) {
    reset(server);
    server.types = formTypes;
  },
  day(server) {
    reset(server);
    workingDay(server);
  },
  stages(server) {
    reset(server);
    manyStages(server);
  },
  refusing(server) {
    scenes["busy"]!(server);
    server.refuseChange = { code: "CONFLICT", message: "The record is being pruned. Try again in a minute." };
  },
  /** One of each kind, and not a page full of it. */
  busy(server) {
    scenes["full"]!(server);
    server.tasks = server.tasks.filter(
      ({ status, name }, index) => index > 108 || (status === "FAILED" && name !== "flaky"),
    );
  },
  /** The task that counts has written more. */
  counted(server) {
    const attempt = server.tasks.find(({ id }) => id === "0198-count")!.attempts[0]!;
    const from = attempt.lines.length;
    attempt.lines = [
      ...attempt.lines,
      ...logLines(from + 40, logText)
        .slice(from)
        .map((line) => ({ ...line, at: ago(0) })),
    ];
  },
  full(server) {
    reset(server);
    const busy = aTask.running({
      id: "0198-sleep",
      name: "sleep",
      path: "backend.demo.tasks.sleep",
      kwargs: { seconds: 30 },
      createdAt: ago(9),
      startedAt: ago(7),
      timeout: 60,
      maxAttempts: 3,
    });
    const counting = aTask.running({
      id: "0198-count",
      name: "count_to",
      path: "backend.demo.tasks.count_to",
      kwargs: { n: 5000, pause: 0.01 },
      createdAt: ago(40),
      startedAt: ago(38),
      progress: { fraction: 0.37, message: "1,850 of 5,000" },
      attempts: [
        anAttempt({
          outcome: null,
          startedAt: ago(38),
          finishedAt: null,
          lines: logLines(1_850, logText).map((line) => ({ ...line, at: ago(38 - line.number / 60) })),
        }),
      ],
    });
    const worker = aWorker({
      current: 2,
      slots: 2,
      pending: 3,
      succeeded: 1284,
      failed: 17,
      lastBeatAt: ago(3),
      tasks: [busy, counting],
    });
    busy.worker = worker;
    counting.worker = worker;
    const other = aWorker({
      topic: "W2",
      name: "W2",
      state: "DRAINING",
      pid: 4712,
      succeeded: 1190,
      failed: 9,
      lastBeatAt: ago(1),
    });
    const lost = aWorker({ topic: "W3", name: "W3", pid: 4713, state: "LOST", lastBeatAt: ago(1900) });
    server.workers = [worker, other, lost];
    lost.lostTasks = ranAgain(worker);
    for (let index = 0; index < 117; index += 1) server.tasks.push(ordinary(index, worker));
    server.tasks.push(
      ...lost.lostTasks,
      aTask.finished({
        id: "markup",
        name: "echo",
        path: "backend.demo.tasks.echo",
        kwargs: { value: "<img src=x onerror=alert(1)> </script><b>bold</b> \u202egnp.exe" },
        result: "<img src=x onerror=alert(1)> </script><b>bold</b> \u202egnp.exe",
        ...times(80),
      }),
      aTask.finished({
        id: "chatty",
        name: "count_to",
        kwargs: { n: 10_000 },
        result: 10_000,
        createdAt: ago(7_300.4),
        startedAt: ago(7_300),
        finishedAt: ago(7_290),
        attempts: [anAttempt({ startedAt: ago(7_300), finishedAt: ago(7_290), lines: cutLog() })],
      }),
      aTask.failed({
        id: "flaky-1",
        kwargs: { failure_rate: 1 },
        createdAt: ago(61.2),
        startedAt: ago(59),
        finishedAt: ago(58.9),
        attempts: twoAttempts(61),
        attempt: 2,
        tries: 2,
        maxAttempts: 2,
        events: [
          { at: ago(63), kind: "created", attempt: null, worker: null, by: null },
          { at: ago(61), kind: "started", attempt: 1, worker: "W1", by: null },
          { at: ago(60.9), kind: "failed", attempt: 1, worker: "W1", by: null },
          { at: ago(59), kind: "started", attempt: 2, worker: "W2", by: null },
          { at: ago(58.9), kind: "failed", attempt: 2, worker: "W2", by: null },
        ],
      }),
      aTask.failed({
        id: "lost-1",
        name: "primes",
        kwargs: { limit: 10000000 },
        reason: "LOST",
        error: "The worker W3 was lost three times; the last with signal 9 (SIGKILL).",
        attempt: 3,
        tries: 0,
        maxAttempts: 3,
        attempts: lostThrice(),
        createdAt: ago(1_931),
        startedAt: ago(1_910),
        finishedAt: ago(1_902),
      }),
      aTask.finished({
        id: "exact",
        name: "echo",
        path: "backend.demo.tasks.echo",
        kwargs: {},
        result: { big: exactNumber("12345678901234567890"), float: exactNumber("5.0") },
        ...times(70),
      }),
      aTask.finished({
        id: "nested",
        name: "echo",
        path: "backend.demo.tasks.echo",
        kwargs: { value: { city: "Uppsala", points: [1, 2, 3] } },
        result: {
          order: exactNumber("12345678901234567890"),
          customer: { name: "A. Lindwurm", address: { city: "Uppsala", lines: ["Slottsgränd 1", "752 37"] } },
          items: Array.from({ length: 12 }, (_, index) => ({
            sku: `Z-${1000 + index}`,
            title:
              "A tin of sea air, from the west wind, to be opened on a calm day by somebody who has waited for it",
            sizes: [index, index + 1],
          })),
          notes: [],
        },
        ...times(75),
      }),
      stubborn(),
      busy,
      counting,
      aTask.queueing({
        id: "later",
        runAfter: ago(-3600),
        createdAt: ago(5),
        waiting: `It is scheduled for ${ago(-3600)}.`,
        estimatedStartAt: ago(-3600),
      }),
      aTask.queueing({
        id: "again",
        name: "flaky",
        kwargs: { failure_rate: 0.4 },
        attempt: 1,
        tries: 1,
        maxAttempts: 3,
        attempts: twoAttempts(4).slice(0, 1),
        createdAt: ago(4),
        waiting: `It waits until ${ago(-8)} for attempt 2 of 3: the last one failed.`,
      }),
      aTask.queueing({
        name: "word_count",
        kwargs: {
          text: "the quick brown fox jumps over the lazy dog and does it again and again until the line is much too long to be shown",
        },
        createdAt: ago(2),
        waiting: "It is next in its queue, and all 2 slots that serve the queue are busy.",
      }),
      aTask.queueing({
        kwargs: { a: 12345678, b: 0.5 },
        queue: "mail",
        createdAt: ago(1),
        waiting: `Its queue mail is paused since ${ago(4000)}: the mail server is being moved.`,
      }),
    );
    for (const task of server.tasks)
      if (task.status !== "QUEUEING")
        task.worker ??= server.workers.find(({ topic }) => topic === task.attempts.at(-1)?.worker) ?? null;
    server.queues = [aQueue("mail", { paused: true, pauseReason: "the mail server is being moved" })];
  },
};

function reset(server: FakeServer): void {
  server.mood = "well";
  server.types = demoTypes;
  server.refuseChange = null;
  server.tasks = [];
  server.workers = [];
  server.queues = [];
}
