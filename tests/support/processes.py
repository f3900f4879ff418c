"""Looking at processes from outside."""

import os
import signal
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process with this number runs; a zombie, which only waits to be reaped, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """The processes that the first thread of this one has started; none when it is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def with_environment(entry: str) -> set[int]:
    """The processes that were started with this `NAME=value` in their environment, whoever started them."""
    wanted = entry.encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            entries = (folder / "environ").read_bytes().split(b"\0")
        except (OSError, ProcessLookupError):
            continue
        if wanted in entries and is_alive(int(folder.name)):
            found.add(int(folder.name))
    return found


def kill(pid: int) -> None:
    """Kill it, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
