import { IconPause } from "@/components/icons";
import { Elapsed } from "@/components/instant";
import { Link } from "@/components/link";
import { SortHead } from "@/components/sort";
import { Sparkline } from "@/components/sparkline";
import type { QueueOrderField, QueueRowFragment, QueueStatsFragment } from "@/gql/operations";
import type { ListPage } from "@/lib/list-page";
import type { SteadyRow } from "@/lib/use-steady-rows";
import { drainWords, rateWords } from "./flow-words";
import { type Order, queueOrders } from "./order";

export type Queue = QueueRowFragment;
export type Stats = QueueStatsFragment["stats"];

/** What In, Out and Empty are told from. */
export const MINUTES = 15;

const sortable: QueueOrderField[] = ["NAME", "PAUSED", "QUEUEING", "OLDEST", "RUNNING"];
const others = ["In", "Out", "Empty", "Actions"];

interface Acts {
  onPause: (name: string) => void;
  onResume: (queue: Queue) => void;
}

interface Table extends Acts {
  rows: SteadyRow<Queue>[];
  order: Order;
  page: ListPage;
  /** By the name of the queue; empty until the numbers are there. */
  stats: Map<string, Stats>;
}

export function QueueTable({ rows, order, page, stats, ...acts }: Table) {
  return (
    // The head is a row as well.
    <table className="table queues-table" role="table" aria-label="Queues" aria-rowcount={page.rows + 1}>
      <thead role="rowgroup">
        <tr role="row">
          {sortable.map((field) => (
            <SortHead key={field} orders={queueOrders} order={order} field={field} />
          ))}
          {others.map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ row, left }, at) => (
          <QueueLine
            key={row.name}
            queue={row}
            left={left}
            index={page.start + at + 2}
            stats={stats.get(row.name)}
            {...acts}
          />
        ))}
      </tbody>
    </table>
  );
}

interface Line extends Acts {
  queue: Queue;
  left: boolean;
  /** Its number among all rows of the list, of which the head is 1. */
  index: number;
  stats: Stats | undefined;
}

function QueueLine({ queue, left, index, stats, onPause, onResume }: Line) {
  const { name, paused, pauseReason, queueing, running, oldestQueuedAt } = queue;
  const listed = (status: string) => `/?status=${status}&queue=${encodeURIComponent(name)}`;
  return (
    <tr
      role="row"
      aria-rowindex={index}
      className={left ? "left" : undefined}
      data-paused={paused || undefined}
    >
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
              paused{pauseReason && ":"}
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
  const went = stats ? stats.finished + stats.failed : 0;
  const { paused } = queue;
  const due = queue.oldestQueuedAt !== null;
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
      <td role="cell" data-label="Empty" className="cell-drains">
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
