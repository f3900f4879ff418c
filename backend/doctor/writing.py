"""Whether somebody keeps all others from writing, and who that is."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection

from backend.doctor.findings import Finding, breach
from backend.tasks.engines.turnstile import WITHIN
from backend.tasks.holders import holders_of_the_record, holders_of_the_turn

_AGAIN: Final = 0.25

_ARGUMENTS_AT_MOST: Final = 200
"""Characters of a command line: what comes after them tells nobody who it is."""


def standing(within: float = WITHIN) -> Iterator[Finding]:
    """What L2 rests on: a write takes milliseconds, and who has the turn for `within` seconds stands still in one."""
    until = time.monotonic() + within
    before = _commits()
    while (holding := _others()) and _commits() == before:
        if time.monotonic() >= until:
            yield breach(
                f"nothing was written for {within:g} s, for somebody keeps the record to itself",
                [_named(process) for process in sorted(holding)],
                "If it is stopped, let it go on (`kill -CONT`); else end it: what it has not committed is undone, and "
                "the next one writes. A process of Zonda's is started again.",
            )
            return
        # Nobody tells when a lock is let go: it is looked for again.
        time.sleep(_AGAIN)


def _others() -> set[int]:
    return (holders_of_the_record() | holders_of_the_turn()) - {os.getpid()}


def _commits() -> int:
    """Changes with each commit of another connection."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


def _named(process: int) -> str:
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        line = b""
    words = line.rstrip(b"\0").replace(b"\0", b" ").decode(errors="backslashreplace")
    # A line break or an escape sequence in it would be the terminal's.
    shown = "".join(one if one.isprintable() else "?" for one in words)[:_ARGUMENTS_AT_MOST]
    return f"process {process} ({shown or 'whose command line cannot be read'})"
