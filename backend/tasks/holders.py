"""Who keeps others from writing to the record, and whom of them this process or its like has started.

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

_WRITING: Final = 120
"""The byte of a WAL index that SQLite locks for as long as a transaction writes."""


def holders_of_the_record() -> set[int]:
    """The processes with a connection that is in a transaction that writes: one at most, unless one is just ending."""
    try:
        index, device = _index(str(connections["default"].settings_dict["NAME"]))
        # In this mode of SQLite the one who writes has a lock on a byte of this file.
        file = f"{device}:{index.stat().st_ino}"
        locks = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return set()
    # A line is: number, kind, mandatory or not, way, process, file, first byte, last byte or EOF.
    return {
        int(fields[4])
        for fields in map(str.split, locks)
        if fields[3:4] == ["WRITE"] and fields[5] == file and _spans(fields[6], fields[7])
    }


def _spans(first: str, last: str) -> bool:
    return int(first) <= _WRITING and (last == "EOF" or int(last) >= _WRITING)


@cache
def _index(record: str) -> tuple[Path, str]:
    """The WAL index of this record, and the device that it is on as the system calls it where it tells of locks."""
    # It is beside the file itself, not beside a link to it.
    index = Path(f"{os.path.realpath(record)}-shm")
    folder = os.open(index.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = (_PROC / f"self/fdinfo/{folder}").read_text().split()
        beside = os.fstat(folder).st_dev
    finally:
        os.close(folder)
    mount = dict(zip(told[::2], told[1::2], strict=False)).get("mnt_id:")
    for fields in map(str.split, (_PROC / "self/mountinfo").read_text().splitlines()):
        if fields[0] == mount:
            major, minor = map(int, fields[2].split(":"))
            return index, f"{major:02x}:{minor:02x}"
    # Not told, and right as well but for a volume within a file system, as Btrfs has them: its locks are another's.
    return index, f"{os.major(beside):02x}:{os.minor(beside):02x}"


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
