"""What failures have in common: those of one kind have one key. Pure.

A kind is the exception's type, its message without all that differs from task to task, and the function of the user's
own code that it came out of. Line numbers are left out: they move when code far above them is edited.
"""

import re
from hashlib import blake2b
from typing import Final

from backend.tasks import frames
from backend.tasks.lifecycle import Reason

_CONSIDERED: Final = 1_000
"""Characters of a message that are looked at."""

_TITLE: Final = 200

_DIFFERING: Final = re.compile(
    r"""
      (?P<id> \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b    # a UUID
            | \b0x[0-9a-fA-F]+\b                                           # an address
            | \b(?=[0-9a-fA-F]*[0-9])(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b )   # a digest
    | (?P<time> [0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[-+][0-9]{2}:?[0-9]{2})?)? )
    | (?<![^\s(\[,:='"])[-+]?[0-9]+(?:[._][0-9]+)*(?:[eE][-+]?[0-9]+)?  # a number, with its sign where it has one
    | [0-9]+(?:[._][0-9]+)*
    """,
    re.VERBOSE,
)
_FRAME: Final = re.compile(r'^[ |+]*File "(?P<file>[^"\n]+)", line [0-9]+, in (?P<function>.+)$', re.MULTILINE)
_TRACEBACK: Final = "Traceback (most recent call last):"


def key(
    kind: str, error: str | None, exception: str | None = None, traceback: str | None = None, path: str = ""
) -> str:
    """The same for failures of one kind: 32 characters.

    `kind` tells errors from losses, timeouts and what was rejected; `path` is that of the task function.
    """
    # Of one that had to be killed nobody knows where it was, but which function it is that takes too long; and what is
    # rejected does not fit its function.
    where = frame(traceback or "") or (path if kind in (Reason.TIMEOUT, Reason.REJECTED) else "")
    parts = (kind, exception or "", _general(error or ""), where)
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=16).hexdigest()


def title(error: str | None) -> str:
    """What a failure with this error has in common with those of its kind, in one line."""
    general = _general(error or "") or "Failed without a word"
    return general if len(general) <= _TITLE else f"{general[: _TITLE - 1]}…"


def frame(traceback: str) -> str:
    """File and function of the innermost frame that is the user's own, else of the innermost; empty without any."""
    told = [list(_FRAME.finditer(part)) for part in traceback.split(_TRACEBACK)]
    is_own = iter(frames.own([found["file"] for part in told for found in part]))
    own = [[found for found in part if next(is_own)] for part in told]
    # The last traceback of a chain is the one that ended the attempt. A coroutine that is told to end has no part in
    # it, only in the one before.
    innermost = next((part[-1] for part in [*reversed(own), *reversed(told)] if part), None)
    if innermost is None:
        return ""
    # Where the code lies differs from host to host; its own last folders do not.
    file = "/".join(innermost["file"].replace("\\", "/").split("/")[-3:])
    return f"{file} {innermost['function']}"


def _general(error: str) -> str:
    """The first line of the message, with a sign in the place of each number and each id."""
    line = next((line.strip() for line in error[:_CONSIDERED].splitlines() if line.strip()), "")
    return _DIFFERING.sub(lambda found: f"<{found.lastgroup or 'n'}>", line)
