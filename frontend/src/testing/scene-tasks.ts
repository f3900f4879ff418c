/* Tasks of the scenes that have a story of their own. */
import { type FakeTask, type FakeWorker, aTask, anAttempt } from "./task-factory";

export function threeMegabytes() {
  return Array.from({ length: 30_000 }, (_, row) => ({
    row,
    text: "a line of a long result",
    more: [1, 2, 3],
    ok: true,
  }));
}

/** What a lost worker was running: another one runs the first, and has run the second. */
export function ranAgain(worker: FakeWorker): FakeTask[] {
  const lost = anAttempt({
    worker: "W3",
    outcome: "LOST",
    error: "The worker went silent and was given up.",
    startedAt: ago(1_920),
    finishedAt: ago(1_900),
  });
  return [
    aTask.running({
      createdAt: ago(1_921),
      startedAt: ago(1_895),
      name: "primes",
      kwargs: { limit: 20_000_000 },
      attempt: 2,
      attempts: [lost, anAttempt({ number: 2, outcome: null, startedAt: ago(1_895), finishedAt: null })],
      worker,
    }),
    aTask.finished({
      createdAt: ago(1_921),
      startedAt: ago(1_898),
      finishedAt: ago(1_897.9),
      kwargs: { a: 1, b: 2 },
      attempt: 2,
      attempts: [lost, anAttempt({ number: 2, startedAt: ago(1_898), finishedAt: ago(1_897.9) })],
      worker,
    }),
  ];
}

export function logText(number: number): string {
  if (number % 50 === 0) return `\u001b[33mWARNING\u001b[0m at ${number}: half of a hundred`;
  return `${number} of 5000`;
}

export function ordinary(index: number, worker: FakeWorker) {
  const seconds = 1000 - index * 7;
  const kwargs = { a: index, b: index * 2 };
  if (index % 9 === 4) return aTask.failed({ ...times(seconds), worker });
  if (index % 31 === 7) return failedOtherwise(index, { ...times(seconds), worker });
  return aTask.finished({ kwargs, result: index * 3, ...times(seconds), worker });
}

/** More kinds of failure: a long message, one that timed out, markup. */
export function failedOtherwise(index: number, changes: Partial<FakeTask>) {
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

/** When a task was created and has begun, this long ago. */
export function begun(seconds: number) {
  return { createdAt: ago(seconds), startedAt: ago(seconds - 0.4) };
}

export function times(seconds: number) {
  return { ...begun(seconds), finishedAt: ago(seconds - 0.43) };
}

/** Two dozen attempts, each pause longer than the one before; it was retried by hand after the first twelve. */
export function stubborn() {
  const error = "ConnectionRefusedError: [Errno 111] Connection refused";
  let time = 7_000;
  const attempts = Array.from({ length: 24 }, (_, index) => {
    const started = (time -= index === 12 ? 3_000 : 3 + (index % 12) * 20);
    time -= 4;
    const failed = { outcome: "FAILED", error, worker: `W${1 + (index % 3)}` };
    const nextDueAt = index % 12 === 11 ? null : ago(time - 1 - (index % 12) * 20);
    return anAttempt({
      ...failed,
      number: index + 1,
      startedAt: ago(started),
      finishedAt: ago(time),
      nextDueAt,
    });
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

export function twoAttempts(seconds: number) {
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
    anAttempt({
      ...failed,
      startedAt: ago(seconds),
      finishedAt: ago(seconds - 0.1),
      nextDueAt: ago(seconds - 1.2),
    }),
    anAttempt({
      ...failed,
      number: 2,
      worker: "W2",
      startedAt: ago(seconds - 2),
      finishedAt: ago(seconds - 2.1),
    }),
  ];
}

export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** Of more lines than are kept. */
export function cutLog() {
  const told = (number: number, stream: string, text: string) => ({ number, at: ago(7_299), stream, text });
  const first = Array.from({ length: 2_000 }, (_, at) => told(at + 1, "stdout", `${at + 1} of 10,000`));
  const last = Array.from({ length: 100 }, (_, at) => told(at + 2_002, "stdout", `${at + 9_901} of 10,000`));
  return [...first, told(2_001, "worker", "… 7,900 lines (134 kB) left out …"), ...last];
}

/** Three attempts of a worker that went silent each time. */
export function lostThrice() {
  return [3, 2, 1].map((left, index) =>
    anAttempt({
      number: index + 1,
      worker: "W3",
      outcome: "LOST",
      error: "The worker went silent and was given up.",
      startedAt: ago(1_900 + left * 10),
      finishedAt: ago(1_900 + left * 10 - 8),
      nextDueAt: left === 1 ? null : ago(1_900 + left * 10 - 9.8),
    }),
  );
}
