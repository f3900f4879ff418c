import { useCallback, useMemo, useRef, useState } from "react";
import { Link } from "@/components/link";
import { Misread } from "@/components/misread";
import { NewRows } from "@/components/new-rows";
import { PageLinks } from "@/components/page-links";
import { FailureProblem } from "@/components/problem";
import { SearchBox } from "@/components/search-box";
import { Skeleton } from "@/components/skeleton";
import { SortChoice } from "@/components/sort";
import { QueueFlow, QueuesScreen as QueuesQuestion, type QueuesScreenQuery } from "@/gql/operations";
import { unknownIn, useAddress, withSearch } from "@/lib/address";
import type { Rows } from "@/lib/changed-rows";
import { sameJson } from "@/lib/json";
import { movedRows } from "@/lib/moved-rows";
import { useKey } from "@/lib/use-key";
import { useLive } from "@/lib/use-live";
import { useReading } from "@/lib/use-reading";
import { useRowKeys } from "@/lib/use-row-keys";
import { useSteadyRows } from "@/lib/use-steady-rows";
import { useTimed } from "@/lib/use-timed";
import { useTurn } from "@/lib/use-turn";
import { type Order, queueOrders } from "./order";
import { PauseDialog } from "./pause-dialog";
import { PAGE_PARAMETERS, PARAMETERS, isFirst, pageOf, placeKey, placeOf, questionOf } from "./place";
import { MINUTES, type Queue, QueueTable } from "./queue-table";
import { ResumeDialog } from "./resume-dialog";

/** Nobody types for so long before it is searched, in milliseconds. */
const PAUSE = 300;

const queuesOf = ({ page, held }: QueuesScreenQuery): Queue[] => held ?? page.nodes ?? [];
const rowsOf = (data: QueuesScreenQuery): Rows => new Map(queuesOf(data).map((queue) => [queue.name, queue]));
const nameOf = ({ name }: Queue) => name;

/** The queues, page by page: how much waits in each and for how long, and whether its tasks are granted. */
export function QueuesScreen() {
  const address = useAddress();
  const place = placeOf(address.search);
  const key = placeKey(questionOf(place, null));
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [pausing, setPausing] = useState<string | null>(null);
  const [resuming, setResuming] = useState<Queue | null>(null);
  /** The order of now was asked for: until it is there, it does not matter that the mouse still rests on the rows. */
  const [showing, setShowing] = useState(false);
  /** The queues that stay on screen wherever they move to. */
  const [held, setHeld] = useState<string[] | null>(null);

  // A further page stays as it is: only the first one may let other rows in.
  const isRead = useReading(listArea) || pausing !== null || resuming !== null;
  const reading = (isRead || !isFirst(place)) && !showing;

  const question = questionOf(place, held);
  const live = useLive(QueuesQuestion, question, { place: key, rowsOf });
  const { data, state, retry } = live;
  const flow = useTimed(QueueFlow, data && { ...question, minutes: MINUTES }, data);
  const stats = new Map((flow?.held ?? flow?.page?.nodes)?.map((queue) => [queue.name, queue.stats]));

  const shownKey = live.of ? placeKey(live.of) : "";
  const isHeldAnswer = data?.held !== undefined;
  const isWhole = data !== null && data.page.order.length === data.page.total;
  const answer = useMemo(() => data && queuesOf(data), [data]);
  const rows = useSteadyRows(answer, {
    keyOf: nameOf,
    reading: reading || isHeldAnswer,
    place: shownKey,
    whole: isHeldAnswer || isWhole,
  });
  const isOtherPlace = shownKey !== key;
  const names = rows.map(({ row }) => row.name);
  const toHold = reading && !isOtherPlace && !isWhole && rows.length > 0 ? names : null;
  if (!sameJson(toHold, held)) setHeld(toHold);
  if (showing && data && !isHeldAnswer) setShowing(false);

  const there = rows.flatMap(({ row, left }) => (left ? [] : row.name));
  const moved =
    data && reading
      ? movedRows(
          there,
          data.page.order.map(({ name }) => name),
        )
      : 0;

  const turn = useTurn(heading);
  const showNew = useCallback(() => {
    document.getSelection()?.removeAllRanges();
    scrollTo({ top: 0 });
    heading.current?.focus();
    setShowing(true);
  }, []);
  useKey("new", showNew);
  useRowKeys(listArea);

  const page = data && pageOf(address, data);
  const isNever = data !== null && data.page.total === 0 && place.search === "" && !isOtherPlace;
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Queues
      </h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null || page === null ? (
        state.name === "loading" && <Skeleton lines={3} />
      ) : isNever && rows.length === 0 ? (
        <NoQueues />
      ) : (
        <>
          <div className="list-choices">
            <SearchBox
              sought={place.search}
              label="Search queues"
              placeholder="Search by name"
              found={foundWords(data.page.total, place.search !== "" && !isOtherPlace)}
              place={PAGE_PARAMETERS}
              pause={PAUSE}
            />
            <SortChoice orders={queueOrders} order={place.order} />
          </div>
          <Misread
            misread={[...queueOrders.misread(address.search), ...unknownIn(address.search, PARAMETERS)]}
          />
          <PageLinks label="Pages" page={page} onTurn={turn} />
          <NewRows words={movedWords(moved, place.order)} onShow={showNew} />
          <div ref={listArea} className={isOtherPlace ? "outdated" : undefined} aria-busy={isOtherPlace}>
            {rows.length > 0 ? (
              <QueueTable
                rows={rows}
                order={place.order}
                page={page}
                stats={stats}
                onPause={setPausing}
                onResume={setResuming}
              />
            ) : (
              <NothingHere search={place.search} total={data.page.total} />
            )}
          </div>
          <PageLinks label="Pages, below the list" page={page} onTurn={turn} />
        </>
      )}
      <PauseDialog queue={pausing} onClose={() => setPausing(null)} />
      <ResumeDialog queue={resuming} onClose={() => setResuming(null)} />
    </>
  );
}

function NoQueues() {
  return (
    <div className="empty">
      <p>No queue has been used yet.</p>
      <p>
        A queue is there once a task names it; <code>default</code> is for those that name none.{" "}
        <Link href="/queues?create=">Create a task</Link>
      </p>
    </div>
  );
}

function NothingHere({ search, total }: { search: string; total: number }) {
  const address = useAddress();
  const first = withSearch(address, { after: null, before: null });
  if (total > 0)
    return (
      <div className="empty">
        <p>There are no queues on this page.</p>
        <p>
          <Link href={first}>Go to the first page</Link>
        </p>
      </div>
    );
  return (
    <div className="empty">
      <p>No queue has “{search}” in its name.</p>
      <p>
        <Link href={withSearch(address, { q: null, after: null, before: null })}>Show every queue</Link>
      </p>
    </div>
  );
}

function foundWords(total: number, searched: boolean): string {
  const number = total.toLocaleString("en");
  if (searched) return `${number} found`;
  return total === 1 ? "1 queue" : `${number} queues`;
}

function movedWords(moved: number, order: Order): string | null {
  if (moved === 0) return null;
  // By name none moves past another: what differs has come or gone.
  if (order.field === "NAME") return moved === 1 ? "1 queue is new here" : `${moved} queues are new here`;
  return moved === 1 ? "1 queue has moved" : `${moved} queues have moved`;
}
