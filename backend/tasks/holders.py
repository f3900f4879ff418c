"""Who keeps others from writing to the record, or reads it, and whom of them this process or its like has started.

On Linux: elsewhere the system does not tell, and nobody is found.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.db import connections

from wire import locks

_PROC: Final = Path("/proc")

WRITING: Final = 120
"""The byte of a WAL index that SQLite locks for as long as a transaction writes."""

HEAD: Final = 48
"""Bytes at the beginning of a WAL index that are others after each transaction that has written."""

_READING: Final = range(123, 128)
"""The bytes of a WAL index one of which SQLite locks for as long as a transaction, or a statement, reads."""


def holders_of_the_record() -> set[int]:
    """The processes with a connection that is in a transaction that writes: one at most, unless one is just ending."""
    return locks.holders(index_of_the_record(), WRITING)


def holders_of_the_turn() -> set[int]:
    """The process whose turn it is to write, if that is somebody's."""
    return locks.holders(Path(f"{_record()}-now"), 0)


def reads_the_record() -> bool:
    """Whether a connection of this process is in the midst of reading it."""
    me = os.getpid()
    # In whatever way: who goes on to another of these bytes keeps all others off it for a moment.
    return any(
        lock.process == me and lock.first in _READING and lock.last in _READING
        for lock in locks.on(index_of_the_record())
    )


def index_of_the_record() -> Path:
    """Its WAL index: in this mode of SQLite who reads or writes has a lock on a byte of that."""
    # It is beside the file itself, not beside a link to it.
    return Path(f"{os.path.realpath(_record())}-shm")


def _record() -> str:
    return str(connections["default"].settings_dict["NAME"])


def has_children() -> bool:
    """Whether this process has a child, were it one that has ended and waits to be reaped."""
    if sys.platform == "linux":
        # That is how the system says that there is none.
        with suppress(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            return True
    return False


def has_siblings(parent: int) -> bool:
    """Whether this process's parent, which has one thread, has other children; True where the system does not tell."""
    try:
        children = (_PROC / f"{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return True
    return any(int(child) != os.getpid() for child in children)
