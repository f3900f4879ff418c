"""What a worker sees of its children from outside, every few seconds, and that none of them may go on with for long.

A child looks after itself as well, and sooner, but not while a function runs, nor while it stands still.
"""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Protocol

from wire import locks
from workers.channel import SharedLock

LOOKS_EVERY = 2.0
"""Seconds between two looks, each of which takes about a tenth of a millisecond."""

STOPPED_AT_MOST = 10.0
"""Seconds that a child may be stopped by a signal: time for who takes a look at it and lets it go on."""

LOCKED_AT_MOST = 30.0
"""Seconds that a child may keep everybody else from writing: who waits for a turn gives up after 10, and a write takes
milliseconds."""

_STOPPED = f"was stopped by a signal for over {STOPPED_AT_MOST:g} s"
_LOCKED = f"kept the record locked for over {LOCKED_AT_MOST:g} s, or what it has started did"


class Watched(Protocol):
    """A child: its guard, above all that it has started, its own pid, and the lock that nobody may keep for long."""

    @property
    def guard(self) -> int: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def lock(self) -> SharedLock | None: ...


class Watch:
    """Of the children of one worker."""

    def __init__(self) -> None:
        self._stopped: Lasting[int] = Lasting(STOPPED_AT_MOST)
        self._locked: Lasting[tuple[int, int, bytes]] = Lasting(LOCKED_AT_MOST)

    def look(self, children: Mapping[int, Watched], now: float) -> dict[int, str]:
        """The numbers of those that have gone on with it for too long, each with the end of a sentence about it."""
        stopped = {
            number for number, child in children.items() if child.pid is not None and locks.is_stopped(child.pid)
        }
        too_long = dict.fromkeys(self._stopped.for_too_long(stopped, now), _STOPPED)
        locked = self._locked.for_too_long(_holding(children), now)
        return too_long | {number: _LOCKED for number, _, _ in locked}


class Lasting[Seen: Hashable]:
    """How long each thing has been seen at one look after the other. Pure."""

    def __init__(self, at_most: float) -> None:
        self._at_most = at_most
        self._looked_at = 0.0
        self._lasted: dict[Seen, float] = {}

    def for_too_long(self, seen: set[Seen], now: float) -> set[Seen]:
        """Those of what is seen now that have been seen at each look for so many seconds.

        Where nobody looked for a while nobody knows: that counts as one pause between two looks.
        """
        pause = min(now - self._looked_at, LOOKS_EVERY)
        self._looked_at = now
        self._lasted = {one: self._lasted[one] + pause if one in self._lasted else 0.0 for one in seen}
        return {one for one, lasted in self._lasted.items() if lasted >= self._at_most}


def _holding(children: Mapping[int, Watched]) -> set[tuple[int, int, bytes]]:
    """Which child has the lock, or something below its guard: who, and what there was of work done at the time.

    Who takes the lock, does something and lets go of it, thousands of times, may have it at every look. But then
    something was done meanwhile.
    """
    holding = set()
    for lock in {child.lock for child in children.values() if child.lock is not None}:
        for process in locks.holders(Path(lock.path), lock.byte):
            for number, child in children.items():
                if child.lock == lock and locks.descends_from(process, child.guard):
                    holding.add((number, process, _head(lock)))
    return holding


def _head(lock: SharedLock) -> bytes:
    # Not in a process that has the record open: to close any descriptor of a file lets go of all locks on it.
    try:
        with Path(lock.path).open("rb", buffering=0) as file:
            return file.read(lock.head)
    except OSError:
        return b""
