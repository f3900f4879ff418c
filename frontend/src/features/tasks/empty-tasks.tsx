import { Link } from "@/components/link";
import { useAddress, withSearch } from "@/lib/address";
import { filterSearch, isFiltered, noFilter } from "./filter";
import { FirstTask } from "./first-task";
import { type Place, isFirst } from "./place";

interface Props {
  place: Place;
  workersReady: boolean;
  /** Whether no task is left that the server has not looked at. */
  lookedAtAll: boolean;
}

/** An empty list teaches: what to do next, and what is missing. */
export function EmptyTasks({ place, workersReady, lookedAtAll }: Props) {
  const address = useAddress();
  const { filter } = place;
  if (!isFirst(place) && lookedAtAll)
    return (
      <div className="empty">
        <p>There are no tasks on this page.</p>
        <p>
          <Link href={withSearch(address, { after: null, before: null })}>Go to the first page</Link>
        </p>
      </div>
    );
  if (isFiltered(filter)) {
    const onlyStatus = isFiltered({ ...filter, status: [] }) ? null : filter.status;
    return (
      <div className="empty">
        <p>
          {onlyStatus
            ? `No task is ${onlyStatus.join(" or ")} now.`
            : lookedAtAll
              ? "No task fits everything that is asked for."
              : "None of the tasks looked at so far fits everything that is asked for."}
        </p>
        {filter.search && (
          <p>
            Searched for “{filter.search}” in ids, names, arguments and errors.{" "}
            <Link href={withSearch(address, filterSearch({ ...filter, search: "" }))}>
              Leave the search out
            </Link>
          </p>
        )}
        <p>
          A task that fits appears here by itself.{" "}
          <Link href={withSearch(address, filterSearch(noFilter))}>Show every task</Link>
        </p>
      </div>
    );
  }
  return (
    <div className="empty">
      <p>No tasks yet.</p>
      <FirstTask />
      {!workersReady && (
        <p>
          No worker is running, so a task would wait. Stop Zonda and start it with one:
          <code className="command">./RUN.sh -w 1</code>
        </p>
      )}
    </div>
  );
}
