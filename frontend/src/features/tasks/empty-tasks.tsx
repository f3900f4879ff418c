import { Link } from "@/components/link";
import { useAddress, withSearch } from "@/lib/address";
import { type Place, isNewest } from "./place";

/** An empty list teaches: what to do next, and what is missing. */
export function EmptyTasks({ place, workersReady }: { place: Place; workersReady: boolean }) {
  const address = useAddress();
  const all = withSearch(address, { status: null, after: null, before: null });
  if (!isNewest(place))
    return (
      <div className="empty">
        <p>There are no tasks on this page.</p>
        <p>
          <Link href={withSearch(address, { after: null, before: null })}>Go to the newest tasks</Link>
        </p>
      </div>
    );
  if (place.statuses.length > 0)
    return (
      <div className="empty">
        <p>No task is {place.statuses.join(" or ")} now.</p>
        <p>
          A task that becomes so appears here by itself. <Link href={all}>Show every status</Link>
        </p>
      </div>
    );
  return (
    <div className="empty">
      <p>No tasks yet.</p>
      <p>
        <Link className="button primary" href={withSearch(address, { create: "add" })}>
          Create a first task: add two numbers
        </Link>
      </p>
      {!workersReady && (
        <p>
          No worker is running, so a task would wait. Stop Zonda and start it with one:
          <code className="command">./RUN.sh -w 1</code>
        </p>
      )}
    </div>
  );
}
