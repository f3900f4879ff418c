import { useState } from "react";
import { IconPause } from "@/components/icons";
import { Elapsed } from "@/components/instant";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { QueuesScreen as QueuesQuestion, type QueuesScreenQuery } from "@/gql/operations";
import { useLive } from "@/lib/use-live";
import { PauseDialog } from "./pause-dialog";
import { ResumeButton } from "./resume-button";

type Queue = QueuesScreenQuery["queues"][number];

const columns = ["Queue", "State", "Queueing", "Oldest", "Running", "Actions"];

/** Every queue: how much waits in it and for how long, and whether its tasks are granted. */
export function QueuesScreen() {
  const { data, state, retry } = useLive(QueuesQuestion, {});
  const [pausing, setPausing] = useState<string | null>(null);
  return (
    <>
      <h1 tabIndex={-1}>Queues</h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={3} />
      ) : data.queues.length > 0 ? (
        <QueueTable queues={data.queues} onPause={setPausing} />
      ) : (
        <div className="empty">
          <p>No queue has been used yet.</p>
          <p>
            A queue is there once a task names it; <code>default</code> is for those that name none.{" "}
            <Link href="/queues?create=">Create a task</Link>
          </p>
        </div>
      )}
      <PauseDialog queue={pausing} onClose={() => setPausing(null)} />
    </>
  );
}

function QueueTable({ queues, onPause }: { queues: Queue[]; onPause: (name: string) => void }) {
  return (
    <table className="table queues-table" role="table" aria-label="Queues">
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
        {queues.map((queue) => (
          <QueueLine key={queue.name} queue={queue} onPause={onPause} />
        ))}
      </tbody>
    </table>
  );
}

function QueueLine({ queue, onPause }: { queue: Queue; onPause: (name: string) => void }) {
  const { name, paused, pauseReason, queueing, running, oldestQueuedAt } = queue;
  const listed = (status: string) => `/?status=${status}&queue=${encodeURIComponent(name)}`;
  return (
    <tr role="row" data-paused={paused || undefined}>
      <th role="rowheader" scope="row" className="cell-task">
        <Link href={`/?queue=${encodeURIComponent(name)}`}>
          <span className="call-name">{name}</span>
        </Link>
      </th>
      <td role="cell" data-label="State" className="cell-state">
        {paused ? (
          <span className="queue-state">
            <span className="mark">
              <IconPause />
              paused
            </span>
            {pauseReason && <span className="reason">{pauseReason}</span>}
          </span>
        ) : (
          "open"
        )}
      </td>
      <td role="cell" data-label="Queueing" className="number">
        <Link href={listed("queueing")}>{queueing.toLocaleString("en")}</Link>
      </td>
      <td role="cell" data-label="Oldest" className="number">
        {oldestQueuedAt === null ? "–" : <Elapsed since={oldestQueuedAt} />}
      </td>
      <td role="cell" data-label="Running" className="number">
        <Link href={listed("running")}>{running.toLocaleString("en")}</Link>
      </td>
      <td role="cell" className="cell-buttons">
        {paused ? (
          <ResumeButton queue={name} />
        ) : (
          <button
            type="button"
            className="button small"
            aria-label={`Pause ${name}`}
            onClick={() => onPause(name)}
          >
            Pause
          </button>
        )}
      </td>
    </tr>
  );
}
