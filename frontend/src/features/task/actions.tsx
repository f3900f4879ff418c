import { useCallback, useState } from "react";
import { CallDialog, type ShownCall } from "@/components/call-dialog";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Link } from "@/components/link";
import { RetryQuestion, losesResult } from "@/components/retry-question";
import { callOf, carryOut, directAction, doneWords, fits } from "@/components/task-actions";
import { useTaskAction } from "@/components/use-task-action";
import type { TaskStatus } from "@/gql/operations";
import { go, useAddress, withSearch } from "@/lib/address";
import { say } from "@/lib/notices";
import { useKey } from "@/lib/use-key";

interface Props {
  task: { id: string; name: string; path: string; status: TaskStatus; cancelling: boolean };
}

/** What can be done to the task as it stands now, and nothing else. */
export function Actions({ task }: Props) {
  const address = useAddress();
  const { act, pending } = useTaskAction(task);
  const [deleting, setDeleting] = useState(false);
  const [retrying, setRetrying] = useState(false);
  const [call, setCall] = useState<ShownCall | null>(null);
  const direct = directAction(task);
  const canRetry = fits("retry", task.status);
  const canCancel = fits("cancel", task.status) && !task.cancelling;
  const asks = losesResult(task.status);
  const retry = useCallback(() => {
    if (canRetry && asks) setRetrying(true);
    else if (canRetry) void act("retry");
  }, [canRetry, asks, act]);
  const cancel = useCallback(() => void (canCancel && act("cancel")), [canCancel, act]);
  useKey("retry", retry);
  useKey("cancel", cancel);

  return (
    <div className="task-actions">
      {canCancel && (
        <button
          type="button"
          className="button"
          aria-keyshortcuts="X"
          aria-disabled={pending !== null}
          onClick={cancel}
        >
          Cancel
        </button>
      )}
      {canRetry && (
        <button
          type="button"
          className="button"
          aria-keyshortcuts="R"
          aria-disabled={pending !== null}
          onClick={retry}
        >
          Retry
        </button>
      )}
      <Link className="button" href={withSearch(address, { create: task.path, from: task.id })}>
        Run again with changes
      </Link>
      {fits("delete", task.status) && (
        <button type="button" className="button" onClick={() => setDeleting(true)}>
          Delete
        </button>
      )}
      {direct && (
        <button
          type="button"
          className="button"
          aria-haspopup="dialog"
          onClick={() => setCall({ action: direct, id: task.id })}
        >
          Show as a call
        </button>
      )}
      <CallDialog shown={call} onClose={() => setCall(null)} />
      <RetryQuestion task={task} open={retrying} onClose={() => setRetrying(false)} />
      <ConfirmDialog
        open={deleting}
        title="Delete this task?"
        confirm="Delete"
        onClose={() => setDeleting(false)}
        call={callOf("delete", { ids: [task.id] })}
        onConfirm={async () => {
          const count = await carryOut("delete", { ids: [task.id] });
          say({ kind: "done", text: doneWords("delete", count) });
          if (count > 0) go("/");
        }}
      >
        <p>
          <span className="call-name">{task.name}</span> <code>{task.id}</code>
        </p>
        <p>It goes with its attempts and logs, for good.</p>
      </ConfirmDialog>
    </div>
  );
}
