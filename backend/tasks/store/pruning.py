"""What is too old leaves the record, a little at a time."""

import time
from collections import Counter
from datetime import timedelta
from typing import Final

from backend.tasks.grants import Pruned
from backend.tasks.store.transactions import by_the_clock, engine, still_mine, transaction

LINES_AT_ONCE: Final = 5_000
"""Lines of old tasks that are deleted in one transaction at most."""

HOURS_COUNTED: Final = 25
"""Nobody can ask for more minutes than a day has."""

TOMBSTONES_STAY: Final = timedelta(days=7)
LOST_WORKERS_STAY: Final = timedelta(hours=1)
REJECTED_STAY: Final = 10_000
"""How long, and how many of them, the record keeps what is not a task."""


def prune(epoch: int, keep: timedelta, limit: int) -> Pruned:
    """Take up to `limit` tasks off the record that ended longer ago than `keep`, the oldest first; or lines of theirs.

    With them go their attempts, lines and events, and their part of the counters of queues; not that of what has ever
    been created and settled. What ended before the clock jumped forward is as much older by it, and no older in truth.
    """
    if engine.is_off():
        with by_the_clock():
            pass
    before = engine.now() - keep
    before -= timedelta(seconds=engine.jumped(before))
    if not engine.ended_before(before, 1):
        return Pruned()
    with transaction():
        began = time.monotonic()
        still_mine(epoch)
        ended = engine.ended_before(before, limit)
        seqs = [task.seq for task in ended]
        # A task may have thousands of lines: they go first, in steps of their own.
        if engine.delete_lines(seqs, LINES_AT_ONCE) == LINES_AT_ONCE:
            return Pruned(0, time.monotonic() - began, more=True)
        engine.delete(seqs)
        gone: dict[str, Counter[str]] = {}
        for task in ended:
            gone.setdefault(task.queue, Counter())[task.status] -= 1
        engine.count(gone)
        took = time.monotonic() - began
    return Pruned(len(ended), took, more=len(ended) == limit)


def tidy(epoch: int, limit: int) -> int:
    """Take what nobody asks for any more off the record, up to `limit` rows of each table; how many there were."""
    with transaction():
        still_mine(epoch)
        now = engine.now()
        return (
            engine.forget_tallies(now - timedelta(hours=HOURS_COUNTED), limit)
            + engine.forget_tombstones(now - TOMBSTONES_STAY, limit)
            + engine.forget_rejected(REJECTED_STAY, limit)
            + engine.forget_lost_workers(now - LOST_WORKERS_STAY)
        )
