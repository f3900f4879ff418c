import { useCallback, useRef, useState } from "react";
import { IconArrow } from "@/components/icons";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { statuses } from "@/components/status-look";
import { TasksScreen as TasksQuestion } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { useLive } from "@/lib/use-live";
import { useKey } from "@/lib/use-key";
import { type Bulk, bulkOf, matching } from "./bulk";
import { BulkDialog } from "./bulk-dialog";
import { EmptyTasks } from "./empty-tasks";
import { queryFilter } from "./filter";
import { FilterBar } from "./filter-bar";
import { type Place, MOST_COUNTED, isNewest, placeKey, placeOf, questionOf } from "./place";
import { isEmpty } from "./selection";
import { SelectionBar } from "./selection-bar";
import { StatusTiles } from "./status-tiles";
import { TaskTable } from "./task-table";
import { advance, emptyWindow } from "./task-window";
import { useReading } from "./use-reading";
import { useSelection } from "./use-selection";

/** The live list of tasks. `covered`: something lies open above it, so nothing may move beneath. */
export function TasksScreen({ covered }: { covered: boolean }) {
  const address = useAddress();
  const place = placeOf(address.search);
  const key = placeKey(questionOf(place, null));
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const [bulk, setBulk] = useState<Bulk | null>(null);

  const [shown, setShown] = useState(emptyWindow);
  const { selection, clear, ...select } = useSelection(key, shown.rows);

  // An older page stays as it is: only the newest one may let new rows in.
  const reading = useReading(listArea) || covered || !isEmpty(selection) || !isNewest(place);

  const [top, second] = shown.rows;
  const holds = reading && isNewest(place) && shown.key === key && top;
  const live = useLive(
    TasksQuestion,
    questionOf(place, holds ? { top: top.cursor, second: second?.cursor ?? null } : null),
  );

  const next =
    live.data && live.of ? advance(shown, { key: placeKey(live.of), answer: live.data, reading }) : shown;
  if (next !== shown) setShown(next);

  const showNew = useCallback(() => {
    clear();
    document.getSelection()?.removeAllRanges();
    scrollTo({ top: 0 });
    heading.current?.focus();
  }, [clear]);
  useKey("n", showNew);
  useKey(
    "j",
    useCallback(() => moveFocus(listArea.current, 1), []),
  );
  useKey(
    "k",
    useCallback(() => moveFocus(listArea.current, -1), []),
  );
  useKey("escape", clear);

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
      <FilterBar filter={place.filter} />
      <div className="new-rows" role="status">
        {shown.waiting > 0 && (
          <button type="button" className="button primary" aria-keyshortcuts="N" onClick={showNew}>
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
          <>
            <TaskTable
              rows={shown.rows}
              selection={selection}
              onToggle={select.toggle}
              onTogglePage={select.togglePage}
            />
            <SelectionBar
              selection={selection}
              onPage={shown.rows.length}
              more={live.data.page.pageInfo.hasNextPage || !isNewest(place)}
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
          <EmptyTasks place={place} workersReady={workersReady} />
        )}
      </div>
      {live.data && <Pages place={place} pageInfo={live.data.page.pageInfo} held={Boolean(holds)} />}
      <BulkDialog bulk={bulk} onClose={() => setBulk(null)} onDone={clear} />
    </>
  );
}

/** The next or the previous row, from the one that has the focus; the first when none has. */
function moveFocus(area: HTMLElement | null, step: 1 | -1): void {
  const links = [...(area?.querySelectorAll<HTMLElement>("tbody th a") ?? [])];
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = at < 0 ? 0 : at + step;
  links[next]?.focus();
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
