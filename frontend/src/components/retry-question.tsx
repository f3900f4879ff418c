import type { TaskStatus } from "@/gql/operations";
import { say } from "@/lib/notices";
import { ConfirmDialog } from "./confirm-dialog";
import { callOf, carryOut, doneWords } from "./task-actions";

interface Props {
  task: { id: string; name: string };
  open: boolean;
  onClose: () => void;
}

/** Whether a retry takes something away that cannot be had again. */
export function losesResult(status: TaskStatus): boolean {
  return status === "FINISHED";
}

/** Asks before a task is retried that has a result. */
export function RetryQuestion({ task, open, onClose }: Props) {
  const what = { ids: [task.id] };
  return (
    <ConfirmDialog
      open={open}
      title="Retry this finished task?"
      confirm="Retry"
      onClose={onClose}
      call={callOf("retry", what)}
      onConfirm={async () => {
        say({ kind: "done", text: doneWords("retry", await carryOut("retry", what)) });
      }}
    >
      <p>
        <span className="call-name">{task.name}</span> <code>{task.id}</code>
      </p>
      <p>It waits in its queue again and keeps its earlier attempts; its result goes.</p>
    </ConfirmDialog>
  );
}
