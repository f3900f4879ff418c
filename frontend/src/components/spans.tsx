import type { TaskStatus } from "@/gql/operations";
import { useNow } from "@/lib/clock";
import { firstDue } from "@/lib/first-due";
import { Span } from "./instant";

interface Timed {
  status: TaskStatus;
  createdAt: string;
  runAfter: string | null;
  firstStartedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

/** How long a task has waited: from its creation, or from the time it asked for, until its first attempt started. */
export function Waited({ task }: { task: Timed }) {
  const due = firstDue(task);
  const until = task.firstStartedAt ?? task.finishedAt;
  if (until === null) return <WaitsSince due={due} />;
  return Date.parse(until) < Date.parse(due) ? "–" : <Span from={due} to={until} />;
}

/** Nothing before its time has come. */
function WaitsSince({ due }: { due: string }) {
  return Date.parse(due) > useNow() ? "–" : <Span from={due} to={null} />;
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
