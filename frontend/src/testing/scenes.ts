import type { FakeServer } from "./fake-server";
import { aQueue, aTask, aWorker, anAttempt, logLines } from "./task-factory";

/** States of the whole system to look at; each sets a fake server up from nothing. */
export const scenes: Record<string, (server: FakeServer) => void> = {
  empty(server) {
    reset(server);
    server.workers = [aWorker({ lastBeatAt: ago(2) })];
  },
  alone(server) {
    reset(server);
  },
  forbidden(server) {
    reset(server);
    server.mood = "forbidden";
  },
  away(server) {
    server.goAway();
  },
  back(server) {
    server.mood = "well";
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
      progress: { fraction: 0.41, message: "2,050 of 5,000" },
      attempts: [
        anAttempt({
          outcome: null,
          startedAt: ago(38),
          finishedAt: null,
          lines: logLines(2_050, logText).map((line) => ({ ...line, at: ago(38 - line.number / 60) })),
        }),
      ],
    });
    const worker = aWorker({
      current: 1,
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
    for (let index = 0; index < 117; index += 1) server.tasks.push(ordinary(index, worker));
    server.tasks.push(
      aTask.finished({
        id: "markup",
        name: "echo",
        path: "backend.demo.tasks.echo",
        kwargs: { value: "<img src=x onerror=alert(1)> </script><b>bold</b> \u202egnp.exe" },
        result: "<img src=x onerror=alert(1)> </script><b>bold</b> \u202egnp.exe",
        ...times(80),
      }),
      aTask.failed({
        id: "flaky-1",
        kwargs: { failure_rate: 1 },
        ...times(61),
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
        ...times(50),
      }),
      busy,
      counting,
      aTask.queueing({
        id: "later",
        runAfter: ago(-3600),
        createdAt: ago(5),
        waiting: `It is scheduled and does not start before ${ago(-3600)}.`,
        estimatedStartAt: ago(-3600),
      }),
      aTask.queueing({
        id: "again",
        name: "flaky",
        attempt: 1,
        tries: 1,
        maxAttempts: 3,
        attempts: twoAttempts(4).slice(0, 1),
        createdAt: ago(4),
        waiting: `Attempt 2 of 3 does not start before ${ago(-8)}: the last one failed.`,
      }),
      aTask.queueing({
        name: "word_count",
        kwargs: {
          text: "the quick brown fox jumps over the lazy dog and does it again and again until the line is much too long to be shown",
        },
        createdAt: ago(2),
        waiting: "All 2 slots that serve its queue are busy, and it is next in its queue.",
      }),
      aTask.queueing({
        kwargs: { a: 12345678, b: 0.5 },
        queue: "mail",
        createdAt: ago(1),
        waiting: `Its queue mail is paused since ${ago(4000)}: the mail server is being moved.`,
      }),
    );
    server.queues = [aQueue("mail", { paused: true, pauseReason: "the mail server is being moved" })];
  },
};

function logText(number: number): string {
  if (number % 50 === 0) return `\u001b[33mWARNING\u001b[0m at ${number}: half of a hundred`;
  return `${number} of 5000`;
}

function ordinary(index: number, worker: ReturnType<typeof aWorker>) {
  const seconds = 1000 - index * 7;
  const kwargs = { a: index, b: index * 2 };
  if (index % 9 === 4) return aTask.failed({ ...times(seconds), worker });
  return aTask.finished({ kwargs, result: index * 3, ...times(seconds), worker });
}

function times(seconds: number) {
  return { createdAt: ago(seconds), startedAt: ago(seconds - 0.4), finishedAt: ago(seconds - 0.43) };
}

function twoAttempts(seconds: number) {
  const error = "Unlucky: flaky failed, as it does 100% of the time";
  const traceback = `Traceback (most recent call last):\n  File "backend/demo/tasks.py", line 54, in flaky\n    raise Unlucky(f"flaky failed, as it does {failure_rate:.0%} of the time")\nbackend.demo.tasks.${error}\n`;
  const failed = { outcome: "FAILED", error, traceback };
  return [
    anAttempt({ ...failed, startedAt: ago(seconds), finishedAt: ago(seconds - 0.1) }),
    anAttempt({
      ...failed,
      number: 2,
      worker: "W2",
      startedAt: ago(seconds - 2),
      finishedAt: ago(seconds - 2.1),
    }),
  ];
}

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

function reset(server: FakeServer): void {
  server.mood = "well";
  server.tasks = [];
  server.workers = [];
  server.queues = [];
}
