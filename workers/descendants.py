"""What the processes below this one have started and left behind, found and killed.

On Linux a process can have every orphan below it become its own child, however often that has forked and whatever
session it has made for itself. Elsewhere orphans are not found: nothing is adopted, and there are no strays.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37
_PTRACE_DETACH = 17

_PROC = Path("/proc")


def adopt_orphans() -> None:
    """Have every orphan below this process become its child from now on."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the system kill this process when the thread that has started it ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def kill_strays(known: Container[int] = ()) -> bool:
    """Kill every child of this process except those; whether there were any. Again until not: theirs come next.

    Only children, so that no number can have become somebody else's meanwhile; and only in a process that adopts
    orphans, whose children are therefore all that there can be.
    """
    found = False
    for pid in children() if _adopts_orphans() else ():
        if pid in known:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
        except PermissionError:
            # It has become somebody else's process: nothing can be done about it, and nobody need wait for it.
            continue
        except ProcessLookupError:
            continue
        found = True
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return found


def children() -> list[int]:
    """The children of this process, those that have ended and wait to be reaped included."""
    if sys.platform != "linux":
        return []
    me = os.getpid()
    if not (_PROC / f"self/task/{me}/children").exists():
        return children_by_parent(me)
    found: list[int] = []
    for thread in (_PROC / "self/task").iterdir():
        # A thread may end at any time; what it has started becomes another's.
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (thread / "children").read_text().split())
    return found


def children_by_parent(parent: int) -> list[int]:
    """The same where the system does not list them: everybody is asked for their parent."""
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            # Between parentheses is a name, which may have anything in it.
            if int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def let_go(pid: int, number: int) -> None:
    """End the tracing of a child that has asked to be traced and waits now, and give it the signal that it waits at."""
    if sys.platform == "linux":
        ctypes.CDLL(None).ptrace(_PTRACE_DETACH, pid, None, ctypes.c_void_p(number))


def _adopts_orphans() -> bool:
    answer = ctypes.c_int(0)
    _prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(answer))
    return bool(answer.value)


def _prctl(option: int, value: Any) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
