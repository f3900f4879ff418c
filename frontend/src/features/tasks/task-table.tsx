import { memo } from "react";
import { Call, cut } from "@/components/call";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { Qualifier } from "@/components/qualifier";
import { Ran, Waited } from "@/components/spans";
import { StatusChip } from "@/components/status-chip";
import { taskAddress } from "@/lib/address";
import type { TaskRowFragment } from "@/gql/operations";
import { printInline } from "@/lib/json";
import type { ShownRow } from "./task-window";

/** More does not fit a cell; the task itself shows the whole. */
const LONGEST = 160;

const columns = ["Status", "Task", "Result", "Queue", "Attempt", "Worker", "Created", "Waited", "Ran"];

/*
 * The roles are said aloud because the phone layout shows the rows as cards, and a table that is displayed otherwise
 * loses its meaning for screen readers.
 */
export function TaskTable({ rows, workersReady }: { rows: ShownRow[]; workersReady: boolean }) {
  return (
    <table className="table tasks-table" role="table" aria-label="Tasks">
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <TaskLine key={row.task.id} task={row.task} left={row.left} workersReady={workersReady} />
        ))}
      </tbody>
    </table>
  );
}

interface Line {
  task: TaskRowFragment;
  left: boolean;
  workersReady: boolean;
}

const TaskLine = memo(function TaskLine({ task, left, workersReady }: Line) {
  return (
    <tr role="row" className={left ? "left" : undefined} data-status={task.status}>
      <td role="cell" className="cell-status">
        <StatusChip status={task.status} />
        <span className="qualifier">
          {left ? "no longer in this list" : <Qualifier task={task} workersReady={workersReady} />}
        </span>
      </td>
      <th role="rowheader" scope="row" className="cell-task">
        <Link href={taskAddress(task.id)}>
          <Call name={task.name} args={task.args} kwargs={task.kwargs} />
        </Link>
      </th>
      <td role="cell" className="cell-result">
        <Outcome task={task} />
      </td>
      <td role="cell" data-label="Queue">
        {task.queue}
      </td>
      <td role="cell" data-label="Attempt" className="number">
        {task.attempt || "–"}
      </td>
      <td role="cell" data-label="Worker">
        {task.worker?.topic ?? "–"}
      </td>
      <td role="cell" data-label="Created" className="number">
        <Distance at={task.createdAt} />
      </td>
      <td role="cell" data-label="Waited" className="number">
        <Waited task={task} />
      </td>
      <td role="cell" data-label="Ran" className="number">
        <Ran task={task} />
      </td>
    </tr>
  );
});

function Outcome({ task }: { task: TaskRowFragment }) {
  if (task.status === "FINISHED")
    return <span className="result">{printInline(task.result ?? null, LONGEST)}</span>;
  const firstLine = task.error?.split("\n", 1)[0] ?? "";
  return <span className="error-line">{cut(firstLine, LONGEST)}</span>;
}
