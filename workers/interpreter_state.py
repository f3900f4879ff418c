"""In a child process: what Python keeps for all of it that task functions may change."""

import asyncio
import decimal
import gc
import locale
import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, cast

from workers.part import Beyond

_HOOKS = ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook"))
"""Who is told of errors that nobody catches."""

_POLICY = "_event_loop_policy"
"""The name of it in `asyncio.events`: to ask for it makes one, and is to go from Python."""


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


class Imports:
    """Where modules are looked for, and by what. What looks for some more stays, after the others.

    It may be wanted by what was imported meanwhile.
    """

    name = "import path"

    def __init__(self) -> None:
        self._path = sys.path
        self._entries = list(sys.path)
        self._finders = [(name, getattr(sys, name), tuple(getattr(sys, name))) for name in ("meta_path", "path_hooks")]

    def restore(self) -> bool:
        changed = [name for name, finders, saved in self._finders if _put_first(name, finders, saved)]
        if changed:
            # What was looked for meanwhile was perhaps not found.
            sys.path_importer_cache.clear()
        if sys.path is self._path and self._path == self._entries:
            return bool(changed)
        sys.path = self._path
        sys.path[:] = self._entries
        return True


def _put_first(name: str, finders: list[Any], saved: tuple[Any, ...]) -> bool:
    now = getattr(sys, name)
    if now is finders and tuple(now[: len(saved)]) == saved:
        return False
    finders[:] = [*saved, *(one for one in now if one not in saved)]
    setattr(sys, name, finders)
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
        *((partial(getattr, *where), partial(setattr, *where)) for where in _HOOKS),
    )

    def __init__(self) -> None:
        self._saved = [(asked, asked(), put) for asked, put in self._ASKED_AND_SET]

    def restore(self) -> bool:
        changed = [(put, saved) for asked, saved, put in self._saved if asked() != saved]
        for put, saved in changed:
            put(saved)
        return bool(changed)


class Warnings:
    """What is warned of, and how."""

    name = "warnings"

    def __init__(self) -> None:
        self._show = warnings.showwarning
        # A list, whatever is said of it.
        self._filters = cast("list[Any]", warnings.filters)
        self._saved = list(warnings.filters)

    def restore(self) -> bool:
        if warnings.filters is self._filters and self._saved == self._filters and warnings.showwarning is self._show:
            return False
        warnings.showwarning = self._show
        warnings.filters = self._filters
        # Which also makes them be asked anew: what they said of a warning is remembered.
        warnings.resetwarnings()
        self._filters[:] = self._saved
        return True


class EventLoops:
    """Where `asyncio` takes them from: none that a function has had is another's."""

    name = "event loop policy"

    def __init__(self) -> None:
        self._names = vars(asyncio.events)
        self._policy = self._names[_POLICY]

    def restore(self) -> bool:
        now = self._names[_POLICY]
        if now is self._policy:
            return False
        self._names[_POLICY] = self._policy
        # `asyncio` itself makes one that is as good as none.
        return self._policy is not None or not type(now).__module__.startswith("asyncio.")


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
