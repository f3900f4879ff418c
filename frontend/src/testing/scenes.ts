import { exactNumber } from "@/lib/json";
import type { FakeServer } from "./fake-server";
import { manyStages } from "./many-stages";
import {
  type FakeTask,
  aQueue,
  aTask,
  aWorker,
  anAttempt,
  demoTypes,
  formTypes,
  logLines,
} from "./task-factory";
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
          }),
        ),
        state: at % 40 === 7 ? "LOST" : "READY",
        succeeded: 1284 - at,
        lastBeatAt: ago(at % 40 === 7 ? 1900 : 2),
      }),
    );
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
        ...times(7_300),
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
        ...times(50),
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

function threeMegabytes() {
  return Array.from({ length: 30_000 }, (_, row) => ({
    row,
    text: "a line of a long result",
    more: [1, 2, 3],
    ok: true,
  }));
}

/** What a lost worker was running: another one runs the first, and has run the second. */
function ranAgain(worker: ReturnType<typeof aWorker>): FakeTask[] {
  const lost = anAttempt({
    worker: "W3",
    outcome: "LOST",
    error: "The worker went silent and was given up.",
  });
  return [
    aTask.running({
      ...times(1895),
      finishedAt: null,
      name: "primes",
      kwargs: { limit: 20_000_000 },
      attempt: 2,
      attempts: [lost, anAttempt({ number: 2, outcome: null, finishedAt: null })],
      worker,
    }),
    aTask.finished({
      ...times(1898),
      kwargs: { a: 1, b: 2 },
      attempt: 2,
      attempts: [lost, anAttempt({ number: 2 })],
      worker,
    }),
  ];
}

function logText(number: number): string {
  if (number % 50 === 0) return `\u001b[33mWARNING\u001b[0m at ${number}: half of a hundred`;
  return `${number} of 5000`;
}

function ordinary(index: number, worker: ReturnType<typeof aWorker>) {
  const seconds = 1000 - index * 7;
  const kwargs = { a: index, b: index * 2 };
  if (index % 9 === 4) return aTask.failed({ ...times(seconds), worker });
  if (index % 31 === 7) return failedOtherwise(index, { ...times(seconds), worker });
  return aTask.finished({ kwargs, result: index * 3, ...times(seconds), worker });
}

/** More kinds of failure: a long message, one that timed out, markup. */
function failedOtherwise(index: number, changes: Partial<FakeTask>) {
  const errors = [
    `ConnectionRefusedError: [Errno 111] could not connect to mail.example.com:25 after ${index} tries; the last answer was "421 Service not available, closing transmission channel"`,
    `The attempt ran longer than its timeout of ${index} s.`,
    `ValueError: <img src=x onerror=alert(${index})> is no picture`,
    `KeyError: 'row-${index}'`,
  ];
  const kind = index % errors.length;
  return aTask.failed({
    ...changes,
    name: ["send_mail", "primes", "resize", "word_count"][kind]!,
    kwargs: { number: index },
    error: errors[kind]!,
    reason: kind === 1 ? "TIMEOUT" : "ERROR",
  });
}

function times(seconds: number) {
  return { createdAt: ago(seconds), startedAt: ago(seconds - 0.4), finishedAt: ago(seconds - 0.43) };
}

/** Two dozen attempts, each pause longer than the one before; it was retried by hand after the first twelve. */
function stubborn() {
  const error = "ConnectionRefusedError: [Errno 111] Connection refused";
  let time = 7_000;
  const attempts = Array.from({ length: 24 }, (_, index) => {
    const started = (time -= index === 12 ? 3_000 : 3 + (index % 12) * 20);
    time -= 4;
    const failed = { outcome: "FAILED", error, worker: `W${1 + (index % 3)}` };
    return anAttempt({ ...failed, number: index + 1, startedAt: ago(started), finishedAt: ago(time) });
  });
  return aTask.failed({
    id: "stubborn",
    name: "send_mail",
    kwargs: { to: "otto@example.com" },
    error,
    attempt: 24,
    tries: 12,
    maxAttempts: 12,
    round: 2,
    createdAt: ago(7_000),
    startedAt: attempts[23]!.startedAt,
    finishedAt: attempts[23]!.finishedAt,
    attempts,
    events: [
      { at: ago(7_000), kind: "created", attempt: null, worker: null, by: null },
      {
        at: new Date(Date.parse(attempts[12]!.startedAt!) - 2_000).toISOString(),
        kind: "retried",
        attempt: null,
        worker: null,
        by: "noor",
      },
    ],
  });
}

function twoAttempts(seconds: number) {
  const error = "Unlucky: flaky failed, as it does 100% of the time";
  const traceback = `Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.13/site-packages/chance/dice.py", line 212, in throw
    return self.land(face, *args)
           ~~~~~~~~~^^^^^^^^^^^^^
  File "/usr/lib/python3.13/contextlib.py", line 85, in inner
    return func(*args, **kwds)
  File "backend/demo/tasks.py", line 54, in flaky
    raise Unlucky(f"flaky failed, as it does {failure_rate:.0%} of the time")
backend.demo.tasks.${error}
`;
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
  server.types = demoTypes;
  server.refuseChange = null;
  server.tasks = [];
  server.workers = [];
  server.queues = [];
}

/** Of more lines than are kept. */
function cutLog() {
  const told = (number: number, stream: string, text: string) => ({ number, at: ago(7_299), stream, text });
  const first = Array.from({ length: 2_000 }, (_, at) => told(at + 1, "stdout", `${at + 1} of 10,000`));
  const last = Array.from({ length: 100 }, (_, at) => told(at + 2_002, "stdout", `${at + 9_901} of 10,000`));
  return [...first, told(2_001, "worker", "… 7,900 lines (134 kB) left out …"), ...last];
}
