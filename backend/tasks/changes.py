"""Whether anybody has committed anything to the record, at about 4 µs a look."""

import sqlite3
from contextlib import suppress
from pathlib import Path


class Changes:
    """A connection of its own that never writes, and so sees the commits of all others, this process's too."""

    def __init__(self, database: Path) -> None:
        # Who looks is an event loop: it must not wait for a database that is being recovered.
        self._connection = sqlite3.connect(
            f"{database.absolute().as_uri()}?mode=ro",
            timeout=0,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        self._last = -1

    def version(self) -> int:
        """A number that differs from the last one if there was a commit in between.

        The last one again while the database can't be read: the next look then has the news.
        """
        with suppress(sqlite3.OperationalError):
            self._last = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        return self._last

    def close(self) -> None:
        self._connection.close()
