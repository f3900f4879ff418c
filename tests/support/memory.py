"""Little memory for some processes: a control group whose limit the kernel keeps by killing one of them."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.trouble import lacking
from tests.support.waiting import wait_until

_OF_VERSION_1: Final = Path("/sys/fs/cgroup/memory")
_OF_VERSION_2: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Group:
    """One in which there is so much memory and no more."""

    folder: Path
    events: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What before a command has it run in the group, with all that it starts."""
        return ("sh", "-c", f'echo $$ > "{self.folder}/cgroup.procs" && exec "$@"', "sh")

    def kills(self) -> int:
        """How many processes the kernel has killed here for want of memory."""
        found = re.search(r"^oom_kill (\d+)$", (self.folder / self.events).read_text(), re.MULTILINE)
        assert found is not None, f"this kernel does not count its kills: {self.events}"
        return int(found[1])


@contextmanager
def little_memory(megabytes: int) -> Iterator[Group]:
    """A group of so many MiB, gone at the end, as what ran in it must be."""
    parent, limit, swap, events = _where()
    folder = parent / f"zonda-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        lacking(f"no control group can be made here: {error}")
    try:
        size = str(megabytes * 1024 * 1024)
        (folder / limit).write_text(size)
        if (folder / swap).exists():
            # Of version 1 it is the sum of both.
            (folder / swap).write_text(size if events == "memory.oom_control" else "0")
        yield Group(folder, events)
    finally:
        # The kernel may take a moment to let go of a process that has ended.
        wait_until(lambda: _is_gone(folder), 10, f"{folder} has nobody in it")


def _where() -> tuple[Path, str, str, str]:
    """The group to make another one in, and what is in each for its limit, that of its swap, and its events."""
    ours = {
        controller: path
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        for _, controllers, path in [line.split(":", 2)]
        for controller in controllers.split(",")
    }
    if "memory" in ours:
        first = _nearest(_OF_VERSION_1, ours["memory"])
        return first, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"
    own = _nearest(_OF_VERSION_2, ours.get("", "/"))
    within = next((one for one in (own, *own.parents) if _counts_memory(one)), None)
    if within is None:
        lacking("no control group here counts the memory of others within it")
    return within, "memory.max", "memory.swap.max", "memory.events"


def _counts_memory(group: Path) -> bool:
    """Whether it does of the groups in it: of version 2 one that has processes itself never does, and ours has."""
    shared = group / "cgroup.subtree_control"
    return shared.exists() and "memory" in shared.read_text().split()


def _nearest(root: Path, path: str) -> Path:
    """Our group, or of those around it the first that is seen in here: a container may show no more than its own."""
    own = root / path.lstrip("/")
    return next((one for one in (own, *own.parents) if one.exists()), root)


def _is_gone(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
