"""In a child process: how much of it the task functions that it has run so far have used up."""

import fcntl
import gc
import os
import resource
import sys
from pathlib import Path

from workers.streams import kept

DESCRIPTORS_AT_MOST = 500
"""Descriptors that task functions may have left open; or a quarter of what the process may open, if that is less."""

LEFT_AFTER_LOADING = 2
"""A child that has taken much memory to load its functions may have so many times as much."""

_STATM = Path("/proc/self/statm")


class Wear:
    """From the moment when the task functions are loaded.

    `tasks` is how many may be run, `memory` the bytes that may be resident after one.
    """

    def __init__(self, tasks: int, memory: int) -> None:
        self._most_tasks = self._tasks_left = tasks
        self._statm = kept(os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)) if _STATM.exists() else None
        self._memory = max(memory, LEFT_AFTER_LOADING * self._resident())
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        few = DESCRIPTORS_AT_MOST if most == resource.RLIM_INFINITY else min(DESCRIPTORS_AT_MOST, most // 4)
        self._number = _lowest_free() + few

    def after_task(self) -> str | None:
        """Why this process is to run nothing more, as the end of a sentence; None while it may go on."""
        self._tasks_left -= 1
        if self._tasks_left <= 0:
            return f"has run {self._most_tasks} tasks"
        if self._resident() > self._memory:
            # What is only waiting to be collected is not kept.
            gc.collect()
            if (resident := self._resident()) > self._memory:
                return f"keeps {_in_mib(resident)} of memory, the limit is {_in_mib(self._memory)}"
        try:
            number = _lowest_free()
        except OSError as error:
            return f"can open nothing more: {error}"
        if number >= self._number:
            return f"has {number} descriptors open"
        return None

    def _resident(self) -> int:
        if self._statm is not None:
            return int(os.pread(self._statm, 128, 0).split()[1]) * resource.getpagesize()
        # Elsewhere only the most that there ever was is told at so little cost.
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _lowest_free() -> int:
    """The lowest number that no descriptor has: what is left open raises it. To ask costs no look at all of them."""
    number = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 0)
    os.close(number)
    return number


def _in_mib(size: int) -> str:
    return f"{size / 1024**2:.0f} MiB"
