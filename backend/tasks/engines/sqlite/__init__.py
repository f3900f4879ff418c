"""The record's statements for SQLite.

`INDEXED BY` keeps a look that comes each second away from the index of all that waits, which SQLite would take for it.
`NOT INDEXED` leaves a batched update only the row's own number to find it by: left to choose, SQLite walks an index of
the tasks and searches the batch for each of them.
"""

import threading

from backend.tasks import identity
from backend.tasks.engines.sqlite.clock import Clock
from backend.tasks.engines.sqlite.counting import Counters
from backend.tasks.engines.sqlite.granting import Grants
from backend.tasks.engines.sqlite.pruning import Pruning
from backend.tasks.engines.sqlite.tasks import Tasks
from backend.tasks.engines.sqlite.workers import Workers
from backend.tasks.engines.turnstile import Turnstile


class SQLite(Tasks, Grants, Counters, Workers, Pruning, Clock):
    """The statements, on this thread's connection."""

    def __init__(self, alias: str = "default") -> None:
        super().__init__(alias)
        self._of_thread = threading.local()

    def take_turn(self) -> None:
        self._turnstile().take_turn()

    def let_go(self) -> None:
        turnstile: Turnstile | None = getattr(self._of_thread, "turnstile", None)
        if turnstile is not None:
            turnstile.let_go()

    def _turnstile(self) -> Turnstile:
        turnstile: Turnstile | None = getattr(self._of_thread, "turnstile", None)
        if turnstile is None:
            turnstile = self._of_thread.turnstile = Turnstile(str(self._connection.settings_dict["NAME"]))
        return turnstile

    def recognise(self) -> None:
        identity.recognise(str(self._connection.settings_dict["NAME"]))

    def close(self) -> None:
        """Let go of this thread's turnstile now; otherwise the end of the thread does."""
        self._of_thread.__dict__.clear()

    def relax(self) -> None:
        self._run("PRAGMA synchronous=NORMAL")
        self._run("PRAGMA wal_autocheckpoint=1000")

    def raise_epoch(self, above: int) -> int:
        rows = self._all(
            "INSERT INTO zonda_epoch (only, value) VALUES (1, %s + 1) "
            "ON CONFLICT (only) DO UPDATE SET value = max(value, %s) + 1 RETURNING value",
            [above, above],
        )
        return int(rows[0][0])

    def epoch(self) -> int:
        rows = self._all("SELECT value FROM zonda_epoch")
        return int(rows[0][0]) if rows else 0
