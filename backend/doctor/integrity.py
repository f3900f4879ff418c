"""Whether the database itself is whole: its file, its references."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from backend.doctor.findings import Finding, breach


def whole(connection: Any) -> Iterator[Finding]:
    """What SQLite says of the file: pages that are not what they should be, rows that an index does not know."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(6)")
        said = [str(row[0]) for row in cursor.fetchall()]
    if said != ["ok"]:
        yield breach(
            "the database file is damaged",
            said,
            "Stop Zonda, keep a copy of the file with its -wal beside it, and save what can be read into a new one: "
            "`sqlite3 FILE .recover | sqlite3 NEW`. Look for a failing disk, and for who else wrote the file.",
        )


def references(connection: Any) -> Iterator[Finding]:
    """Rows that refer to one that is not there: attempts, lines and events without their task, for example."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_key_check")
        found = Counter((table, parent) for table, _, parent, _ in cursor.fetchall())
    if found:
        yield breach(
            f"{found.total()} rows refer to one that is not there",
            [f"{number} of {table}, to {parent}" for (table, parent), number in found.items()],
            "Something else than Zonda has deleted rows. Rows without their task can be deleted; keep a copy first.",
        )
