"""Which frames of a traceback are the user's own, by the name of their file. Pure.

The page folds the others away: frontend/src/features/task/traceback.ts says the same, and both are tested with
tests/support/frames.json.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

LIBRARY: Final = re.compile(r"/(?:site|dist)-packages/|/lib/python\d|^<", re.IGNORECASE)
"""Installed packages, Python's own library, what is built in, and what was made while it ran."""

ZONDA: Final = ("backend/tasks", "client", "wire", "workers")
"""Zonda's own packages that can be beneath a task function: where it calls Zonda, or is told to end."""

ENTRIES: Final = tuple(
    f"/backend/tasks/{module}.py" for module in ("backend", "context", "execution", "interruptions", "task", "testing")
)
"""Where one gets into them. A user's own package may be named like one of Zonda's; these tell where Zonda's lie."""


def own(files: Sequence[str]) -> list[bool]:
    """Of each frame of one traceback, in its order: whether it is the user's own."""
    named = [file.replace("\\", "/") for file in files]
    homes = {home for file in named if f"/{file}".endswith(ENTRIES) for home in _homes(file)}
    return [not LIBRARY.search(file) and homes.isdisjoint(_homes(file)) for file in named]


def _homes(file: str) -> Iterator[str]:
    """The folders that would be Zonda's, if this were a file of its packages."""
    for package in ZONDA:
        home, found, _ = f"/{file}".rpartition(f"/{package}/")
        if found:
            yield home
