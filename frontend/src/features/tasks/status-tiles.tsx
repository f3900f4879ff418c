import { Link } from "@/components/link";
import { Sparkline } from "@/components/sparkline";
import { statusLook, statuses } from "@/components/status-look";
import { TileStats, type TaskStatus, type TileStatsQuery } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { useTimed } from "@/lib/use-timed";
import { type Counts, countOf } from "./bulk";

type Minute = TileStatsQuery["stats"]["minutes"][number];

const MINUTES = 15;
/** Whoever creates a first task and watches it sees it counted as it goes. */
const SAVED = 4;

/** What the last minutes say of each status: how many came to it. Those who started are those whose waiting has ended. */
const arrivals = {
  QUEUEING: { count: ({ created }) => created, word: "created" },
  RUNNING: { count: ({ waited }) => waited?.count ?? 0, word: "started" },
  FAILED: { count: ({ failed }) => failed, word: "failed" },
  FINISHED: { count: ({ finished }) => finished, word: "finished" },
} satisfies Record<TaskStatus, { count: (minute: Minute) => number; word: string }>;

/** How many tasks there are of each status; each tile filters, and clears the filter when it is the one set. */
export function StatusTiles({ counts, chosen }: { counts: Counts | null; chosen: TaskStatus[] }) {
  const address = useAddress();
  const recent = useTimed(TileStats, counts && { minutes: MINUTES }, counts, SAVED);
  return (
    <nav className="tiles" aria-label="Filter by status">
      {statuses.map((status) => {
        const { label, icon: Icon, tone } = statusLook[status];
        const isChosen = chosen.includes(status);
        const only = isChosen && chosen.length === 1;
        const next = { status: only ? null : status.toLowerCase(), after: null, before: null };
        return (
          <Link
            key={status}
            className={`tile tone-${tone}`}
            href={withSearch(address, next)}
            aria-current={isChosen ? "true" : undefined}
            title={only ? "Show every status" : `Show only ${label} tasks`}
          >
            <span className="tile-label">
              <Icon />
              {label}
            </span>
            <span className="tile-count">{counts ? counts[countOf[status]].toLocaleString("en") : "–"}</span>
            <Recent status={status} minutes={recent?.stats.minutes ?? null} />
          </Link>
        );
      })}
    </nav>
  );
}

/** Its place is there before its numbers are, so that nothing moves when they come. */
function Recent({ status, minutes }: { status: TaskStatus; minutes: Minute[] | null }) {
  if (minutes === null) return <span className="tile-words" />;
  const { count, word } = arrivals[status];
  const counts = minutes.map(count);
  const sum = counts.reduce((total, each) => total + each, 0);
  return (
    <>
      <span className="tile-line">
        <Sparkline counts={counts} />
      </span>
      <span className="tile-words">
        {sum.toLocaleString("en")} {word} in {MINUTES} min
      </span>
    </>
  );
}
