import type { FailureReason, TaskStatus } from "@/gql/operations";
import { useNow } from "@/lib/clock";
import { Clock, Distance } from "./instant";
import { reasonWords } from "./status-look";

interface Qualified {
  status: TaskStatus;
  reason: FailureReason | null;
  attempt: number;
  runAfter: string | null;
  worker: { topic: string } | null;
}

/** What the status alone does not say: why a task waits, where it runs, how it failed. */
export function Qualifier({ task, workersReady }: { task: Qualified; workersReady: boolean }) {
  switch (task.status) {
    case "QUEUEING":
      return <Waiting task={task} workersReady={workersReady} />;
    case "RUNNING":
      return (
        <>
          {task.worker ? `on ${task.worker.topic}` : ""}
          {task.attempt > 1 ? `, attempt ${task.attempt}` : ""}
        </>
      );
    case "FAILED":
      return <>{task.reason ? reasonWords[task.reason] : ""}</>;
    case "FINISHED":
      return <>{task.attempt > 1 ? `at attempt ${task.attempt}` : ""}</>;
  }
}

function Waiting({ task, workersReady }: { task: Qualified; workersReady: boolean }) {
  const now = useNow();
  if (task.runAfter && Date.parse(task.runAfter) > now)
    return (
      <>
        starts at <Clock at={task.runAfter} />, <Distance at={task.runAfter} />
      </>
    );
  if (task.worker) return <>handed to {task.worker.topic}</>;
  if (!workersReady) return <>waits: no worker is running</>;
  return <>{task.attempt > 0 ? `waits for attempt ${task.attempt + 1}` : "waits for a worker"}</>;
}
