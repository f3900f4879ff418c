import { memo, useEffect, useRef, useState } from "react";
import { Call, callText, cut } from "@/components/call";
import { CallDialog, type ShownCall } from "@/components/call-dialog";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { ProgressLine } from "@/components/progress-line";
import { attemptWords, shortWords } from "@/components/qualifier";
import { RetryQuestion, losesResult } from "@/components/retry-question";
import { Sentence } from "@/components/sentence";
import { Ran, Waited } from "@/components/spans";
import { SortHead } from "@/components/sort";
import { StatusChip } from "@/components/status-chip";
import { fits } from "@/components/task-actions";
import { useTaskAction } from "@/components/use-task-action";
import type { TaskOrderField, TaskRowFragment } from "@/gql/operations";
import { taskAddress } from "@/lib/address";
import { printInline } from "@/lib/json";
import { isKey } from "@/lib/use-key";
import { type Order, orderLook, taskOrders } from "./order";
import { RowActions } from "./row-actions";
import { type Selection, isSelected, isSeveral } from "./selection";
import type { ShownRow } from "./task-window";

/** More does not fit a cell; the task itself shows the whole. */
const LONGEST = 160;

/** The one that shows what the list is sorted by; when tasks were created, unless something else was chosen. */
const SORTED = "sorted";
const columns = ["Status", "Task", "Result", "Queue", "Attempt", "Worker", SORTED, "Waited", "Ran"];

/** In an order that a task can move in, nobody knows whether it has left the list or its place alone. */
const leftWords = {
  CREATED: "the list",
  STARTED: "its place",
  FINISHED: "its place",
  PRIORITY: "the list",
} satisfies Record<TaskOrderField, string>;

interface Props {
  rows: ShownRow[];
  order: Order;
  searching: boolean;
  selection: Selection;
  /** `range`: also the rows between it and the one toggled last. */
  onToggle: (id: string, range: boolean) => void;
  onTogglePage: () => void;
}

/*
 * The roles are said aloud because the phone layout shows the rows as cards, and a table that is displayed otherwise
 * loses its meaning for screen readers.
 */
