import type { TaskStatus } from "@/gql/operations";
import { Span } from "./instant";

interface Timed {
  status: TaskStatus;
  createdAt: string;
  runAfter: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

/** How long a task has waited: from its creation, or from the time it asked for, until it started. */
export function Waited({ task }: { task: Timed }) {
  const asked = task.runAfter;
  const due = asked && Date.parse(asked) > Date.parse(task.createdAt) ? asked : task.createdAt;
  return <Span from={due} to={task.startedAt ?? task.finishedAt} />;
}

/** How long a task has run; nothing while it has not started. */
export function Ran({ task }: { task: Timed }) {
  if (task.startedAt === null) return null;
  if (task.finishedAt === null && task.status !== "RUNNING") return null;
  return <Span from={task.startedAt} to={task.finishedAt} />;
}
