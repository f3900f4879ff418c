"""Whether anybody has committed anything to the record, at about 4 µs a look."""

import sqlite3
from pathlib import Path


class Changes:
    """A connection of its own that never writes, and so sees the commits of all others, this process's too."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(
            f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )

    def version(self) -> int:
        """A number that differs from the last one if there was a commit in between."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._connection.close()
