import { useState } from "react";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { workerStateWords } from "@/components/status-look";
import { WorkersScreen as WorkersQuestion, type WorkersScreenQuery } from "@/gql/operations";
import { taskAddress } from "@/lib/address";
import { useLive } from "@/lib/use-live";
import { DrainDialog } from "./drain-dialog";

type Worker = WorkersScreenQuery["workers"][number];

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

/** The load table made visible: one row a worker, what it runs (current) and what it holds (pending). */
export function WorkersScreen() {
  const { data, state, retry } = useLive(WorkersQuestion, {});
  const [draining, setDraining] = useState<string | null>(null);
  return (
    <>
      <h1 tabIndex={-1}>Workers</h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={3} />
      ) : data.workers.length > 0 ? (
        <WorkerTable workers={data.workers} onDrain={setDraining} />
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

type OnDrain = (topic: string) => void;

function WorkerTable({ workers, onDrain }: { workers: Worker[]; onDrain: OnDrain }) {
  return (
    <table className="table workers-table" role="table" aria-label="Workers">
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
        {workers.map((worker) => (
          <WorkerLine key={worker.topic} worker={worker} onDrain={onDrain} />
        ))}
      </tbody>
    </table>
  );
}

function WorkerLine({ worker, onDrain }: { worker: Worker; onDrain: OnDrain }) {
  return (
    <tr role="row" className={worker.state === "LOST" ? "left" : undefined}>
      <th role="rowheader" scope="row" className="cell-task">
        <span className="call-name">{worker.topic}</span>{" "}
        <span className="quiet">
          {worker.name === worker.topic ? "" : `${worker.name} · `}
          {worker.host} · pid {worker.pid}
        </span>
      </th>
      <td role="cell" data-label="State">
        <span className={worker.state === "READY" ? undefined : "mark"}>
          {workerStateWords[worker.state]}
        </span>
      </td>
      <td role="cell" className="cell-result">
        <Slots worker={worker} />
      </td>
      <td role="cell" data-label="Current" className="number">
        {worker.current} of {worker.slots}
      </td>
      <td role="cell" data-label="Pending" className="number">
        {worker.pending}
      </td>
      <td role="cell" data-label="Queues">
        {worker.queues.join(", ")}
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
        {(worker.state === "READY" || worker.state === "STARTING") && (
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
  if (worker.state === "LOST") return <>–</>;
  const running = worker.tasks.filter(({ status }) => status === "RUNNING");
  const idle = Math.max(0, worker.slots - running.length);
  return (
    <ul className="slots">
      {running.map((task) => (
        <li key={task.id} className="slot busy">
          <Link href={taskAddress(task.id)}>{task.name}</Link>
          {task.progress?.fraction != null && ` ${Math.floor(task.progress.fraction * 100)} %`}
        </li>
      ))}
      {Array.from({ length: idle }, (_, slot) => (
        <li key={slot} className="slot">
          idle
        </li>
      ))}
    </ul>
  );
}
