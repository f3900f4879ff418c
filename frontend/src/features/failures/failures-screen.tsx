import { useCallback, useRef, useState } from "react";
import { callText, cut } from "@/components/call";
import { IconRetry } from "@/components/icons";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { Misread } from "@/components/misread";
import { NewRows } from "@/components/new-rows";
import { FailureProblem } from "@/components/problem";
import { Sparkline } from "@/components/sparkline";
import { Skeleton } from "@/components/skeleton";
import { reasonWords } from "@/components/status-look";
import { TableHead } from "@/components/table-head";
import { countWords } from "@/components/task-actions";
import {
  FailureMinutes,
  FailuresScreen as FailuresQuestion,
  type FailuresScreenQuery,
} from "@/gql/operations";
import { taskAddress, unknownIn, useAddress } from "@/lib/address";
import { isKey, useKey } from "@/lib/use-key";
import { useLeaving } from "@/lib/leaving";
import { useLive } from "@/lib/use-live";
import { useReading } from "@/lib/use-reading";
import { useTimed } from "@/lib/use-timed";
import { useRowKeys } from "@/lib/use-row-keys";
import { type Group, type ShownGroup, advance, emptyWindow, swept } from "./group-window";
import { RetryGroupDialog } from "./retry-group-dialog";

const columns = [
  "Failure",
  "Tasks",
  "Last hour",
  "Task types",
  "First seen",
  "Last seen",
  "Sample",
  "Actions",
];

/** Who has more kinds of failure than this has one that matters. */
const MOST_GROUPS = 100;
const HOUR = 60;

const rowsOf = ({ failureGroups }: FailuresScreenQuery) =>
  new Map(failureGroups.map((group) => [group.key, group]));

/** What fails, not which: failed tasks that have the same exception, message and place in the code are one row. */
export function FailuresScreen({ covered }: { covered: boolean }) {
  const address = useAddress();
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [retrying, setRetrying] = useState<Group | null>(null);
  /** New rows were asked for: until they are there, it does not matter that the mouse still rests on the old ones. */
  const [showing, setShowing] = useState(false);
  const isRead = useReading(listArea) || covered || retrying !== null;
  const reading = isRead && !showing;
  const { data, state, retry } = useLive(FailuresQuestion, { first: MOST_GROUPS }, { rowsOf });
  const recent = useTimed(FailureMinutes, data && { first: MOST_GROUPS, minutes: HOUR }, data);
  const minutes = new Map(recent?.failureGroups.map((group) => [group.key, group.minutes]));
  const [shown, setShown] = useState(emptyWindow);
  const next = data ? advance(shown, data.failureGroups, reading) : shown;
  if (next !== shown) setShown(next);
  if (showing && data) setShowing(false);

  useLeaving(
    next.rows.filter(({ left }) => left).map(({ group }) => group.key),
    next.reading,
    (key) => setShown((now) => swept(now, key)),
  );

  const showNew = useCallback(() => {
    document.getSelection()?.removeAllRanges();
    scrollTo({ top: 0 });
    heading.current?.focus();
    setShowing(true);
  }, []);
  useKey("new", showNew);
  useRowKeys(listArea);

  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Failures
      </h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      <Misread misread={unknownIn(address.search, [])} />
      <NewRows words={newKinds(shown.waiting)} onShow={showNew} />
      <div ref={listArea} className="list">
        {data === null ? (
          state.name === "loading" && <Skeleton lines={5} />
        ) : shown.rows.length > 0 ? (
          <>
            <p className="quiet failures-words">
              FAILED tasks by what went wrong: an error, a timeout, a loss or a rejection. Retried ones leave
              their row until they fail again. {"<n>, <id> and <time>"} stand for what differs.
            </p>
            <GroupTable rows={shown.rows} minutes={minutes} onRetry={setRetrying} />
          </>
        ) : (
          <NothingFailed />
        )}
      </div>
      {data !== null && data.failureGroups.length >= MOST_GROUPS && (
        <p className="quiet">
          These are the {MOST_GROUPS} kinds that were seen last; there may be more.{" "}
          <Link href="/?status=failed">List the failed tasks themselves</Link>
        </p>
      )}
      <RetryGroupDialog group={retrying} onClose={() => setRetrying(null)} />
    </>
  );
}

