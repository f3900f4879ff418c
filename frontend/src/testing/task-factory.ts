import type { Json } from "@/lib/json";
import { formCases } from "./refused-arguments";

/** Task, attempt and worker as the fake server keeps them: the API's own fields. */
export interface FakeAttempt {
  number: number;
  worker: string;
  outcome: string | null;
  error: string | null;
  traceback: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  nextDueAt: string | null;
  lines: FakeLogLine[];
}

export interface FakeLogLine {
  number: number;
  at: string;
  stream: string;
  text: string;
}

export interface FakeEvent {
  at: string;
  kind: string;
  attempt: number | null;
  worker: string | null;
  by: string | null;
}

export interface FakeQueue {
  name: string;
  paused: boolean;
  pauseReason: string | null;
}

export interface FakeTask {
  id: string;
  name: string;
  path: string;
  args: Json;
  kwargs: Json;
  queue: string;
  priority: number;
  status: "QUEUEING" | "RUNNING" | "FAILED" | "FINISHED";
  reason: string | null;
  error: string | null;
  result: Json;
  waiting: string | null;
  estimatedStartAt: string | null;
  progress: { fraction: number | null; message: string | null } | null;
  attempt: number;
  maxAttempts: number;
  tries: number;
  round: number;
  cancelling: boolean;
  timeout: number | null;
  attempts: FakeAttempt[];
  events: FakeEvent[];
  worker: FakeWorker | null;
  createdAt: string;
  runAfter: string | null;
  expiresAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface FakeWorker {
  topic: string;
  name: string;
  host: string;
  pid: number;
  queues: string[];
  slots: number;
  current: number;
  pending: number;
  succeeded: number;
  failed: number;
  state: "STARTING" | "READY" | "DRAINING" | "LOST";
  lastBeatAt: string;
  tasks: FakeTask[];
  lostTasks: FakeTask[];
}

const START = Date.parse("2026-11-21T12:00:00Z");

/** An instant some seconds after the start of every test's story. */
export function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

let made = 0;

/** One task in each status, with the fields that belong to it. */
export const aTask = {
  queueing(changes: Partial<FakeTask> = {}): FakeTask {
    made += 1;
    return {
      id: `task-${made}`,
      name: "add",
      path: `backend.demo.tasks.${changes.name ?? "add"}`,
      args: [],
      kwargs: { a: 1, b: 2 },
      queue: "default",
      priority: 0,
      status: "QUEUEING",
      reason: null,
      error: null,
      result: null,
      waiting: null,
      estimatedStartAt: null,
      progress: null,
      attempt: 0,
      maxAttempts: 1,
      tries: 0,
      round: 1,
      cancelling: false,
      timeout: null,
      attempts: [],
      events: [],
      worker: null,
      createdAt: at(0),
      runAfter: null,
      expiresAt: null,
      startedAt: null,
      finishedAt: null,
      ...changes,
    };
  },
  running(changes: Partial<FakeTask> = {}): FakeTask {
    const startedAt = changes.startedAt ?? at(1);
    return aTask.queueing({
      status: "RUNNING",
      attempt: 1,
      attempts: [anAttempt({ outcome: null, startedAt, finishedAt: null })],
      startedAt,
      ...changes,
    });
  },
  finished(changes: Partial<FakeTask> = {}): FakeTask {
    return aTask.running({
      status: "FINISHED",
      result: 3,
      tries: 1,
      attempts: [anAttempt(spanOf(changes))],
      finishedAt: at(2),
      ...changes,
    });
  },
  failed(changes: Partial<FakeTask> = {}): FakeTask {
    const error = changes.error ?? "Unlucky: flaky failed, as it does 100% of the time";
    const traceback = `Traceback (most recent call last):\n${error}`;
    const attempts = [anAttempt({ ...spanOf(changes), outcome: "FAILED", error, traceback })];
    const ending = {
      status: "FAILED",
      reason: "ERROR",
      error,
      tries: 1,
      attempts,
      finishedAt: at(2),
    } as const;
    return aTask.running({
      name: "flaky",
      kwargs: {},
      ...ending,
      ...changes,
    });
  },
};

/** When the only attempt of a task began and ended: with the task itself. */
function spanOf({ startedAt, finishedAt }: Partial<FakeTask>) {
  return { startedAt: startedAt ?? at(1), finishedAt: finishedAt ?? at(2) };
}

/** When its first attempt started. Some stories tell of one attempt only by the task's own times. */
export function firstStart({ attempts, attempt, startedAt }: FakeTask): string | null {
  return attempt > 1 || startedAt === null ? (attempts[0]?.startedAt ?? startedAt) : startedAt;
}

export function anAttempt(changes: Partial<FakeAttempt> = {}): FakeAttempt {
  return {
    number: 1,
    worker: "W1",
    outcome: "SUCCEEDED",
    error: null,
    traceback: null,
    startedAt: at(1),
    finishedAt: at(2),
    nextDueAt: null,
    lines: [],
    ...changes,
  };
}

/** So many lines of a log, each a tenth of a second after the one before. */
export function logLines(count: number, text: (number: number) => string = (number) => `line ${number}`) {
  return Array.from({ length: count }, (_, index): FakeLogLine => ({
    number: index + 1,
    at: at(1 + index / 10),
    stream: "stdout",
    text: text(index + 1),
  }));
}

export function aQueue(name: string, changes: Partial<FakeQueue> = {}): FakeQueue {
  return { name, paused: false, pauseReason: null, ...changes };
}

export function aWorker(changes: Partial<FakeWorker> = {}): FakeWorker {
  return {
    topic: "W1",
    name: "W1",
    host: "breeze",
    pid: 4_711,
    queues: ["*"],
    slots: 1,
    current: 0,
    pending: 0,
    succeeded: 0,
    failed: 0,
    state: "READY",
    lastBeatAt: at(0),
    tasks: [],
    lostTasks: [],
    ...changes,
  };
}

/** Task types as the real server describes them. */
export const demoTypes = [
  aType("add", "a + b", {
    properties: { a: numberOrWhole(), b: numberOrWhole() },
    required: ["a", "b"],
  }),
  aType("flaky", "Fail now and then, to show what a failure looks like.", {
    properties: {
      failure_rate: {
        type: "number",
        minimum: 0,
        maximum: 1,
        description: "Between 0 (never) and 1 (always)",
        default: 0.4,
      },
    },
    required: [],
  }),
  aType("word_count", "How often each word stands in a text.", {
    properties: { text: { type: "string" } },
    required: ["text"],
  }),
  aType("echo", "Return any JSON value as it came.", { properties: { value: {} }, required: ["value"] }),
  aType("resize", "Make a picture smaller.", {
    properties: {
      width: { type: "integer", minimum: 1 },
      format: { enum: ["png", "webp"], default: "png" },
      sharpen: { type: "boolean", default: false },
      name: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
      tags: { type: "array", items: { type: "string" }, default: [] },
    },
    required: ["width"],
  }),
];

/** Functions that take a value of each kind, described by the real server (tests/support/forms/tasks.py). */
export const formTypes = formCases.map(({ task, schema }) => aType(task, "Shows what it was given.", schema));

export function aType(name: string, description: string, parameters: { [key: string]: Json }) {
  return {
    name,
    path: `backend.demo.tasks.${name}`,
    description,
    queue: "default",
    maxAttempts: 1,
    timeout: null as number | null,
    parameters: { type: "object", additionalProperties: false, ...parameters } as Json,
  };
}

function numberOrWhole(): Json {
  return { anyOf: [{ type: "integer" }, { type: "number" }] };
}
