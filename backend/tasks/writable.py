"""Whether the record takes writes, found out without one."""

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from backend.tasks import identity, unreachable

LEAST_SPACE: Final = 1024 * 1024
"""Bytes beside the record below which it counts as full: a commit may take as many."""

WITHIN: Final = 1.0
"""Seconds that another's write may take before the record counts as kept by it."""


def hindrance(record: Path) -> str | None:
    """Why a write would fail now, None when it would not."""
    try:
        identity.recognise(str(record))
        if shutil.disk_usage(record.parent).free < LEAST_SPACE:
            return unreachable.FULL
        # Of its own: it sees what a new connection sees, and makes no file where there is none.
        look = sqlite3.connect(f"{record.absolute().as_uri()}?mode=rw", timeout=WITHIN, uri=True, isolation_level=None)
        try:
            look.execute("BEGIN IMMEDIATE")
            look.execute("ROLLBACK")
        finally:
            look.close()
    except (OSError, sqlite3.Error, *unreachable.AWAY) as error:
        return unreachable.why(error)
    return None
