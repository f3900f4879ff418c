import { Link } from "@/components/link";
import { statusLook, statuses } from "@/components/status-look";
import type { TaskStatus } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { type Counts, countOf } from "./bulk";

/** How many tasks there are of each status; each tile filters, and clears the filter when it is the one set. */
export function StatusTiles({ counts, chosen }: { counts: Counts | null; chosen: TaskStatus[] }) {
  const address = useAddress();
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
          </Link>
        );
      })}
    </nav>
  );
}
