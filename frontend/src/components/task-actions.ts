import { CancelTasks, DeleteTasks, RetryTasks, type TaskFilter, type TaskStatus } from "@/gql/operations";
import type { Call } from "@/lib/call-text";
import { mutate } from "@/lib/graphql";

/** What one can do to tasks that are there, and to which. */
export type TaskAction = "retry" | "cancel" | "delete";

interface ActionLook {
  label: string;
  /** The statuses it can be done to; the server refuses it for others. */
  fits: readonly TaskStatus[];
  /** "Retried 3 tasks." */
  done: (count: string) => string;
  /** What is still to come where a task runs. */
  afterwards?: string;
}

export const taskActions = {
  retry: {
    label: "Retry",
    fits: ["FAILED", "FINISHED"],
    done: (count) => `Retried ${count}.`,
  },
  cancel: {
    label: "Cancel",
    fits: ["QUEUEING", "RUNNING"],
    done: (count) => `Cancelled ${count}.`,
    afterwards: "One that runs ends as soon as its worker has stopped it.",
  },
  delete: {
    label: "Delete",
    fits: ["FAILED", "FINISHED"],
    done: (count) => `Deleted ${count}.`,
  },
} satisfies Record<TaskAction, ActionLook>;

export const actionNames = Object.keys(taskActions) as TaskAction[];

export function fits(action: TaskAction, status: TaskStatus): boolean {
  const { fits: statuses }: ActionLook = taskActions[action];
  return statuses.includes(status);
}

/** What can be done to a task as it stands without a form; null while it ends. */
export function directAction({
  status,
  cancelling,
}: {
  status: TaskStatus;
  cancelling: boolean;
}): "retry" | "cancel" | null {
  if (fits("retry", status)) return "retry";
  return fits("cancel", status) && !cancelling ? "cancel" : null;
}

/** Changing many tasks takes the server its time. */
const PATIENCE_SECONDS = 60;

/** Which tasks it is done to: these, or all that a filter fits. */
export type Chosen = { ids: string[] } | { filter: TaskFilter };

const operations = { retry: RetryTasks, cancel: CancelTasks, delete: DeleteTasks };

/** What carryOut sends. */
export function callOf(action: TaskAction, what: Chosen): Call {
  return { operation: operations[action], variables: what };
}

/** Do it to these tasks, or to all that a filter fits; how many it was done to. Throws RequestFailed. */
export async function carryOut(action: TaskAction, what: Chosen): Promise<number> {
  const patience = { patienceSeconds: PATIENCE_SECONDS };
  switch (action) {
    case "retry":
      return (await mutate(operations.retry, what, patience)).retryTasks.count;
    case "cancel":
      return (await mutate(operations.cancel, what, patience)).cancelTasks.count;
    case "delete":
      return (await mutate(operations.delete, what, patience)).deleteTasks.count;
  }
}

/**
 * What is said afterwards; between asking and doing a task may have changed. `status` is what it is known to have been done
 * to, where it is of one kind.
 */
export function doneWords(action: TaskAction, count: number, status?: TaskStatus): string {
  if (count === 0) return "Nothing was changed: what was chosen has changed in the meantime.";
  const { done, afterwards }: ActionLook = taskActions[action];
  const words = done(countWords(count));
  return afterwards === undefined || status === "QUEUEING" ? words : `${words} ${afterwards}`;
}

export function countWords(count: number): string {
  return count === 1 ? "1 task" : `${count.toLocaleString("en")} tasks`;
}
