"""Who may write next to a SQLite record: first come, first served, and nobody waits for ever.

SQLite's write lock is no queue: who polls for it last may win. Two file locks make it one. Whoever holds *next* is the
only one waiting for *now*: beside a bulk writer a single write waits for one batch.

NoTurn      somebody else has been writing for too long, or stands still in the middle of it
NoThread    this machine has no thread left that could wait for the turn
"""

import _thread
import fcntl
import os
import threading
import weakref
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


class NoThread(OperationalError):
    """This machine has no thread left that could wait for the turn."""

    def __init__(self) -> None:
        super().__init__("no thread can be started to wait for the turn to write to the record")


class Turnstile:
    """The turns of one thread: a lock belongs to the open file, and threads must exclude each other too.

    The thread may be interrupted anywhere, by the end of a task function's time or by Ctrl-C. Whatever it had of a turn
    by then it lets go of.
    """

    def __init__(self, name: str) -> None:
        self._files = _Files(name)
        self._waiter: _Waiter | None = None

    @contextmanager
    def turn(self, within: float = WITHIN) -> Iterator[None]:
        """Wait for the turn, and have it inside. NoTurn when it does not come within so many seconds."""
        try:
            if not self._take(within):
                raise NoTurn(within)
            yield
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Have no turn, and want none; done twice it is the same as once."""
        if self._waiter is not None and self._waiter.stands():
            # It has what there is of the turn. Its place in the queue is ours when we ask again.
            return
        self._waiter = None
        self._files.let_go()

    def _take(self, within: float) -> bool:
        # A kernel's queue for a lock can't be left again, so another thread stands in it; it stays there when we have
        # given up, and is the one that we wait for the next time.
        if self._waiter is None or not self._waiter.rejoin():
            if self._files.take_at_once():
                return True
            self._waiter = _Waiter(self._files)
            self._waiter.start()
        return self._waiter.wait(within)


class _Waiter:
    """Stands in the queue for both locks, and hands them over to who still wants them then."""

    def __init__(self, files: "_Files") -> None:
        self._files = files
        # Not the condition's own way in, which is Python: one who is interrupted in it leaves it locked.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._stands = False
        self._wanted = True
        self.there = False

    def start(self) -> None:
        """Stand in the queue, in a thread of its own."""
        self._stands = True
        try:
            # One step, as threading's own way is not: who is interrupted in that leaves a thread half started.
            _thread.start_new_thread(self._stand, ())
        except Exception as error:
            self._stands = False
            raise NoThread from error

    def _stand(self) -> None:
        self._files.take()
        with self._lock:
            self.there, self._stands = True, False
            if self._wanted:
                self._changed.notify()
            else:
                fcntl.flock(self._files.present, fcntl.LOCK_UN)

    def wait(self, within: float) -> bool:
        """Whether the turn is had now."""
        with self._lock:
            return self._changed.wait_for(lambda: self.there, within)

    def stands(self) -> bool:
        """Whether it stands in the queue. The turn is not wanted any more: when it comes it is let go of."""
        with self._lock:
            self._wanted = False
            return self._stands

    def rejoin(self) -> bool:
        """Want it again; False when it has come meanwhile, and was let go of."""
        with self._lock:
            self._wanted = not self.there
            return self._wanted


class _Files:
    """The two files, open for as long as somebody has this object."""

    def __init__(self, name: str) -> None:
        opened: list[int] = []
        weakref.finalize(self, _close, opened)
        for path in (f"{name}-next", f"{name}-now"):
            opened.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._following, self.present = opened
        self._next = False

    def let_go(self) -> None:
        """Have neither."""
        self._next = False
        fcntl.flock(self.present, fcntl.LOCK_UN)
        fcntl.flock(self._following, fcntl.LOCK_UN)

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


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
