"""Why the record could not be read or written just now, in words for whoever asked: no path, no statement."""

import sqlite3
from typing import Final

from django.db import InterfaceError, OperationalError

from backend.tasks.engines.turnstile import NoTurn

AWAY: Final = (OperationalError, InterfaceError)
"""What says that the record does not answer, and a later try may find it there."""

BUSY: Final = "Another process has kept the record to itself for too long."
FULL: Final = "The disk that the record is on is full."
UNWRITABLE: Final = "The record can be read and not written."
BROKEN: Final = "The disk that the record is on reports errors."
UNREACHABLE: Final = "The record cannot be reached just now."

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
    cause = error.__cause__ if isinstance(error.__cause__, sqlite3.Error) else error
    # The lowest byte of a code is its kind, the others say more of it.
    code = getattr(cause, "sqlite_errorcode", None)
    return UNREACHABLE if code is None else _WHY.get(code & 0xFF, UNREACHABLE)
