import { Link } from "@/components/link";
import { useAddress, withSearch } from "@/lib/address";
import { PAGE_ROWS, type Span } from "./worker-pages";

interface Props {
  /** What tells the links above the list from those below. */
  label: string;
  span: Span;
  rows: number;
  onTurn: () => void;
}

/** The ways to the pages beside this one; nothing when one page holds them all. */
export function PageLinks({ label, span, rows, onTurn }: Props) {
  const address = useAddress();
  const { page, start, end } = span;
  if (rows <= PAGE_ROWS) return null;
  const to = (page: number) => withSearch(address, { page: page === 1 ? null : String(page) });
  return (
    <nav className="pages" aria-label={label}>
      <p>
        {start + 1} to {end} of {rows}
      </p>
      {page > 1 && (
        <Link href={to(page - 1)} onFollowed={onTurn}>
          Previous {PAGE_ROWS}
        </Link>
      )}
      {end < rows && (
        <Link href={to(page + 1)} onFollowed={onTurn}>
          Next {Math.min(PAGE_ROWS, rows - end)}
        </Link>
      )}
    </nav>
  );
}
