"""How a process shows that it does its work: it holds a lock of the home, and touches its file now and then.

Whoever looks needs no socket and no answer, and learns of a process that is there but does nothing.
"""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

from wire.home import Home

SHOWN_EVERY: Final = 5.0
"""Seconds between two signs of life of a process."""

MISSED_AFTER: Final = 20.0
"""Seconds after which a sign is missed: some may come late on a busy machine."""


class Presence(Struct, frozen=True):
    """A process that holds its lock. `silent` is for how many seconds it has shown no sign of life."""

    pid: int
    silent: float

    @property
    def missed(self) -> bool:
        """Whether it is there and does nothing."""
        return self.silent > MISSED_AFTER


class Deposed(Exception):
    """The file of the lock has been taken away: another process may do the same work by now."""


def show(lock: IO[str]) -> None:
    """Give a sign of life, as the holder of this lock. Deposed when the lock keeps nobody away any more."""
    try:
        there = Path(lock.name).stat()
    except FileNotFoundError:
        there = None
    mine = os.fstat(lock.fileno())
    if there is None or (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
        raise Deposed(f"{lock.name} was removed while this process held it: another one may do its work")
    try:
        os.utime(lock.fileno())
    except OSError:
        # A disk that takes no writes, for now: whoever looks sees a sign that was missed.
        return


def look(home: Home, name: str) -> Presence | None:
    """Who holds this lock of the home, None when nobody does."""
    holder = home.holder(name)
    if holder is None:
        return None
    # By the file's time and this machine's clock, which was also that of the process.
    silent = time.time() - home.lock_file(name).stat().st_mtime
    return Presence(holder, max(0.0, silent))


class Signs:
    """Calls `give` now and every few seconds, for as long as the event loop that runs turns."""

    def __init__(self, give: Callable[[], None]) -> None:
        self._give = give
        self._loop = asyncio.get_running_loop()
        self._again()

    def _again(self) -> None:
        self._give()
        self._timer = self._loop.call_later(SHOWN_EVERY, self._again)

    def stop(self) -> None:
        self._timer.cancel()
