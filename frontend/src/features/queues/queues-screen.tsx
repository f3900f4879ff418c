import { useRef, useState } from "react";
import { IconPause } from "@/components/icons";
import { Elapsed } from "@/components/instant";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { Sparkline } from "@/components/sparkline";
import { TableHead } from "@/components/table-head";
import {
  QueueFlow,
  type QueueFlowQuery,
  QueuesScreen as QueuesQuestion,
  type QueuesScreenQuery,
} from "@/gql/operations";
import { useNow } from "@/lib/clock";
import { useLive } from "@/lib/use-live";
import { useReading } from "@/lib/use-reading";
import { useRowKeys } from "@/lib/use-row-keys";
import { type SteadyRow, useSteadyRows } from "@/lib/use-steady-rows";
import { useTimed } from "@/lib/use-timed";
import { drainWords, rateWords } from "./flow-words";
import { PauseDialog } from "./pause-dialog";
import { ResumeDialog } from "./resume-dialog";

type Queue = QueuesScreenQuery["queues"][number];

const columns = ["Queue", "State", "Queueing", "Oldest", "Running", "In", "Out", "Drains", "Actions"];

type Stats = QueueFlowQuery["queues"][number]["stats"];

/** What In, Out and Drains are told from. */
const MINUTES = 15;

const rowsOf = ({ queues }: QueuesScreenQuery) => new Map(queues.map((queue) => [queue.name, queue]));

/** Every queue: how much waits in it and for how long, and whether its tasks are granted. */
export function QueuesScreen() {
  const { data, state, retry } = useLive(QueuesQuestion, {}, { rowsOf });
  const flow = useTimed(QueueFlow, data && { minutes: MINUTES }, data);
  const stats = new Map(flow?.queues.map((queue) => [queue.name, queue.stats]));
  const [pausing, setPausing] = useState<string | null>(null);
  const [resuming, setResuming] = useState<Queue | null>(null);
  const listArea = useRef<HTMLDivElement>(null);
  const reading = useReading(listArea) || pausing !== null || resuming !== null;
  const rows = useSteadyRows(data?.queues ?? null, { keyOf: ({ name }) => name, reading });
  useRowKeys(listArea);
  return (
    <>
      <h1 tabIndex={-1}>Queues</h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={3} />
      ) : rows.length > 0 ? (
        <div ref={listArea}>
          <QueueTable rows={rows} stats={stats} onPause={setPausing} onResume={setResuming} />
        </div>
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
      <ResumeDialog queue={resuming} onClose={() => setResuming(null)} />
    </>
  );
}

interface Acts {
  onPause: (name: string) => void;
  onResume: (queue: Queue) => void;
}

function QueueTable({
  rows,
  stats,
  ...acts
}: { rows: SteadyRow<Queue>[]; stats: Map<string, Stats> } & Acts) {
  return (
    <table className="table queues-table" role="table" aria-label="Queues">
      <TableHead columns={columns} />
      <tbody role="rowgroup">
        {rows.map(({ row, left }) => (
          <QueueLine key={row.name} queue={row} left={left} stats={stats.get(row.name)} {...acts} />
        ))}
      </tbody>
    </table>
  );
}

interface Line extends Acts {
  queue: Queue;
  left: boolean;
  stats: Stats | undefined;
}

function QueueLine({ queue, left, stats, onPause, onResume }: Line) {
  const { name, paused, pauseReason, queueing, running, oldestQueuedAt } = queue;
  const listed = (status: string) => `/?status=${status}&queue=${encodeURIComponent(name)}`;
  return (
    <tr role="row" className={left ? "left" : undefined} data-paused={paused || undefined}>
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
      <FlowCells queue={queue} stats={stats} />
      <td role="cell" className="cell-buttons">
        {paused ? (
          <button
            type="button"
            className="button small"
            aria-label={`Resume ${name}`}
            onClick={() => onResume(queue)}
          >
            Resume
          </button>
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

/** What came, what went, and when nothing would wait any more; nothing until the numbers are there. */
function FlowCells({ queue, stats }: { queue: Queue; stats: Stats | undefined }) {
  const now = useNow();
  const went = stats ? stats.finished + stats.failed : 0;
  const { paused, oldestQueuedAt: since } = queue;
  const due = since === null || Date.parse(since) <= now;
  return (
    <>
      <td role="cell" data-label="In" className="cell-flow">
        {stats && <Rate tasks={stats.created} counts={stats.minutes.map(({ created }) => created)} />}
      </td>
      <td role="cell" data-label="Out" className="cell-flow">
        {stats && (
          <Rate tasks={went} counts={stats.minutes.map(({ finished, failed }) => finished + failed)} />
        )}
      </td>
      <td role="cell" data-label="Drains" className="cell-drains">
        {stats &&
          drainWords(queue.queueing, { paused, due }, { came: stats.created, went, minutes: MINUTES })}
      </td>
    </>
  );
}

function Rate({ tasks, counts }: { tasks: number; counts: number[] }) {
  return (
    <span className="rate" title={`${tasks.toLocaleString("en")} in ${MINUTES} min`}>
      <Sparkline counts={counts} />
      <span>{rateWords(tasks, MINUTES)}</span>
    </span>
  );
}
