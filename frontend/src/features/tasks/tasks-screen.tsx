import { useRef, useState } from "react";
import { IconArrow } from "@/components/icons";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { TasksScreen as TasksQuestion } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { useLive } from "@/lib/use-live";
import { EmptyTasks } from "./empty-tasks";
import { type Place, MOST_COUNTED, isNewest, placeKey, placeOf, questionOf } from "./place";
import { StatusTiles } from "./status-tiles";
import { TaskTable } from "./task-table";
import { advance, emptyWindow } from "./task-window";
import { useReading } from "./use-reading";

/** The live list of tasks. `covered`: something lies open above it, so nothing may move beneath. */
export function TasksScreen({ covered }: { covered: boolean }) {
  const address = useAddress();
  const place = placeOf(address.search);
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // An older page stays as it is: only the newest one may let new rows in.
  const reading = useReading(listArea) || covered || !isNewest(place);

  const [shown, setShown] = useState(emptyWindow);
  const top = shown.rows[0];
  const holds = reading && isNewest(place) && shown.key === placeKey(questionOf(place, null)) && top;
  const live = useLive(
    TasksQuestion,
    questionOf(place, holds ? { id: top.task.id, cursor: top.cursor } : null),
  );

  const next =
    live.data && live.of ? advance(shown, { key: placeKey(live.of), answer: live.data, reading }) : shown;
  if (next !== shown) setShown(next);

  const showNew = () => {
    document.getSelection()?.removeAllRanges();
    scrollTo({ top: 0 });
    heading.current?.focus();
  };

  const isOtherPlace = shown.key !== placeKey(questionOf(place, null));
  const workersReady = live.data?.workers.some(({ state }) => state !== "LOST") ?? true;
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Tasks
      </h1>
      {live.state.name === "refused" && <FailureProblem failure={live.state.failure} retry={live.retry} />}
      {live.state.name === "reconnecting" && !live.data && (
        <FailureProblem failure={live.state.failure} retry={live.retry} />
      )}
      <StatusTiles counts={live.data?.totals.counts ?? null} chosen={place.statuses} />
      <div className="new-rows" role="status">
        {shown.waiting > 0 && (
          <button type="button" className="button primary" onClick={showNew}>
            <IconArrow />
            {newTasks(shown.waiting)}
          </button>
        )}
      </div>
      <div
        ref={listArea}
        className={isOtherPlace && live.data ? "list outdated" : "list"}
        aria-busy={isOtherPlace}
      >
        {live.data === null ? (
          live.state.name === "loading" && <Skeleton lines={8} />
        ) : shown.rows.length > 0 ? (
          <TaskTable rows={shown.rows} workersReady={workersReady} />
        ) : (
          <EmptyTasks place={place} workersReady={workersReady} />
        )}
      </div>
      {live.data && <Pages place={place} pageInfo={live.data.page.pageInfo} held={Boolean(holds)} />}
    </>
  );
}

function newTasks(waiting: number): string {
  if (waiting > MOST_COUNTED) return `${MOST_COUNTED}+ new tasks`;
  return waiting === 1 ? "1 new task" : `${waiting} new tasks`;
}

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

function Pages({ place, pageInfo, held }: { place: Place; pageInfo: PageInfo; held: boolean }) {
  const address = useAddress();
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  // A held page hangs below its own top row: that row is no page before it.
  const newer = hasPreviousPage && !held && !isNewest(place);
  if (!newer && !hasNextPage && isNewest(place)) return null;
  return (
    <nav className="pages" aria-label="Pages">
      {!isNewest(place) && <Link href={withSearch(address, { after: null, before: null })}>Newest</Link>}
      {newer && <Link href={withSearch(address, { after: null, before: startCursor })}>Newer</Link>}
      {hasNextPage && <Link href={withSearch(address, { after: endCursor, before: null })}>Older</Link>}
    </nav>
  );
}
