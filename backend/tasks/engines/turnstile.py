"""Who may write next to a SQLite record: first come, first served, and nobody waits for ever.

SQLite's write lock is no queue: who polls for it last may win. Two file locks make it one. Whoever holds *next* is the
only one waiting for *now*: beside a bulk writer a single write waits for one batch.

NoTurn    somebody else has been writing for too long, or stands still in the middle of it
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError

WITHIN: Final = 10.0
"""Seconds that a turn is waited for. A write takes milliseconds: who has it for longer stands still."""


class NoTurn(OperationalError):
    """Somebody else has been writing for too long, or stands still in the middle of it."""

    def __init__(self, within: float) -> None:
        super().__init__(f"another process has been writing to the record for over {within:g} s")


class Turnstile:
    """The turns of one thread: a lock belongs to the open file, and threads must exclude each other too."""

    def __init__(self, name: str) -> None:
        self._files = _Files(name)
        self._waiter: _Waiter | None = None

    @contextmanager
    def turn(self, within: float = WITHIN) -> Iterator[None]:
        """Wait for the turn, and have it inside. NoTurn when it does not come within so many seconds."""
        if not self._take(within):
            raise NoTurn(within)
        try:
            yield
        finally:
            fcntl.flock(self._files.present, fcntl.LOCK_UN)

    def _take(self, within: float) -> bool:
        # A kernel's queue for a lock can't be left again, so another thread stands in it; it stays there when we have
        # given up, and is the one that we wait for the next time.
        if self._waiter is None or not self._waiter.rejoin():
            if self._files.take_at_once():
                return True
            self._waiter = _Waiter(self._files)
            self._waiter.start()
        return self._waiter.wait(within)


class _Waiter(threading.Thread):
    """Stands in the queue for both locks, and hands them over to who still wants them then."""

    def __init__(self, files: "_Files") -> None:
        super().__init__(name="turnstile", daemon=True)
        self._files = files
        self._changed = threading.Condition()
        self._wanted = True
        self._there = False

    def run(self) -> None:
        self._files.take()
        with self._changed:
            self._there = True
            if self._wanted:
                self._changed.notify()
            else:
                fcntl.flock(self._files.present, fcntl.LOCK_UN)

    def wait(self, within: float) -> bool:
        """Whether the turn is had now."""
        with self._changed:
            try:
                self._changed.wait_for(lambda: self._there, within)
            except BaseException:
                # A task function may be interrupted anywhere.
                self._give_up()
                raise
            self._wanted = self._there
            return self._wanted

    def _give_up(self) -> None:
        self._wanted = False
        if self._there:
            fcntl.flock(self._files.present, fcntl.LOCK_UN)

    def rejoin(self) -> bool:
        """Want it again; False when it has come meanwhile, and was let go of."""
        with self._changed:
            self._wanted = not self._there
            return self._wanted


class _Files:
    """The two files, open for as long as somebody has this object."""

    def __init__(self, name: str) -> None:
        self._open: list[int] = []
        for path in (f"{name}-next", f"{name}-now"):
            self._open.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._following, self.present = self._open
        self._next = False

    def __del__(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)

    def take_at_once(self) -> bool:
        """Take both; what there is of them is kept for `take` to go on with."""
        try:
            fcntl.flock(self._following, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._next = True
            fcntl.flock(self.present, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._let_follow()
        return True

    def take(self) -> None:
        """Wait for both, however long that takes."""
        if not self._next:
            fcntl.flock(self._following, fcntl.LOCK_EX)
        fcntl.flock(self.present, fcntl.LOCK_EX)
        self._let_follow()

    def _let_follow(self) -> None:
        self._next = False
        fcntl.flock(self._following, fcntl.LOCK_UN)
