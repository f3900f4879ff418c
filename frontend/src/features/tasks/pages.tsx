import { Clock } from "@/components/instant";
import { Link } from "@/components/link";
import type { TasksScreenQuery } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { type Place, isNewest } from "./place";

interface Props {
  place: Place;
  page: TasksScreenQuery["page"];
  held: boolean;
  onTurn: () => void;
}

/** The ways to other pages. The server looks through so many tasks for one: then the next one looks further. */
export function Pages({ place, page, held, onTurn }: Props) {
  const address = useAddress();
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  // A held page hangs below its own top row: that row is no page before it.
  const newer = hasPreviousPage && !held && !isNewest(place);
  if (!newer && !hasNextPage && isNewest(place)) return null;
  const [only] = page.edges;
  const isNamed = isNewest(place) && only?.node.id === place.filter.search;
  const towardsNewer = place.before !== null;
  const older = isNamed
    ? "Look for the text in other tasks"
    : page.lookedBackTo && !towardsNewer
      ? "Look further back"
      : "Older";
  return (
    <nav className="pages" aria-label="Pages">
      <p role="status">
        {page.lookedBackTo && (
          <>
            {towardsNewer ? "Looked on to " : "Looked back to "}
            <Clock at={page.lookedBackTo} />
          </>
        )}
      </p>
      {!isNewest(place) && (
        <Link href={withSearch(address, { after: null, before: null })} onFollowed={onTurn}>
          Newest
        </Link>
      )}
      {newer && (
        <Link href={withSearch(address, { after: null, before: startCursor })} onFollowed={onTurn}>
          {page.lookedBackTo && towardsNewer ? "Look further on" : "Newer"}
        </Link>
      )}
      {hasNextPage && (
        <Link href={withSearch(address, { after: endCursor, before: null })} onFollowed={onTurn}>
          {older}
        </Link>
      )}
    </nav>
  );
}
