import { Clock } from "@/components/instant";
import { Link } from "@/components/link";
import type { TasksScreenQuery } from "@/gql/operations";
import { useAnnouncement } from "@/lib/announcements";
import { useAddress, withSearch } from "@/lib/address";
import { useNow } from "@/lib/clock";
import { timeInWords } from "@/lib/duration";
import { type Order, isNewestFirst } from "./order";
import { type Place, isFirst } from "./place";

interface Props {
  place: Place;
  page: TasksScreenQuery["page"];
  held: boolean;
  onTurn: () => void;
}

/** The ways to other pages. The server looks through so many tasks for one: then the next one looks further. */
export function Pages({ place, page, held, onTurn }: Props) {
  const address = useAddress();
  const now = useNow();
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  const towardsStart = place.before !== null;
  const words = pageWords(place.order);
  const looked = towardsStart ? words.lookedOn : words.looked;
  useAnnouncement(page.lookedBackTo ? `${looked} ${timeInWords(Date.parse(page.lookedBackTo), now)}` : "");
  // A held page hangs below its own top row: that row is no page before it.
  const previous = hasPreviousPage && !held && !isFirst(place);
  if (!previous && !hasNextPage && isFirst(place)) return null;
  const [only] = page.edges;
  const isNamed = isFirst(place) && only?.node.id === place.filter.search;
  const further = isNamed
    ? "Look for the text in other tasks"
    : page.lookedBackTo && !towardsStart
      ? words.further
      : words.next;
  return (
    <nav className="pages" aria-label="Pages">
      <p>
        {page.lookedBackTo && (
          <>
            {looked} <Clock at={page.lookedBackTo} />
          </>
        )}
      </p>
      {!isFirst(place) && (
        <Link href={withSearch(address, { after: null, before: null })} onFollowed={onTurn}>
          {words.first}
        </Link>
      )}
      {previous && (
        <Link href={withSearch(address, { after: null, before: startCursor })} onFollowed={onTurn}>
          {page.lookedBackTo && towardsStart ? words.furtherOn : words.previous}
        </Link>
      )}
      {hasNextPage && (
        <Link href={withSearch(address, { after: endCursor, before: null })} onFollowed={onTurn}>
          {further}
        </Link>
      )}
    </nav>
  );
}

function pageWords(order: Order) {
  if (isNewestFirst(order))
    return {
      first: "Newest",
      previous: "Newer",
      next: "Older",
      looked: "Looked back to",
      further: "Look further back",
      lookedOn: "Looked on to",
      furtherOn: "Look further on",
    };
  return {
    first: "First",
    previous: "Previous",
    next: "Next",
    // The instant is that of the creation, whatever the list is sorted by.
    looked: "Looked as far as a task created at",
    further: "Look further",
    lookedOn: "Looked back as far as a task created at",
    furtherOn: "Look further back",
  };
}
