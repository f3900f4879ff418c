"""Who has a byte of a file locked, and whom of them a process has started.

On Linux: elsewhere the system does not tell, and nobody is found.
"""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_PROC: Final = Path("/proc")


class Lock(NamedTuple):
    """Somebody's lock on the bytes of a file from the first to the last; `alone` when it keeps all others off."""

    process: int
    alone: bool
    first: int
    last: int


def holders(file: Path, byte: int) -> set[int]:
    """The processes that have this byte locked against all others, each for all of itself."""
    return {lock.process for lock in on(file) if lock.alone and lock.first <= byte <= lock.last}


def on(file: Path) -> list[Lock]:
    """Every lock on this file, or on the one that it is a link to."""
    try:
        there = file.resolve()
        name = f"{_device(there.parent)}:{there.stat().st_ino}"
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return []
    # A line is: number, kind, mandatory or not, way, process, file, first byte, last byte or EOF.
    return [
        Lock(
            int(fields[4]), fields[3] == "WRITE", int(fields[6]), sys.maxsize if fields[7] == "EOF" else int(fields[7])
        )
        for fields in map(str.split, lines)
        if fields[5:6] == [name]
    ]


@cache
def _device(path: Path) -> str:
    """The device that what is in this folder is on, as the system calls it where it tells of locks."""
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
            process = int(_stat(process)[1])
        except OSError:
            return False
    return process != 0


def is_stopped(process: int) -> bool:
    """Whether a signal has stopped it, and nothing has let it go on; False once it has ended."""
    try:
        return _stat(process)[0] == b"T"
    except OSError:
        return False


def _stat(process: int) -> list[bytes]:
    # Between parentheses is a name, which may have anything in it.
    return (_PROC / f"{process}/stat").read_bytes().rpartition(b")")[2].split()
