import type { ShownCall } from "@/components/call-dialog";
import { IconCode, IconLink, IconOpen, IconRetry, IconStop } from "@/components/icons";
import { Link } from "@/components/link";
import { directAction, fits } from "@/components/task-actions";
import { useTaskAction } from "@/components/use-task-action";
import type { TaskRowFragment } from "@/gql/operations";
import { taskAddress } from "@/lib/address";
import { say } from "@/lib/notices";

/** What one can do to a row without opening it. Seen while the row is pointed at or has the focus. */
export function RowActions({
  task,
  act,
  retry,
  pending,
  onShowCall,
}: {
  task: TaskRowFragment;
  retry: () => void;
  onShowCall: (shown: ShownCall) => void;
} & ReturnType<typeof useTaskAction>) {
  const action = directAction(task);
  const href = taskAddress(task.id);
  return (
    <div className="row-actions">
      {fits("retry", task.status) && (
        <button
          type="button"
          className="row-action"
          aria-label={`Retry ${task.name}`}
          title="Retry"
          aria-disabled={pending !== null}
          onClick={retry}
        >
          <IconRetry />
        </button>
      )}
      {fits("cancel", task.status) && !task.cancelling && (
        <button
          type="button"
          className="row-action"
          aria-label={`Cancel ${task.name}`}
          title="Cancel"
          aria-disabled={pending !== null}
          onClick={() => void act("cancel")}
        >
          <IconStop />
        </button>
      )}
      {action && (
        <button
          type="button"
          className="row-action"
          aria-label={`Show the ${action} of ${task.name} as a call`}
          title={`Show the ${action} as a call`}
          aria-haspopup="dialog"
          onClick={() => onShowCall({ action, id: task.id })}
        >
          <IconCode />
        </button>
      )}
      <button
        type="button"
        className="row-action"
        aria-label={`Copy the link to ${task.name}`}
        title="Copy link"
        onClick={() => void copyLink(href)}
      >
        <IconLink />
      </button>
      <Link className="row-action" href={href} aria-label={`Open ${task.name}`} title="Open">
        <IconOpen />
      </Link>
    </div>
  );
}

async function copyLink(href: string): Promise<void> {
  const link = new URL(href, location.origin).href;
  try {
    await navigator.clipboard.writeText(link);
    say({ kind: "done", text: "Copied the link." });
  } catch {
    say({ kind: "failed", text: "The browser does not let the page copy.", next: `The link is ${link}` });
  }
}
