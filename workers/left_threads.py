"""In a child process: the threads that task functions leave."""

import threading
from time import monotonic

from workers.part import Beyond

THREADS_AT_MOST = 100
"""Threads that task functions may have left running: there is no way to end one."""

_ENDS_WITHIN = 0.01
"""Seconds in which a thread that has been let go may still end: it is not left behind."""


class Threads:
    """Those that go on when the function that has started them has ended. They can only be told of."""

    def __init__(self) -> None:
        self._known = set(threading.enumerate())
        self._at_first = len(self._known)

    def left(self) -> list[str]:
        """The names of those that the last function has left; Beyond when there are too many in all."""
        now = threading.enumerate()
        if len(now) == len(self._known) and self._known.issuperset(now):
            return []
        until = monotonic() + _ENDS_WITHIN
        for thread in set(now) - self._known:
            thread.join(max(0.0, until - monotonic()))
        before, self._known = self._known, set(threading.enumerate())
        if (many := len(self._known) - self._at_first) > THREADS_AT_MOST:
            raise Beyond(f"has {many} threads that task functions have left")
        return sorted(thread.name for thread in self._known - before)
