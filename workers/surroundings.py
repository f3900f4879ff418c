"""In a child process: what task functions may change in all of it, put back after each one.

Each part is as it was when it was made, which is when the task functions are loaded. `restore` says whether there was
something to put back, in the words of its `name`; Beyond when it cannot be.

Not put back are modules other than `builtins` and `json`, loggers that were made meanwhile, and what a C library keeps
for itself.
"""

import builtins
import json

from workers.interpreter_state import (
    Arithmetic,
    Defaults,
    Environment,
    EventLoops,
    Imports,
    Locale,
    Modules,
    Names,
    Warnings,
)
from workers.logging_state import Logging
from workers.part import Beyond, Part
from workers.process_state import Descriptors, Directory, Limits, Mask, Owner


class Surroundings:
    """All of them but the signals, which have to come first."""

    def __init__(self) -> None:
        self._parts: list[Part] = [
            # Which may have taken away what the others need.
            Owner(),
            Limits(),
            Defaults(),
            Directory(),
            Environment(),
            Imports(),
            Mask(),
            Locale(),
            Names(builtins),
            Names(json),
            # What uses these names comes after them.
            Modules(),
            Logging(),
            Warnings(),
            EventLoops(),
            Arithmetic(),
            Descriptors(),
        ]

    def restore(self) -> list[str]:
        """The names of what was put back; Beyond, once everything else is, for what cannot be."""
        changed = []
        beyond: Exception | None = None
        for part in self._parts:
            try:
                if part.restore():
                    changed.append(part.name)
            except Beyond as error:
                beyond = error
            except Exception as error:  # noqa: BLE001  # whatever is so broken is beyond us
                beyond = Beyond(f"cannot put back its {part.name}: {error}")
        if beyond is not None:
            raise beyond
        return changed
