import { Link } from "@/components/link";
import { type ListPage, PAGE_ROWS } from "@/lib/list-page";

interface Props {
  /** What tells the links above the list from those below. */
  label: string;
  page: ListPage;
  onTurn: () => void;
}

/** The ways to the pages beside this one; nothing when one page holds the whole list. */
export function PageLinks({ label, page, onTurn }: Props) {
  const { start, end, rows, previous, next } = page;
  if (previous === null && next === null) return null;
  return (
    <nav className="pages" aria-label={label}>
      <p>
        {(start + 1).toLocaleString("en")} to {end.toLocaleString("en")} of {rows.toLocaleString("en")}
      </p>
      {previous !== null && (
        <Link href={previous} onFollowed={onTurn}>
          Previous {PAGE_ROWS}
        </Link>
      )}
      {next !== null && (
        <Link href={next} onFollowed={onTurn}>
          Next {Math.min(PAGE_ROWS, rows - end)}
        </Link>
      )}
    </nav>
  );
}
