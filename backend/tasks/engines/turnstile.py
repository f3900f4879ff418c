"""Who may write next to a SQLite record: first come, first served, and nobody waits for ever.

SQLite's write lock is no queue: who polls for it last may win. Two file locks make it one. Whoever holds *next* is the
only one waiting for *now*: beside a bulk writer a single write waits for one batch.

NoTurn      somebody else has been writing for too long, or stands still in the middle of it
NoThread    this machine has no thread left that could wait for the turn
NoLock      the file system gives no lock on the files of the turn
"""

import _thread
import fcntl
import os
import threading
import weakref
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


class NoLock(OperationalError):
    """The file system gives no lock on the files of the turn: it has none left, or its server or disk fails."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the turn to write to the record cannot be locked: {error}")


class Turnstile:
    """The turns of one thread: a lock belongs to the open file, and threads must exclude each other too.

    The thread may be interrupted anywhere, by the end of a task function's time or by Ctrl-C; then whoever let it write
    lets go once more, for letting go is what may have been interrupted.
    """

    def __init__(self, name: str) -> None:
        self._files = _Files(name)
        self._waiter: _Waiter | None = None

    def take_turn(self, within: float = WITHIN) -> None:
        """Wait for the turn, and have it until it is let go of. NoTurn when it does not come within so many seconds.

        NoThread or NoLock where it can't even be waited for. Whatever is raised, nobody is kept from writing by it.
        """
        try:
            if not self._take(within):
                raise NoTurn(within)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Have no turn, and want none; done twice it is the same as once."""
        if self._waiter is not None and self._waiter.stands():
            # It has what there is of the turn. Its place in the queue is ours when we ask again.
            return
        self._waiter = None
        if (error := self._files.failed_to_let_go()) is not None:
            raise NoLock(error) from error

    def _take(self, within: float) -> bool:
        # A kernel's queue for a lock can't be left again, so another thread stands in it; it stays there when we have
        # given up, and is the one that we wait for the next time.
        if self._waiter is None or not self._waiter.rejoin():
            try:
                if self._files.take_at_once():
                    return True
            except OSError as error:
                raise NoLock(error) from error
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
        self._failed: OSError | None = None
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
        failed = None
        try:
            self._files.take()
        except OSError as error:
            failed = error
        with self._lock:
            if failed is not None or not self._wanted:
                # Inside the lock: the files are the owner's again as soon as this is known to stand no more.
                failed = self._files.failed_to_let_go() or failed
            self._failed, self.there, self._stands = failed, failed is None, False
            self._changed.notify()

    def wait(self, within: float) -> bool:
        """Whether the turn is had now. NoLock when it can't be waited for any longer."""
        with self._lock:
            there = self._changed.wait_for(lambda: self.there or self._failed is not None, within)
            if self._failed is not None:
                raise NoLock(self._failed) from self._failed
            return there

    def stands(self) -> bool:
        """Whether it stands in the queue. The turn is not wanted any more: when it comes it is let go of."""
        with self._lock:
            self._wanted = False
            return self._stands

    def rejoin(self) -> bool:
        """Want it again; False when it has come meanwhile, and was let go of, or never will."""
        with self._lock:
            self._wanted = self._stands
            return self._wanted


class _Files:
    """The two files, open for as long as somebody has this object."""

    def __init__(self, name: str) -> None:
        opened: list[int] = []
        weakref.finalize(self, _close, opened)
        self._paths = f"{name}-next", f"{name}-now"
        for path in self._paths:
            opened.append(_open(path))
        self._following, self._present = opened
        self._next = False

    def failed_to_let_go(self) -> OSError | None:
        """Have neither; the error where one may still be held, for not even another file could take its place."""
        self._next = False
        failed = None
        for descriptor, path in zip((self._present, self._following), reversed(self._paths), strict=True):
            try:
                _unlock(descriptor, path)
            except OSError as error:
                failed = error
        return failed

    def take_at_once(self) -> bool:
        """Take both; what there is of them is kept for `take` to go on with."""
        try:
            fcntl.flock(self._following, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._next = True
            fcntl.flock(self._present, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._let_follow()
        return True

    def take(self) -> None:
        """Wait for both, however long that takes."""
        if not self._next:
            fcntl.flock(self._following, fcntl.LOCK_EX)
        fcntl.flock(self._present, fcntl.LOCK_EX)
        self._let_follow()

    def _let_follow(self) -> None:
        self._next = False
        fcntl.flock(self._following, fcntl.LOCK_UN)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _unlock(descriptor: int, path: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except OSError:
        # A lock ends with its open file as well. Another takes that one's place, for its number is known to others.
        fresh = _open(path)
        try:
            os.dup2(fresh, descriptor, inheritable=False)
        finally:
            os.close(fresh)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
