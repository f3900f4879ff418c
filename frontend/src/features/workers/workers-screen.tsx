import { type CSSProperties, useMemo, useRef, useState } from "react";
import { Call } from "@/components/call";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { Misread } from "@/components/misread";
import { PageLinks } from "@/components/page-links";
import { FailureProblem } from "@/components/problem";
import { Qualifier } from "@/components/qualifier";
import { Skeleton } from "@/components/skeleton";
import { StatusChip } from "@/components/status-chip";
import { workerStateWords } from "@/components/status-look";
import { TableHead } from "@/components/table-head";
import { WorkersScreen as WorkersQuestion, type WorkersScreenQuery } from "@/gql/operations";
import { taskAddress, unknownIn, useAddress } from "@/lib/address";
import { type ListPage, PAGE_ROWS, numberedPage } from "@/lib/list-page";
import { useLive } from "@/lib/use-live";
import { useReading } from "@/lib/use-reading";
import { useRowKeys } from "@/lib/use-row-keys";
import { type SteadyRow, useSteadyRows } from "@/lib/use-steady-rows";
import { useTurn } from "@/lib/use-turn";
import { DrainDialog } from "./drain-dialog";
import { type Worker, lostLast } from "./lost-last";

const columns = [
  "Worker",
  "State",
  "Running now",
  "Current",
  "Pending",
  "Queues",
  "Finished",
  "Failed",
  "Last beat",
  "Actions",
];

const rowsOf = ({ workers }: WorkersScreenQuery) => new Map(workers.map((worker) => [worker.topic, worker]));

/** The load table made visible: one row a worker, what it runs (current) and what it holds (pending). */
export function WorkersScreen() {
  const { data, state, retry } = useLive(WorkersQuestion, {}, { rowsOf });
  const [draining, setDraining] = useState<string | null>(null);
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const reading = useReading(listArea) || draining !== null;
  const answer = useMemo(() => data && lostLast(data.workers), [data]);
  const rows = useSteadyRows(answer, { keyOf: ({ topic }) => topic, reading });
  const address = useAddress();
  const page = numberedPage(address, rows.length);
  const turn = useTurn(heading);
  useRowKeys(listArea);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Workers
      </h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={3} />
      ) : rows.length > 0 ? (
        <>
          <div className="above-list">
            <p className="quiet">{howMany(rows)}</p>
            <PageLinks label="Pages" page={page} onTurn={turn} />
          </div>
          <Misread misread={unknownIn(address.search, ["page"])} />
          <div ref={listArea}>
            <WorkerTable rows={rows} page={page} onDrain={setDraining} />
          </div>
          <PageLinks label="Pages, below the list" page={page} onTurn={turn} />
        </>
      ) : (
        <div className="empty">
          <p>No worker is running: tasks wait until one starts.</p>
          <p>
            Stop Zonda and start it with workers: <code className="command">./RUN.sh -w 2</code>
          </p>
        </div>
      )}
      <DrainDialog topic={draining} onClose={() => setDraining(null)} />
    </>
  );
}

/** Those who are lost may be pages away: that there are some is said at the top. */
function howMany(rows: SteadyRow<Worker>[]): string {
  const there = rows.filter(({ left }) => !left);
  const lost = there.filter(({ row }) => row.state === "LOST").length;
  const all = there.length === 1 ? "1 worker" : `${there.length} workers`;
  if (lost === 0) return all;
  return `${all}, ${lost} of them lost${rows.length > PAGE_ROWS ? " and listed last" : ""}`;
}

type OnDrain = (topic: string) => void;

interface Table {
  rows: SteadyRow<Worker>[];
  /** Which of them are shown. */
  page: ListPage;
  onDrain: OnDrain;
}

function WorkerTable({ rows, page, onDrain }: Table) {
  return (
    // The head is a row as well.
    <table className="table workers-table" role="table" aria-label="Workers" aria-rowcount={rows.length + 1}>
      <TableHead columns={columns} />
      <tbody role="rowgroup">
        {rows.slice(page.start, page.end).map(({ row, left }, at) => (
          <WorkerLine
            key={row.topic}
            worker={row}
            left={left}
            index={page.start + at + 2}
            onDrain={onDrain}
          />
        ))}
      </tbody>
    </table>
  );
}

