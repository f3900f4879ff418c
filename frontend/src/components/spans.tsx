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

/** How long a task has run; of one that is not there yet, or not there again, that. */
export function Ran({ task }: { task: Timed & { attempt: number } }) {
  if (task.status === "QUEUEING" && task.attempt > 0)
    return (
      <span className="quiet" title="It waits for its next attempt. Its page says how long each one ran.">
        waits again
      </span>
    );
  if (task.startedAt === null) return "–";
  return <Span from={task.startedAt} to={task.finishedAt} />;
}
