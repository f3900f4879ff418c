"""Who keeps others from writing to the record, or reads it, and whom of them this process or its like has started.

On Linux: elsewhere the system does not tell, and nobody is found.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from django.db import connections

_PROC: Final = Path("/proc")

_ALONE: Final = "WRITE"
"""The way of a lock that keeps all others off."""

_WRITING: Final = 120
"""The byte of a WAL index that SQLite locks for as long as a transaction writes."""

_READING: Final = range(123, 128)
"""The bytes of a WAL index one of which SQLite locks for as long as a transaction, or a statement, reads."""


def holders_of_the_record() -> set[int]:
    """The processes with a connection that is in a transaction that writes: one at most, unless one is just ending."""
    return {process for process, way, first, last in _of_its_index() if way == _ALONE and first <= _WRITING <= last}


def holders_of_the_turn() -> set[int]:
    """The process whose turn it is to write, if that is somebody's."""
    return {process for process, way, _, _ in _locks(f"{_record()}-now") if way == _ALONE}


def reads_the_record() -> bool:
    """Whether a connection of this process is in the midst of reading it."""
    me = os.getpid()
    # In whatever way: who goes on to another of these bytes keeps all others off it for a moment.
    return any(process == me and first in _READING and last in _READING for process, _, first, last in _of_its_index())


def _of_its_index() -> list[tuple[int, str, int, int]]:
    # In this mode of SQLite who reads or writes has a lock on a byte of this file, which is beside the record and not
    # beside a link to it.
    return _locks(f"{os.path.realpath(_record())}-shm")


def _record() -> str:
    return str(connections["default"].settings_dict["NAME"])


def _locks(path: str) -> list[tuple[int, str, int, int]]:
    """Who has locked the file, in which way, and from which byte to which."""
    try:
        there = Path(path).resolve()
        file = f"{_device(str(there.parent))}:{there.stat().st_ino}"
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return []
    # A line is: number, kind, mandatory or not, way, process, file, first byte, last byte or EOF.
    return [
        (int(fields[4]), fields[3], int(fields[6]), sys.maxsize if fields[7] == "EOF" else int(fields[7]))
        for fields in map(str.split, lines)
        if fields[5:6] == [file]
    ]


@cache
def _device(path: str) -> str:
    """The device that the folder is on, as the system calls it where it tells of locks."""
    folder = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = (_PROC / f"self/fdinfo/{folder}").read_text().split()
        beside = os.fstat(folder).st_dev
    finally:
        os.close(folder)
    mount = dict(zip(told[::2], told[1::2], strict=False)).get("mnt_id:")
    for fields in map(str.split, (_PROC / "self/mountinfo").read_text().splitlines()):
        if fields[0] == mount:
            major, minor = map(int, fields[2].split(":"))
            return f"{major:02x}:{minor:02x}"
    # Not told, and right as well but for a volume within a file system, as Btrfs has them: its locks are another's.
    return f"{os.major(beside):02x}:{os.minor(beside):02x}"


def descends_from(process: int, ancestor: int) -> bool:
    """Whether it is that one, or below it; False once it has ended."""
    while process and process != ancestor:
        try:
            # Between parentheses is a name, which may have anything in it.
            process = int((_PROC / f"{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
        except OSError:
            return False
    return process != 0


def has_children() -> bool:
    """Whether this process has a child, were it one that has ended and waits to be reaped."""
    if sys.platform == "linux":
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
