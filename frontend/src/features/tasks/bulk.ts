import type { Bulk } from "@/components/bulk-dialog";
import { type TaskAction, taskActions } from "@/components/task-actions";
import type { TaskFilter, TaskStatus, TasksScreenQuery } from "@/gql/operations";
import type { Selection } from "./selection";
import type { ShownRow } from "./task-window";

export type Counts = NonNullable<TasksScreenQuery["page"]["counts"]>;

export const countOf = {
  QUEUEING: "queueing",
  RUNNING: "running",
  FAILED: "failed",
  FINISHED: "finished",
} satisfies Record<TaskStatus, keyof Counts>;

interface Choice {
  selection: Selection;
  rows: ShownRow[];
  filter: TaskFilter | null;
  counts: Counts | null;
}

/** The action on what is selected; null when it fits none of it. */
export function bulkOf(action: TaskAction, { selection, rows, filter, counts }: Choice): Bulk | null {
  const fitting: readonly TaskStatus[] = taskActions[action].fits;
  const tasks = rows
    .filter(({ task, left }) => selection.ids.has(task.id) && !left && fitting.includes(task.status))
    .map(({ task }) => task);
  if (!selection.everything)
    return tasks.length > 0
      ? { action, what: { ids: tasks.map(({ id }) => id) }, count: tasks.length, tasks }
      : null;
  const asked = filter?.status ?? fitting;
  const status = fitting.filter((each) => asked.includes(each));
  const count = counts && matching(counts, status);
  if (status.length === 0 || count === 0) return null;
  return { action, what: { filter: { ...filter, status } }, count, tasks };
}

/** How many match in these statuses. */
export function matching(counts: Counts, statuses: readonly TaskStatus[]): number {
  return statuses.reduce((sum, status) => sum + counts[countOf[status]], 0);
}