interface Line {
  worker: Worker;
  left: boolean;
  /** Its number among all rows of the table, of which the head is 1. */
  index: number;
  onDrain: OnDrain;
}

function WorkerLine({ worker, left, index, onDrain }: Line) {
  const isHere = !left && worker.state !== "LOST";
  return (
    <tr role="row" aria-rowindex={index} className={isHere ? undefined : "left"}>
      <th role="rowheader" scope="row" className="cell-task">
        <span className="call-name">{worker.topic}</span>{" "}
        <span className="quiet">
          {worker.name === worker.topic ? "" : `${worker.name} · `}
          {worker.host} · pid {worker.pid}
        </span>
      </th>
      <td role="cell" data-label="State">
        <span className={worker.state === "READY" && !left ? undefined : "mark"}>
          {left ? "gone" : workerStateWords[worker.state]}
        </span>
      </td>
      <td role="cell" className="cell-result">
        {isHere ? (
          <Slots worker={worker} />
        ) : worker.lostTasks.length > 0 ? (
          <LostTasks worker={worker} />
        ) : (
          "–"
        )}
      </td>
      <td role="cell" data-label="Current" className="number">
        {worker.current} of {worker.slots}
      </td>
      <td role="cell" data-label="Pending" className="number">
        {worker.pending}
      </td>
      <td role="cell" data-label="Queues">
        {worker.queues.includes("*") ? "all" : worker.queues.join(", ")}
      </td>
      <td role="cell" data-label="Finished" className="number">
        {worker.succeeded.toLocaleString("en")}
      </td>
      <td role="cell" data-label="Failed" className="number">
        {worker.failed.toLocaleString("en")}
      </td>
      <td role="cell" data-label="Last beat" className="number">
        <Distance at={worker.lastBeatAt} />
      </td>
      <td role="cell" className="cell-buttons">
        {isHere && worker.state !== "DRAINING" && (
          <button
            type="button"
            className="button small"
            aria-label={`Drain ${worker.topic}`}
            onClick={() => onDrain(worker.topic)}
          >
            Drain
          </button>
        )}
      </td>
    </tr>
  );
}

/** A cell for each slot: the task that runs in it, or an idle one. */
function Slots({ worker }: { worker: Worker }) {
  const running = worker.tasks.filter(({ status }) => status === "RUNNING");
  const idle = Math.max(0, worker.slots - running.length);
  return (
    <ul className="slots">
      {running.map((task) => (
        <BusySlot key={task.id} task={task} />
      ))}
      {Array.from({ length: idle }, (_, slot) => (
        <li key={slot} className="slot">
          idle
        </li>
      ))}
    </ul>
  );
}

/** Filled as far as its task says that it is, and in words for those who cannot see how far. */
function BusySlot({ task }: { task: Worker["tasks"][number] }) {
  const fraction = task.progress?.fraction ?? null;
  const style = fraction === null ? undefined : ({ "--done": fraction } as CSSProperties);
  return (
    <li className="slot busy" style={style} title={task.progress?.message ?? undefined}>
      <Link href={taskAddress(task.id)}>{task.name}</Link>
      {fraction !== null && <span>{Math.floor(fraction * 100)} %</span>}
    </li>
  );
}

/** The question asks for one more. */
const LOST_SHOWN = 5;

/** What a lost worker ran, and what has become of it since. */
function LostTasks({ worker: { topic, lostTasks } }: { worker: Worker }) {
  return (
    <>
      <span className="quiet">Was running</span>
      <ul className="lost-tasks" aria-label={`What ${topic} was running`}>
        {lostTasks.slice(0, LOST_SHOWN).map((task) => (
          <li key={task.id}>
            <StatusChip status={task.status} />
            <Link href={taskAddress(task.id)}>
              <Call {...task} />
            </Link>
            <span className="qualifier">
              <Qualifier task={task} />
            </span>
          </li>
        ))}
        {lostTasks.length > LOST_SHOWN && <li className="quiet">and more</li>}
      </ul>
    </>
  );
}