function newKinds(waiting: number): string | null {
  if (waiting === 0) return null;
  return waiting === 1 ? "1 new kind of failure" : `${waiting} new kinds of failure`;
}

function NothingFailed() {
  return (
    <div className="empty">
      <p>No task has failed by an error or a timeout, was lost or was rejected.</p>
      <p>
        One that does appears here by itself, together with those that fail in the same way. What was
        cancelled or has expired is in the list. <Link href="/?status=failed">See all that are FAILED</Link>
      </p>
    </div>
  );
}

type OnRetry = (group: Group) => void;

type Minutes = readonly { failed: number }[];

interface Table {
  rows: ShownGroup[];
  /** By the key of the group; empty until the numbers are there. */
  minutes: Map<string, Minutes>;
  onRetry: OnRetry;
}

function GroupTable({ rows, minutes, onRetry }: Table) {
  return (
    <table className="table failures-table" role="table" aria-label="Failures">
      <TableHead columns={columns} />
      <tbody role="rowgroup">
        {rows.map((row) => (
          <GroupLine key={row.group.key} {...row} minutes={minutes.get(row.group.key)} onRetry={onRetry} />
        ))}
      </tbody>
    </table>
  );
}

type Line = ShownGroup & { minutes: Minutes | undefined; onRetry: OnRetry };

function GroupLine({ group, left, minutes, onRetry }: Line) {
  const { key, title, frame, count, names, firstSeenAt, lastSeenAt, sample } = group;
  const listed = `/?status=failed&failure=${encodeURIComponent(key)}`;
  const reason = sample.reason ? reasonWords[sample.reason] : "";
  const call = `${sample.name}(${cut(callText(sample.args, sample.kwargs), 60)})`;
  const press = (event: React.KeyboardEvent) => {
    if (left || !isKey(event, "retry")) return;
    event.preventDefault();
    onRetry(group);
  };
  return (
    <tr role="row" className={left ? "left" : undefined} onKeyDown={press}>
      <th role="rowheader" scope="row" className="cell-failure">
        <Link href={listed} title={`List ${countWords(count)}`}>
          {title}
        </Link>
        {(left || reason) && (
          <span className="qualifier">{left ? "no task failed so any more" : reason}</span>
        )}
        {frame !== null && <span className="failure-frame">in {frame}</span>}
      </th>
      <td role="cell" data-label="Tasks" className="number">
        {left ? "0" : count.toLocaleString("en")}
      </td>
      <td role="cell" data-label="Last hour" className="cell-flow tone-bad">
        {minutes && <LastHour minutes={minutes} />}
      </td>
      <td role="cell" data-label="Task types" className="cell-names">
        {names.map((name, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <Link href={`/?status=failed&name=${encodeURIComponent(name)}`}>{name}</Link>
          </span>
        ))}
      </td>
      <td role="cell" data-label="First seen" className="number">
        <Distance at={firstSeenAt} />
      </td>
      <td role="cell" data-label="Last seen" className="number">
        <Distance at={lastSeenAt} />
      </td>
      <td role="cell" data-label="Sample" className="cell-sample">
        <Link href={taskAddress(sample.id)} title={`${call}, queue ${sample.queue}`}>
          {call}
        </Link>
      </td>
      <td role="cell" className="cell-buttons">
        {!left && (
          <button
            type="button"
            className="button small"
            aria-keyshortcuts="R"
            aria-label={`Retry ${countWords(count)} with ${title}`}
            onClick={() => onRetry(group)}
          >
            <IconRetry />
            Retry {count === 1 ? "it" : "all"}
          </button>
        )}
      </td>
    </tr>
  );
}

/** Tasks that were retried since no longer count: a group has those that are FAILED now. */
function LastHour({ minutes }: { minutes: Minutes }) {
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  if (failed === 0) return <span className="quiet">none</span>;
  return (
    <span className="rate">
      <Sparkline counts={fives(minutes)} />
      <span>{failed.toLocaleString("en")}</span>
    </span>
  );
}

/** So many columns as can be told apart in a cell: one for each five minutes. */
function fives(minutes: Minutes): number[] {
  return Array.from({ length: Math.ceil(minutes.length / 5) }, (_, place) =>
    minutes.slice(place * 5, place * 5 + 5).reduce((sum, { failed }) => sum + failed, 0),
  );
}
