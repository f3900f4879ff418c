import type { FailureReason, TaskStatus } from "@/gql/operations";
import { reasonWords } from "./status-look";

interface Tried {
  status: TaskStatus;
  /** The number of the last attempt started, counted through all rounds. */
  attempt: number;
  /** Attempts of this round that ended by themselves. */
  tries: number;
  maxAttempts: number;
  /** Counts the retries by hand from 1. */
  round: number;
  cancelling: boolean;
}

interface Qualified extends Tried {
  reason: FailureReason | null;
  worker: { topic: string } | null;
}

/** What the status alone does not say, in a few words: where it runs, which attempt, how it failed. */
export function Qualifier({ task }: { task: Qualified }) {
  return <>{qualifierWords(task)}</>;
}

export function qualifierWords(task: Qualified): string {
  switch (task.status) {
    case "QUEUEING":
      if (task.cancelling) return "cancelled, ending";
      return task.attempt > 0 ? `attempt ${attemptWords(task)}` : "";
    case "RUNNING":
      return join(
        task.cancelling ? "cancelled, ending" : "",
        task.worker ? `on ${task.worker.topic}` : "",
        triedWords(task),
      );
    case "FAILED":
      return join(task.reason ? reasonWords[task.reason] : "", triedWords(task));
    case "FINISHED":
      return triedWords(task);
  }
}

/** The same for a row that tells of worker and attempt beside it. */
export function shortWords({ status, reason, cancelling }: Qualified): string {
  if (cancelling) return "ending";
  return status === "FAILED" && reason ? reasonWords[reason] : "";
}

/** Nothing of a first attempt: that there is one is no news. */
function triedWords(task: Tried): string {
  return task.attempt > 1 ? `attempt ${attemptWords(task)}` : "";
}

/**
 * The attempt that a task is at, of one that waits for a further one that one: "2 of 3"; "4, round 2" after a retry by hand; "2"
 * when one was lost with its worker, for that one did not count.
 */
export function attemptWords(task: Tried): string {
  const { status, attempt, tries, maxAttempts, round, cancelling } = task;
  if (status === "QUEUEING" && attempt > 0 && !cancelling) return nextWords(task);
  if (round > 1) return `${attempt}, round ${round}`;
  const counted = status === "RUNNING" ? tries + 1 : tries;
  return maxAttempts > 1 && counted === attempt ? `${attempt} of ${maxAttempts}` : String(attempt);
}

function nextWords({ attempt, tries, maxAttempts, round }: Tried): string {
  if (tries === 0 && round > 1) return `${attempt + 1}, round ${round}`;
  const counts = round === 1 && maxAttempts > 1 && tries === attempt;
  return `${attempt + 1}${counts ? ` of ${maxAttempts}` : ""}`;
}

function join(...words: string[]): string {
  return words.filter(Boolean).join(", ");
}
