"""Which file the record is: one that was deleted or replaced under a process must not be written to in silence.

Gone    the record's file is not the one any more that this process has opened
"""

import os
from typing import Final

from django.db import OperationalError


class Gone(OperationalError):
    """The record's file is not the one any more that this process has opened."""

    def __init__(self) -> None:
        super().__init__("the record's file was deleted or replaced while Zonda runs")


type _Identity = tuple[int, int]

_known: Final[dict[str, _Identity]] = {}


def recognise(path: str) -> None:
    """Gone unless the file is the one that was there the first time; before that it may be yet to be made."""
    found = _identity(path)
    known = _known.get(path)
    if known is None:
        if found is not None:
            _known[path] = found
    elif found != known:
        raise Gone


def forget(path: str) -> None:
    """Whatever file is there the next time is the record."""
    _known.pop(path, None)


def _identity(path: str) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116  (once for each write: a Path takes four times as long)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
