"""In a child process: what the system keeps of it that task functions may change."""

import faulthandler
import fcntl
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from workers.part import Beyond
from workers.streams import kept

# `signal`'s own makes an enumeration's member of each answer, which takes most of the time.
_handler_of: Callable[[int], Any] = sys.modules["_signal"].getsignal

_MOST_CLOSED = 20
"""Who closes descriptors that are not its own closes them from low numbers on, up to here at least."""


class Signals:
    """What this process does at each signal, and which alarms are set."""

    name = "signals"

    def __init__(self) -> None:
        self._handlers = [(number, _handler_of(number)) for number in signal.valid_signals()]
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def restore(self) -> bool:
        for alarm in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(alarm, 0)
        signal.set_wakeup_fd(-1)
        changed = [(number, handler) for number, handler in self._handlers if _handler_of(number) is not handler]
        if changed or not faulthandler.is_enabled():
            self._put_back(changed)
        return signal.pthread_sigmask(signal.SIG_SETMASK, self._mask) != self._mask or bool(changed)

    def _put_back(self, changed: Sequence[tuple[int, Any]]) -> None:
        # Its own handlers are none that Python tells of.
        faulthandler.disable()
        for number, handler in changed:
            if handler is None:
                raise Beyond(f"has lost the handler that it had for signal {number}")
            signal.signal(number, handler)
        # `sys.stderr` may be anything by now.
        faulthandler.enable(2)


class Directory:
    """The working directory: the directory itself, whatever it is called by now."""

    name = "working directory"

    def __init__(self) -> None:
        self._here = kept(os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC))
        self._called = _called()

    def restore(self) -> bool:
        if (called := _called()) == self._called and called is not None:
            return False
        os.fchdir(self._here)
        before, self._called = self._called, _called()
        return before is not None


def _called() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  # a text is compared, nothing is done with it
    except OSError:
        # Somebody has deleted it.
        return None


class Mask:
    """What new files may not be."""

    name = "umask"

    def __init__(self) -> None:
        self._mask = os.umask(0)
        os.umask(self._mask)

    def restore(self) -> bool:
        return os.umask(self._mask) != self._mask


class Limits:
    """How much of the system's resources there may be used, on which processors, and with what priority."""

    name = "limits"

    _LOWERED_AT_TIMES = ("AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK")

    def __init__(self) -> None:
        names = [f"RLIMIT_{name}" for name in self._LOWERED_AT_TIMES]
        numbers = [getattr(resource, name) for name in names if hasattr(resource, name)]
        self._limits = [(number, resource.getrlimit(number)) for number in numbers]
        self._priority = os.getpriority(os.PRIO_PROCESS, 0)
        self._processors = _processors()

    def restore(self) -> bool:
        changed = False
        for number, limits in self._limits:
            if resource.getrlimit(number) != limits:
                resource.setrlimit(number, limits)
                changed = True
        if os.getpriority(os.PRIO_PROCESS, 0) != self._priority:
            os.setpriority(os.PRIO_PROCESS, 0, self._priority)
            changed = True
        if _processors() != self._processors:
            os.sched_setaffinity(0, self._processors)
            changed = True
        return changed


def _processors() -> set[int]:
    """Those that it may run on; none where the system does not tell."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


class Owner:
    """On whose behalf it acts. There may be no way back, and what was done meanwhile is another's."""

    name = "owner"

    def __init__(self) -> None:
        self._saved = self._now()

    def restore(self) -> bool:
        if self._now() != self._saved:
            raise Beyond("was made to act as another user or group")
        return False

    @staticmethod
    def _now() -> tuple[object, ...]:
        # Elsewhere only two of the three of each can be asked for.
        every = (getattr(os, name, None) for name in ("getresuid", "getresgid"))
        return os.geteuid(), os.getegid(), os.getgroups(), *(ask() for ask in every if ask is not None)


class Descriptors:
    """Open descriptors of others: two that nobody knows of stand for all."""

    name = "descriptors"

    def __init__(self) -> None:
        reading, writing = os.pipe()
        os.close(writing)
        self._ours = os.fstat(reading)
        self._numbers = (reading, fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, _MOST_CLOSED))

    def restore(self) -> bool:
        for number in self._numbers:
            try:
                same = os.path.samestat(os.fstat(number), self._ours)
            except OSError:
                same = False
            if not same:
                raise Beyond("had descriptors closed that a task function had not opened")
        return False
