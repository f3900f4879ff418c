"""In a child process: what task functions may change in all of it, put back after each one.

Each part is as it was when it was made, which is when the task functions are loaded. `restore` says whether there was
something to put back, in the words of its `name`; Beyond when it cannot be.

Not put back are modules other than `builtins` and `json`, and what a C library keeps for itself.
"""

import builtins
import decimal
import faulthandler
import fcntl
import gc
import json
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from time import monotonic
from types import ModuleType
from typing import Any, Protocol

from workers.streams import kept

# `signal`'s own makes an enumeration's member of each answer, which takes most of the time.
_handler_of: Callable[[int], Any] = sys.modules["_signal"].getsignal

THREADS_AT_MOST = 100
"""Threads that task functions may have left running: there is no way to end one."""

_ENDS_WITHIN = 0.01
"""Seconds in which a thread that has been let go may still end: it is not left behind."""

_MOST_CLOSED = 20
"""Who closes descriptors that are not its own closes them from low numbers on, up to here at least."""


class Beyond(Exception):
    """What cannot be put back. The text is the end of a sentence about this process."""


class Part(Protocol):
    """One thing that is the whole process's."""

    name: str

    def restore(self) -> bool: ...


class Surroundings:
    """All of them but the signals, which have to come first."""

    def __init__(self) -> None:
        self._parts: list[Part] = [
            Limits(),
            Defaults(),
            Directory(),
            Environment(),
            ImportPath(),
            Mask(),
            Locale(),
            Names(builtins),
            Names(json),
            # What uses these names comes after them.
            Modules(),
            Logging(),
            Arithmetic(),
            Descriptors(),
        ]

    def restore(self) -> list[str]:
        """The names of what was put back; Beyond, once everything else is, for what cannot be."""
        changed = []
        beyond: Exception | None = None
        for part in self._parts:
            try:
                if part.restore():
                    changed.append(part.name)
            except Beyond as error:
                beyond = error
            except Exception as error:  # noqa: BLE001  # whatever is so broken is beyond us
                beyond = Beyond(f"cannot put back its {part.name}: {error}")
        if beyond is not None:
            raise beyond
        return changed


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


class Environment:
    """The environment variables, as Python has them: to compare them as `os.environ` shows them takes long."""

    name = "environment"

    def __init__(self) -> None:
        self._environ = os.environ
        self._data: dict[bytes, bytes] = vars(os.environ)["_data"]
        self._saved = dict(self._data)

    def restore(self) -> bool:
        other = os.environ is not self._environ
        os.environ = self._environ  # noqa: B003  # somebody else may have put another there
        if self._data == self._saved:
            return other
        for name in set(self._data) - set(self._saved):
            del os.environb[name]
        for name, value in self._saved.items():
            if self._data.get(name) != value:
                os.environb[name] = value
        # For it may have been the time zone.
        time.tzset()
        return True


class ImportPath:
    """Where modules are looked for."""

    name = "import path"

    def __init__(self) -> None:
        self._path = sys.path
        self._entries = list(sys.path)

    def restore(self) -> bool:
        if sys.path is self._path and self._path == self._entries:
            return False
        sys.path = self._path
        sys.path[:] = self._entries
        return True


class Modules:
    """What has been imported: a function may add to it, and everybody relies on the rest."""

    name = "modules"

    def __init__(self) -> None:
        self._modules = sys.modules
        self._many = len(sys.modules)

    def restore(self) -> bool:
        if sys.modules is not self._modules or len(sys.modules) < self._many:
            raise Beyond("had modules taken away that others rely on")
        return False


