"""Why the record could not be read or written just now, in words for whoever asked: no path, no statement."""

import sqlite3
import time
from collections.abc import Callable
from typing import Final

from django.db import InterfaceError, OperationalError

from backend.tasks.engines.turnstile import NoLock, NoTurn
from backend.tasks.identity import Gone

AWAY: Final = (OperationalError, InterfaceError)
"""What says that the record does not answer, and a later try may find it there."""

BUSY: Final = "Another process has kept the record to itself for too long."
FULL: Final = "The disk that the record is on is full."
UNWRITABLE: Final = "The record can be read and not written."
GONE: Final = "The record's file was deleted or replaced while Zonda runs: stop Zonda, put it back, and start again."
BROKEN: Final = "The disk that the record is on reports errors."
LOCKLESS: Final = "The file system that the record is on gives no locks."
UNREACHABLE: Final = "The record cannot be reached just now."

LATELY: Final = 5.0
"""Seconds for which a failure is remembered: what waits for the record tries more often than that."""

_WHY: Final = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: UNWRITABLE,
    sqlite3.SQLITE_IOERR: BROKEN,
}


def why(error: BaseException) -> str:
    """One sentence."""
    if isinstance(error, NoTurn):
        return BUSY
    if isinstance(error, NoLock):
        return LOCKLESS
    if isinstance(error, Gone):
        return GONE
    cause = error.__cause__ if isinstance(error.__cause__, sqlite3.Error) else error
    # The lowest byte of a code is its kind, the others say more of it.
    code = getattr(cause, "sqlite_errorcode", None)
    return UNREACHABLE if code is None else _WHY.get(code & 0xFF, UNREACHABLE)


class Trouble:
    """What this process last found wrong with the record, from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: tuple[float, str] | None = None

    def note(self, error: BaseException) -> None:
        """A transaction has failed of it."""
        self._last = self._clock(), why(error)

    def lately(self) -> str | None:
        """Why the record failed, if it did a moment ago."""
        if self._last is None or self._clock() - self._last[0] > LATELY:
            return None
        return self._last[1]


trouble: Final = Trouble()
