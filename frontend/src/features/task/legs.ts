/** What the time line is told from; instants as the API gives them. */
export interface Timed {
  createdAt: string;
  runAfter: string | null;
  finishedAt: string | null;
  attempts: readonly Tried[];
}

export interface Tried {
  number: number;
  startedAt: string | null;
  finishedAt: string | null;
  /** Until when the task had to wait after it; null where it had not to. */
  nextDueAt: string | null;
}

export type PauseKind = "scheduled" | "waited" | "backedOff" | "ended";

/** A stretch of a task's time, in milliseconds since the epoch; while it is `open` it ends now. */
interface Stretch {
  from: number;
  to: number;
  open: boolean;
}

/** Nothing ran: until its time came, until a worker was free, until the next attempt, or until it was retried by hand. */
export interface Pause extends Stretch {
  kind: PauseKind;
}

export interface Run extends Stretch {
  kind: "ran";
  /** The attempt's number. */
  attempt: number;
}

/** It was retried by hand: a new round begins. */
export interface Retry extends Stretch {
  kind: "retried";
}

export type Leg = Pause | Run | Retry;

/**
 * A task's time from its creation to its end, or to `now`, without a gap and in its order. `retries` are the instants at which
 * it was retried by hand. A clock that was put back leaves a leg of no length, never one that runs backwards.
 */
export function legsOf(task: Timed, retries: readonly string[], now: number): Leg[] {
  const legs: Leg[] = [];
  const left = retries.map((at) => Date.parse(at)).sort((one, other) => one - other);
  let time = Date.parse(task.createdAt);
  /** Why the task may not run before `due`. */
  let held: "scheduled" | "backedOff" = "scheduled";
  let due = instantOf(task.runAfter);

  const pause = (kind: PauseKind, to: number, open = false) => {
    if (to > time) legs.push({ kind, from: time, to, open });
    time = Math.max(time, to);
  };
  const rest = (to: number, open = false) => {
    if (due > time) pause(held, Math.min(due, to), open && to <= due);
    pause("waited", to, open);
  };
  const retried = (before: number) => {
    while (left[0] !== undefined && left[0] <= before) {
      pause("ended", left.shift()!);
      legs.push({ kind: "retried", from: time, to: time, open: false });
      held = "scheduled";
      due = instantOf(task.runAfter);
    }
  };

  for (const { number, startedAt, finishedAt, nextDueAt } of task.attempts) {
    const ended = finishedAt === null ? null : Date.parse(finishedAt);
    const started = startedAt === null ? (ended ?? now) : Date.parse(startedAt);
    retried(started);
    rest(started);
    const to = Math.max(time, ended ?? now);
    legs.push({ kind: "ran", from: time, to, open: ended === null, attempt: number });
    time = to;
    held = "backedOff";
    due = instantOf(nextDueAt);
  }
  retried(Infinity);
  if (task.finishedAt !== null) rest(Date.parse(task.finishedAt));
  else if (legs.at(-1)?.open !== true) rest(now, true);
  return legs;
}

/** Long ago where there is none. */
function instantOf(at: string | null): number {
  return at === null ? 0 : Date.parse(at);
}

/** How long all legs of a kind took, in milliseconds, and whether one of them goes on; null where there is none. */
export function sumOf(legs: readonly Leg[], kind: Leg["kind"]): { span: number; open: boolean } | null {
  const alike = legs.filter((leg) => leg.kind === kind);
  if (alike.length === 0) return null;
  return {
    span: alike.reduce((sum, { from, to }) => sum + to - from, 0),
    open: alike.some(({ open }) => open),
  };
}
