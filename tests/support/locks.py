"""Locks on files, seen from outside."""

import fcntl
from pathlib import Path


def is_held(path: str) -> bool:
    """Whether somebody has the file locked; it is there."""
    with Path(path).open() as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
