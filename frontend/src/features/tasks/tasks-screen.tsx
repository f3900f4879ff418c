import { useCallback, useRef, useState } from "react";
import { type Bulk, BulkDialog } from "@/components/bulk-dialog";
import { NewRows } from "@/components/new-rows";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { SortChoice } from "@/components/sort";
import { statuses } from "@/components/status-look";
import { TasksScreen as TasksQuestion, type TasksScreenQuery } from "@/gql/operations";
import { useAddress } from "@/lib/address";
import type { Rows } from "@/lib/changed-rows";
import { useLeaving } from "@/lib/leaving";
import { useLive } from "@/lib/use-live";
import { useKey } from "@/lib/use-key";
import { useReading } from "@/lib/use-reading";
import { useRowKeys } from "@/lib/use-row-keys";
import { useTurn } from "@/lib/use-turn";
import { bulkOf, matching } from "./bulk";
import { EmptyTasks } from "./empty-tasks";
import { queryFilter } from "./filter";
import { FilterBar } from "./filter-bar";
import { type Order, isNewestFirst, taskOrders } from "./order";
import { Pages } from "./pages";
import { MOST_COUNTED, isFirst, placeKey, placeOf, questionOf } from "./place";
import { isEmpty } from "./selection";
import { SelectionBar } from "./selection-bar";
import { StatusTiles } from "./status-tiles";
import { TaskTable } from "./task-table";
import { advance, emptyWindow, swept } from "./task-window";
import { ThroughputFold } from "./throughput-fold";
import { useSelection } from "./use-selection";

/** While rows are held, of those above them no more is known than their places. */
function rowsOf({ page, top, newer }: TasksScreenQuery): Rows {
  const tasks = [...page.edges.map(({ node }) => node), ...(top?.nodes ?? [])];
  return new Map<string, unknown>([
    ...tasks.map((task) => [task.id, task] as const),
    ...(newer?.edges ?? []).map(({ cursor }) => [cursor, null] as const),
  ]);
}

/** The live list of tasks. `covered`: something lies open above it, so nothing may move beneath. */
export function TasksScreen({ covered }: { covered: boolean }) {
  const address = useAddress();
  const place = placeOf(address.search);
  const key = placeKey(questionOf(place, null));
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const [bulk, setBulk] = useState<Bulk | null>(null);
  const [asking, setAsking] = useState(false);
  /** New rows were asked for: until they are there, it does not matter that the mouse still rests on the old ones. */
  const [showing, setShowing] = useState(false);

  const [shown, setShown] = useState(emptyWindow);
  const { selection, clear, ...select } = useSelection(key, shown.rows);

  // A further page stays as it is: only the first one may let new rows in.
  const isRead = useReading(listArea) || covered || asking || !isEmpty(selection);
  const reading = (isRead || !isFirst(place)) && !showing;

  const [top, second] = shown.rows;
  const holds = reading && isFirst(place) && shown.key === key && top;
  const question = questionOf(place, holds ? { top: top.cursor, second: second?.cursor ?? null } : null);
  const live = useLive(TasksQuestion, question, { place: key, rowsOf });

  const next =
    live.data && live.of
      ? advance(shown, {
          key: placeKey(live.of),
          answer: live.data,
          reading,
          fromEnd: live.of.before != null,
        })
      : shown;
  if (next !== shown) setShown(next);
  if (showing && next.answer && next.answer.newer === undefined) setShowing(false);

  useLeaving(
    next.rows.filter(({ left }) => left).map(({ task }) => task.id),
    next.reading,
    (id) => setShown((now) => swept(now, id)),
  );

  const showNew = useCallback(() => {
    clear();
    document.getSelection()?.removeAllRanges();
    scrollTo({ top: 0 });
    heading.current?.focus();
    setShowing(true);
  }, [clear]);
  useKey("new", showNew);
  const turn = useTurn(heading);
  useRowKeys(listArea);
  useKey("close", clear);

  const isOtherPlace = shown.key !== key;
  const workersReady = live.data?.workers.some(({ state }) => state !== "LOST") ?? true;
  const filter = queryFilter(place.filter);
  const counts = live.data?.page.counts ?? null;
  const choice = { selection, rows: shown.rows, filter, counts };
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Tasks
      </h1>
      {live.state.name === "refused" && <FailureProblem failure={live.state.failure} retry={live.retry} />}
      {live.state.name === "reconnecting" && !live.data && (
        <FailureProblem failure={live.state.failure} retry={live.retry} />
      )}
      <StatusTiles counts={live.data?.totals.counts ?? null} chosen={place.filter.status} />
      <ThroughputFold filter={place.filter} changed={live.data} />
      <div className="list-choices">
        <FilterBar filter={place.filter} onAsking={setAsking} />
        {place.filter.search === "" ? (
          <SortChoice orders={taskOrders} order={place.order} />
        ) : (
          <p className="sort quiet">A search lists the newest first.</p>
        )}
      </div>
      <NewRows words={waitingWords(shown.waiting, place.order)} onShow={showNew} />
      <div
        ref={listArea}
        className={isOtherPlace && live.data ? "list outdated" : "list"}
        aria-busy={isOtherPlace}
      >
        {live.data === null ? (
          live.state.name === "loading" && <Skeleton lines={8} />
        ) : shown.rows.length > 0 ? (
          <>
            <TaskTable
              rows={shown.rows}
              order={place.order}
              searching={place.filter.search !== ""}
              selection={selection}
              onToggle={select.toggle}
              onTogglePage={select.togglePage}
            />
            <SelectionBar
              selection={selection}
              onPage={shown.rows.length}
              more={live.data.page.pageInfo.hasNextPage || !isFirst(place)}
              matching={counts && matching(counts, filter?.status ?? statuses)}
              bulks={{
                retry: bulkOf("retry", choice),
                cancel: bulkOf("cancel", choice),
                delete: bulkOf("delete", choice),
              }}
              onPick={setBulk}
              onWholePage={select.selectPage}
              onEverything={select.selectEverything}
              onClear={clear}
            />
          </>
        ) : (
          <EmptyTasks
            place={place}
            workersReady={workersReady}
            lookedAtAll={live.data.page.lookedBackTo === null}
          />
        )}
      </div>
      {live.data && <Pages place={place} page={live.data.page} held={Boolean(holds)} onTurn={turn} />}
      <BulkDialog
        bulk={bulk}
        onClose={() => setBulk(null)}
        // Where they were there is nothing left to read.
        onDone={bulk?.action === "delete" ? showNew : clear}
      />
    </>
  );
}

function waitingWords(waiting: number, order: Order): string | null {
  if (waiting === 0) return null;
  const count = waiting > MOST_COUNTED ? `${MOST_COUNTED}+` : waiting;
  // In another order a task may come that has been there for long, as one that is retried does.
  const kind = isNewestFirst(order) ? "new" : "more";
  return `${count} ${kind} ${waiting === 1 ? "task" : "tasks"}`;
}