export function TaskTable({ rows, order, searching, selection, onToggle, onTogglePage }: Props) {
  const [asked, setAsked] = useState<TaskRowFragment | null>(null);
  const [call, setCall] = useState<ShownCall | null>(null);
  const selected = rows.filter(({ task }) => isSelected(selection, task.id)).length;
  const several = isSeveral(selection);
  return (
    <>
      {/* Not in its row, which may leave the list while it is asked. */}
      <CallDialog shown={call} onClose={() => setCall(null)} />
      {asked && <RetryQuestion task={asked} open onClose={() => setAsked(null)} />}
      <table className="table tasks-table" role="table" aria-label="Tasks">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col" className="cell-select">
              <PageCheckbox selected={selected} of={rows.length} onToggle={onTogglePage} />
            </th>
            {columns.map((column) =>
              column === SORTED ? (
                <SortedHead key={column} order={order} searching={searching} />
              ) : (
                <th key={column} role="columnheader" scope="col">
                  {column}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <TaskLine
              key={row.task.id}
              task={row.task}
              left={row.left}
              sortedBy={order.field}
              selected={isSelected(selection, row.task.id)}
              several={several && isSelected(selection, row.task.id)}
              onToggle={onToggle}
              onAsk={setAsked}
              onShowCall={setCall}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The head of the column that the list is sorted by. It turns the order round, but for a search. */
function SortedHead({ order, searching }: { order: Order; searching: boolean }) {
  if (!searching) return <SortHead orders={taskOrders} order={order} field={order.field} />;
  return (
    <th role="columnheader" scope="col" aria-sort={order.descending ? "descending" : "ascending"}>
      {orderLook[order.field].label}
    </th>
  );
}

function PageCheckbox({ selected, of, onToggle }: { selected: number; of: number; onToggle: () => void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = selected > 0 && selected < of;
  }, [selected, of]);
  return (
    <label className="check">
      <input
        ref={box}
        type="checkbox"
        aria-label="Select every row on this page"
        checked={of > 0 && selected === of}
        onChange={onToggle}
      />
      <span className="check-word" aria-hidden="true">
        All of this page
      </span>
    </label>
  );
}

interface Line {
  task: TaskRowFragment;
  left: boolean;
  sortedBy: TaskOrderField;
  selected: boolean;
  /** It is one of several that are selected. */
  several: boolean;
  onToggle: (id: string, range: boolean) => void;
  /** It is to be retried, and that is to be asked first. */
  onAsk: (task: TaskRowFragment) => void;
  onShowCall: (shown: ShownCall) => void;
}

const TaskLine = memo(function TaskLine({
  task,
  left,
  sortedBy,
  selected,
  several,
  onToggle,
  onAsk,
  onShowCall,
}: Line) {
  const { act, pending } = useTaskAction(task);
  const retry = () => (losesResult(task.status) ? onAsk(task) : void act("retry"));
  const press = (event: React.KeyboardEvent<HTMLTableRowElement>) => {
    const onLink = event.target instanceof HTMLAnchorElement;
    const isRetry = isKey(event, "retry");
    const isCancel = isKey(event, "cancel");
    if (onLink && isKey(event, "select")) onToggle(task.id, event.shiftKey);
    // The screen does it to all of them.
    else if ((!isRetry && !isCancel) || several) return;
    else if (isRetry && fits("retry", task.status)) retry();
    else if (isCancel && fits("cancel", task.status) && !task.cancelling) void act("cancel");
    // Also where it does not fit: who is on another row does not mean those that are selected.
    event.preventDefault();
  };
  return (
    <tr
      role="row"
      className={left ? "left" : undefined}
      data-status={task.status}
      data-selected={selected || undefined}
      onKeyDown={press}
    >
      <td role="cell" className="cell-select">
        <label className="check">
          <input
            type="checkbox"
            aria-label={`Select ${task.name}(${cut(callText(task.args, task.kwargs), 40)})`}
            checked={selected}
            // The click tells whether Shift is held, the change does not.
            onClick={(event) => onToggle(task.id, event.shiftKey)}
            onChange={() => {}}
          />
        </label>
      </td>
      <td role="cell" className="cell-status">
        <StatusChip status={task.status} />
        <span className="qualifier">
          {left ? (
            <>
              has left<span className="unseen"> {leftWords[sortedBy]}</span>
            </>
          ) : (
            shortWords(task)
          )}
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
      <td role="cell" data-label="Queue" className="cell-queue" title={task.queue}>
        {task.queue}
      </td>
      <td role="cell" data-label="Attempt" className="number" title={attemptWords(task)}>
        {task.attempt > 0 ? attemptWords(task) : "–"}
      </td>
      <td role="cell" data-label="Worker">
        {task.worker?.topic ?? "–"}
      </td>
      <td role="cell" data-label={orderLook[sortedBy].label} className="number">
        <Sorted task={task} by={sortedBy} />
      </td>
      <td role="cell" data-label="Waited" className="number">
        <Waited task={task} />
      </td>
      <td role="cell" data-label="Ran" className="number cell-ran">
        <Ran task={task} />
        <RowActions task={task} act={act} retry={retry} pending={pending} onShowCall={onShowCall} />
      </td>
    </tr>
  );
});

/** What its place in the list comes from. */
function Sorted({ task, by }: { task: TaskRowFragment; by: TaskOrderField }) {
  if (by === "PRIORITY") return task.priority;
  const at = { CREATED: task.createdAt, STARTED: task.startedAt, FINISHED: task.finishedAt }[by];
  return at === null ? "–" : <Distance at={at} />;
}

/** What came of it, or how far it is: result, error, progress, or why it waits. */
function Outcome({ task }: { task: TaskRowFragment }) {
  switch (task.status) {
    case "FINISHED":
      return <span className="result">{printInline(task.result ?? null, LONGEST)}</span>;
    case "FAILED":
      return <span className="error-line">{cut(task.error?.split("\n", 1)[0] ?? "", LONGEST)}</span>;
    case "RUNNING":
      return task.progress && <ProgressLine progress={task.progress} label={`Progress of ${task.name}`} />;
    case "QUEUEING":
      return (
        task.waiting && (
          <span className="waiting" title={task.waiting}>
            <Sentence text={task.waiting} />
          </span>
        )
      );
  }
}
