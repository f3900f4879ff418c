"""What a task function leaves of its transactions: they would stop all who write, or be the next function's."""

import os
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import connections
from django.db.backends.signals import connection_created

from backend.tasks.store import transactions

_LOCKS: Final = Path("/proc/locks")

_PASSES_WITHIN: Final = 1.0
"""Seconds in which a thread that goes on may end what it is writing."""


class _Connects:
    """How many connections to SQLite this process has opened, and how many of these by Django."""

    def __init__(self) -> None:
        self._all = self._of_django = 0
        # Neither can be listed: Django knows its own, and to SQLite's nothing can refer without keeping it.
        sys.addaudithook(self._heard)
        connection_created.connect(self._created, weak=False)

    @property
    def by_others(self) -> int:
        return self._all - self._of_django

    def _heard(self, event: str, _: tuple[object, ...]) -> None:
        if event == "sqlite3.connect/handle":
            self._all += 1

    def _created(self, connection: Any, **_: object) -> None:
        self._of_django += connection.vendor == "sqlite"


@cache
def _connects() -> _Connects:
    """One for the process: an audit hook stays."""
    return _Connects()


class LeftOpen:
    """For the thread that runs task functions, from before the first of them."""

    def __init__(self) -> None:
        self._threads = threading.active_count()
        self._connected = _connects().by_others
        self._atomic = False

    def close(self) -> None:
        """End what the last function has begun and not ended."""
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                # Its blocks are in variables of the function's, or an interruption struck while one was being left.
                self._atomic = True
                transactions.forget(connection)
                continue
            if getattr(connection.connection, "in_transaction", False):
                connection.close()
            connection.close_if_unusable_or_obsolete()
        # An interruption may strike in the midst of taking a turn, or of giving it back.
        transactions.engine.let_go()

    def why_spent(self) -> str | None:
        """Why this process is to run no further function; None when nothing is in the way."""
        if self._atomic:
            return "had a block of `transaction.atomic()` left open by a task function"
        if threading.active_count() > self._threads and self._writes_on():
            return "has a thread left by a task function that keeps others from writing"
        if _connects().by_others > self._connected and self._writes_on():
            return "has a connection opened by a task function that keeps others from writing"
        return None

    def why_harmful(self) -> str | None:
        """Why this process is to end at once, while it runs no function; None when it may stay.

        What a function has left may begin to write at any time, and then no task comes after which one could look.
        """
        return "has something left by a task function that keeps others from writing" if self._writes_on() else None

    def _writes_on(self) -> bool:
        """Whether this process holds the record, and does so all along."""
        until = time.monotonic() + _PASSES_WITHIN
        while holds_the_record(os.getpid()):
            if time.monotonic() > until:
                return True
            # Nobody tells when a lock is let go: it is looked for again.
            time.sleep(0.05)
        return False


def holds_the_record(process: int) -> bool:
    """Whether a connection of that process is in a transaction that writes; False where the system does not tell."""
    try:
        locks = _LOCKS.read_text().splitlines()
        # In this mode of SQLite the one who writes has a lock on a byte of this file.
        beside = Path(f"{connections['default'].settings_dict['NAME']}-shm").stat()
    except OSError:
        return False
    file = f"{os.major(beside.st_dev):02x}:{os.minor(beside.st_dev):02x}:{beside.st_ino}"
    return any(fields[3:6] == ["WRITE", str(process), file] for fields in map(str.split, locks))
