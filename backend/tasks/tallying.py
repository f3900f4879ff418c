"""What a transaction has to count of its minute: by queue and task function, and of the whole record.

The record keeps the whole apart, in the place of a queue and a function without a name: what a page shows at every
glance is not to cost more with every queue there is.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from backend.tasks.engines import Engine
from backend.tasks.histogram import bucket

CREATED: Final = "created"
FINISHED: Final = "finished"
FAILED: Final = "failed"
WAITED: Final = "waited"
"""From when a task was due to the start of its first attempt."""

RAN: Final = "ran"
"""Of an attempt that has ended, by its worker's word."""

WHOLE: Final = ("", "")


class Tallies:
    """Of one transaction. Nothing is written before `write`."""

    def __init__(self) -> None:
        # Most tasks of a batch are alike in all of it: they are told apart into what is counted once they are together.
        self._alike: dict[tuple[str, str, str | None, int | None, int | None], int] = {}

    def count(
        self, queue: str, path: str, what: str | None, *, waited: float | None = None, ran: float | None = None
    ) -> None:
        """One more task that was created, finished or failed, that waited or ran for so many seconds, or several."""
        alike = (
            queue,
            path,
            what,
            None if waited is None else bucket(waited),
            None if ran is None else bucket(ran),
        )
        self._alike[alike] = self._alike.get(alike, 0) + 1

    def write(self, engine: Engine, now: datetime) -> None:
        """Write it all, in one statement."""
        counted: Counter[tuple[str, str, str, int]] = Counter()
        for (queue, path, what, waited, ran), number in self._alike.items():
            for kind, place in ((what, 0), (WAITED, waited), (RAN, ran)):
                if kind is not None and place is not None:
                    counted[queue, path, kind, place] += number
                    counted[*WHOLE, kind, place] += number
        if counted:
            engine.tally(now, counted)
