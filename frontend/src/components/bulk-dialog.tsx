import type { TaskStatus } from "@/gql/operations";
import type { Json } from "@/lib/json";
import { say } from "@/lib/notices";
import { callText } from "./call";
import { ConfirmDialog } from "./confirm-dialog";
import { StatusChip } from "./status-chip";
import {
  type Chosen,
  type TaskAction,
  callOf,
  carryOut,
  countWords,
  doneWords,
  taskActions,
} from "./task-actions";

/** What an action would be done to. Only what it fits: the server refuses it for the rest. */
export interface Bulk {
  action: TaskAction;
  what: Chosen;
  /** How many; null where that can't be counted fast. */
  count: number | null;
  /** Some of them, to show; null while they are not known yet. */
  tasks: ShownTask[] | null;
}

interface ShownTask {
  id: string;
  name: string;
  args: Json;
  kwargs: Json;
  status: TaskStatus;
}

/** More would not be read before pressing the button. */
export const SHOWN = 5;

const consequences = {
  retry: "Each waits in its queue again and keeps its earlier attempts; its old result or error goes.",
  cancel: "Those that wait never start. Those that run are told to end, and killed if they do not.",
  delete: "They go with their attempts and logs, for good.",
} satisfies Record<TaskAction, string>;

interface Props {
  bulk: Bulk | null;
  onClose: () => void;
  onDone?: () => void;
}

/** Asks before something is done to many tasks: to how many, and some of them by name. */
export function BulkDialog({ bulk, onClose, onDone }: Props) {
  if (!bulk) return null;
  const { action, count, tasks, what } = bulk;
  const { label } = taskActions[action];
  const many = count === null ? "all that match" : countWords(count);
  const shown = tasks?.slice(0, SHOWN) ?? [];
  const rest = count === null ? null : Math.max(0, count - shown.length);
  return (
    <ConfirmDialog
      open
      title={`${label} ${many}?`}
      confirm={`${label} ${many}`}
      onClose={onClose}
      call={callOf(action, what)}
      onConfirm={async () => {
        say({ kind: "done", text: doneWords(action, await carryOut(action, what)) });
        onDone?.();
      }}
    >
      <ul className="confirm-tasks">
        {shown.map((task) => (
          <li key={task.id}>
            <StatusChip status={task.status} />
            <span className="call confirm-call">
              <span className="call-name">{task.name}</span>
              <span className="call-arguments">({callText(task.args, task.kwargs)})</span>
            </span>
          </li>
        ))}
        {tasks === null && <li className="quiet">Looking up what it is done to…</li>}
        {tasks !== null && rest !== 0 && (
          <li className="quiet">{rest === null ? "and others" : `and ${rest.toLocaleString("en")} more`}</li>
        )}
      </ul>
      <p>{consequences[action]}</p>
      {"filter" in what && (
        <p>It goes for every task that matches at that moment, also for one created since.</p>
      )}
    </ConfirmDialog>
  );
}