class Logging:
    """Where all log, and from which level on."""

    name = "logging"

    def __init__(self) -> None:
        self._root = logging.getLogger()
        self._handlers = list(self._root.handlers)
        self._filters = [list(handler.filters) for handler in self._handlers]
        self._saved = self._levels()

    def _levels(self) -> tuple[int, ...]:
        return self._root.manager.disable, self._root.level, *(handler.level for handler in self._handlers)

    def restore(self) -> bool:
        filters = [handler.filters for handler in self._handlers]
        if self._root.handlers == self._handlers and self._levels() == self._saved and filters == self._filters:
            return False
        self._root.handlers[:] = self._handlers
        disable, level, *levels = self._saved
        logging.disable(disable)
        self._root.setLevel(level)
        for handler, its, filtering in zip(self._handlers, levels, self._filters, strict=True):
            handler.setLevel(its)
            handler.filters[:] = filtering
        return True


class Arithmetic:
    """How exact decimal numbers are, and what is an error with them."""

    name = "decimal context"

    _NAMES = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp", "traps")

    def __init__(self) -> None:
        self._saved = decimal.getcontext().copy()

    def restore(self) -> bool:
        now = decimal.getcontext()
        if all(getattr(now, name) == getattr(self._saved, name) for name in self._NAMES):
            return False
        decimal.setcontext(self._saved.copy())
        return True


class Mask:
    """What new files may not be."""

    name = "umask"

    def __init__(self) -> None:
        self._mask = os.umask(0)
        os.umask(self._mask)

    def restore(self) -> bool:
        return os.umask(self._mask) != self._mask


class Locale:
    """How numbers, times and texts are written."""

    name = "locale"

    def __init__(self) -> None:
        self._locale = locale.setlocale(locale.LC_ALL)

    def restore(self) -> bool:
        if locale.setlocale(locale.LC_ALL) == self._locale:
            return False
        locale.setlocale(locale.LC_ALL, self._locale)
        return True


class Limits:
    """How much of the system's resources there may be used, and with what priority."""

    name = "limits"

    _LOWERED_AT_TIMES = ("AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK")

    def __init__(self) -> None:
        names = [f"RLIMIT_{name}" for name in self._LOWERED_AT_TIMES]
        numbers = [getattr(resource, name) for name in names if hasattr(resource, name)]
        self._limits = [(number, resource.getrlimit(number)) for number in numbers]
        self._priority = os.getpriority(os.PRIO_PROCESS, 0)

    def restore(self) -> bool:
        changed = False
        for number, limits in self._limits:
            if resource.getrlimit(number) != limits:
                resource.setrlimit(number, limits)
                changed = True
        if os.getpriority(os.PRIO_PROCESS, 0) != self._priority:
            os.setpriority(os.PRIO_PROCESS, 0, self._priority)
            changed = True
        return changed


class Defaults:
    """What Python and its sockets do when nobody says otherwise."""

    name = "defaults of Python"

    _ASKED_AND_SET: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
        (sys.getrecursionlimit, sys.setrecursionlimit),
        (sys.gettrace, sys.settrace),
        (sys.getprofile, sys.setprofile),
        (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        (gc.get_threshold, lambda thresholds: gc.set_threshold(*thresholds)),
        (socket.getdefaulttimeout, socket.setdefaulttimeout),
        (sys.getswitchinterval, sys.setswitchinterval),
        (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    )

    def __init__(self) -> None:
        self._saved = [(asked, asked(), put) for asked, put in self._ASKED_AND_SET]

    def restore(self) -> bool:
        changed = [(put, saved) for asked, saved, put in self._saved if asked() != saved]
        for put, saved in changed:
            put(saved)
        return bool(changed)


class Names:
    """What a module calls its own. A name that was added stays: it may be wanted by what was imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self.name = f"names of {module.__name__}"
        self._names = vars(module)
        # `_` is nobody's: translations put it there, and every prompt.
        self._saved = {name: value for name, value in self._names.items() if name != "_"}

    def restore(self) -> bool:
        now = self._names
        changed = [name for name, value in self._saved.items() if now.get(name) is not value]
        for name in changed:
            now[name] = self._saved[name]
        return bool(changed)


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
