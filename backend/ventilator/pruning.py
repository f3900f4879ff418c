"""When old tasks are taken off the record: now and then, in steps so small that nobody waits long for one."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from backend.tasks import store
from backend.tasks.grants import Pruned

log = logging.getLogger("ventilator")

EVERY: Final = 60.0
PAUSE: Final = 0.2
"""Seconds between two looks at a record with nothing to take off it, and between two steps of one that has."""

LONG_OVERDUE: Final = 1.0
"""Seconds after which a step goes before what else there is to do."""

MOST: Final = 500
LEAST: Final = 10
"""Tasks in one step; so many of them that it takes about LONG, for they may be small or megabytes each."""

LONG: Final = 0.02


class Pruning:
    """The next step is due at `due`, by `clock`; it takes tasks off that ended longer ago than `keep`, None for never.

    It belongs to the thread that writes for the ventilator: there is one in a Zonda, and it alone may checkpoint.
    """

    def __init__(self, keep: timedelta | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep = keep
        self._clock = clock
        # Whoever keeps tasks for seconds wants to see them go within seconds.
        self._every = EVERY if keep is None else min(EVERY, max(1.0, keep.total_seconds() / 10))
        self._limit = 100
        self.due = clock() + self._every

    def wait(self) -> float | None:
        """Seconds that something else may be waited for; None when the next step goes before everything else."""
        left = self.due - self._clock()
        return max(0.0, left) if left > -LONG_OVERDUE else None

    def step(self, epoch: int) -> None:
        """Take a little off the record. What goes wrong with that passes; the next look then tries again."""
        self.due = self._clock() + self._every
        if self._take_some(epoch):
            self.due = self._clock() + PAUSE

    def _take_some(self, epoch: int) -> bool:
        """Whether there may be more."""
        limit = self._limit
        pruned = Pruned() if self._keep is None else store.prune(epoch, self._keep, limit)
        if pruned.tasks:
            log.info("tasks.pruned", extra={"count": pruned.tasks, "seconds": round(pruned.seconds, 3)})
        if pruned.seconds > LONG:
            self._limit = max(LEAST, limit // 2)
        elif pruned.tasks == limit and pruned.seconds < LONG / 2:
            self._limit = min(MOST, limit * 2)
        return pruned.more or store.tidy(epoch, MOST) > 0
