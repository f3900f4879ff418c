"""What a task function leaves of its connections: it would stop all who write, or be the next function's."""

import os
import sys
import threading
import time
from functools import cache
from typing import Any, Final

from django.db import connections
from django.db.backends.signals import connection_created

from backend.tasks.holders import has_children, has_siblings, holders_of_the_record, reads_the_record
from backend.tasks.store import transactions
from backend.tasks.watched import Watched
from wire.locks import descends_from

_PASSES_WITHIN: Final = 1.0
"""Seconds in which a thread or a process that goes on may end what it is writing, or a thread what it is reading."""

_STARTS: Final = {"os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
"""What Python says when it starts a process. `multiprocessing` says nothing."""


class _Begun:
    """How many connections to SQLite this process has opened, but Django's of this thread, and processes started."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._all = self._of_django = self.processes = 0
        # Neither can be listed: Django knows its own, and to SQLite's nothing can refer without keeping it.
        sys.addaudithook(self._heard)
        connection_created.connect(self._created, weak=False)

    @property
    def connections(self) -> int:
        return self._all - self._of_django

    def _heard(self, event: str, _: tuple[object, ...]) -> None:
        if event == "sqlite3.connect/handle":
            self._all += 1
        elif event in _STARTS:
            self.processes += 1

    def _created(self, connection: Any, **_: object) -> None:
        self._of_django += connection.vendor == "sqlite" and threading.get_ident() == self._thread
        if isinstance(connection.connection, Watched):
            connection.connection.begins()


@cache
def _begun() -> _Begun:
    """One for the process: an audit hook stays."""
    return _Begun()


class LeftOpen:
    """For the thread that runs task functions, from before the first of them."""

    def __init__(self) -> None:
        self._threads = threading.active_count()
        self._connected = _begun().connections
        self._started = _begun().processes
        # It adopts what loses its parent below it.
        self._guard = os.getppid()
        self._found: set[int] = set()
        self._wrappers = {one.alias: list(one.execute_wrappers) for one in connections.all(initialized_only=True)}
        self._left: str | None = None
        for database in connections.settings.values():
            if database["ENGINE"] == "django.db.backends.sqlite3":
                database["OPTIONS"].setdefault("factory", Watched)

    def roll_back(self) -> None:
        """End the transactions that the last function has begun and not ended."""
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                # Its blocks are in variables of the function's, or an interruption struck while one was being left.
                self._left = "a block of `transaction.atomic()`"
                transactions.forget(connection)
                continue
            if getattr(connection.connection, "in_transaction", False):
                connection.close()
            connection.close_if_unusable_or_obsolete()
        # An interruption may strike in the midst of taking a turn, or of giving it back.
        transactions.engine.let_go()

    def close(self) -> None:
        """End all that it has begun, and have connections to SQLite that are as any was when it was opened."""
        self.roll_back()
        for connection in connections.all(initialized_only=True):
            connection.execute_wrappers = list(self._wrappers.get(connection.alias, ()))
            if connection.vendor == "sqlite" and (own := connection.connection) is not None:
                watched = isinstance(own, Watched)
                if watched and not own.end_statements():
                    self._left = "a query"
                if not watched or not own.is_as_opened:
                    connection.close()

    def why_spent(self) -> str | None:
        """Why this process is to run no further function; None when nothing is in the way."""
        if self._left is not None:
            return f"had {self._left} left open by a task function"
        threads = threading.active_count() > self._threads
        connected = _begun().connections > self._connected
        if (threads or connected or self._has_processes()) and (holding := self._write_on()):
            if os.getpid() not in holding:
                what = "process started"
            else:
                what = "thread left" if threads else "connection opened" if connected else "transaction left open"
            return f"has a {what} by a task function that keeps others from writing"
        if connected and self._reads_on():
            return "has a connection opened by a task function that reads the record without end"
        return None

    def why_harmful(self) -> str | None:
        """Why this process is to end at once, while it runs no function; None when it may stay.

        What a function has left may begin to write at any time, and then no task comes after which one could look.
        """
        return "has something left by a task function that keeps others from writing" if self._write_on() else None

    def _has_processes(self) -> bool:
        """Whether something that functions have started may still be there. Asked after each task, it costs little."""
        # Not everything that starts one is heard of, but what is not is mostly still a child. What has lost its parent
        # is with ours, which adopts it.
        return has_children() or (_begun().processes > self._started and has_siblings(self._guard))

    def _write_on(self) -> set[int]:
        """Who of this process and what was started in it holds the record, and does so all along."""
        until = time.monotonic() + _PASSES_WITHIN
        holding = self._ours()
        while holding and not holding & self._found and time.monotonic() <= until:
            # Nobody tells when a lock is let go: it is looked for again.
            time.sleep(0.05)
            holding &= self._ours()
        self._found = holding
        return holding

    def _reads_on(self) -> bool:
        """Whether this process reads the record all along, so that its write-ahead log cannot be emptied."""
        until = time.monotonic() + _PASSES_WITHIN
        while reads := reads_the_record():
            if time.monotonic() > until:
                break
            # As for what is written.
            time.sleep(0.05)
        return reads

    def _ours(self) -> set[int]:
        me = os.getpid()
        return {one for one in holders_of_the_record() if one == me or descends_from(one, self._guard)}
