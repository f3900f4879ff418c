"""The record as anyone can read it, beside the product: no Django, no code of ours."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

TERMINAL: Final = ("FINISHED", "FAILED")
_EVERY: Final = 1.0

type End = tuple[str, str | None, str | None]
"""Status, reason and when."""


@dataclass(frozen=True, slots=True)
class Row:
    """A task: `attempts` are their numbers and outcomes, in order; `result` is what it returned, None without any."""

    key: str
    status: str
    reason: str | None
    attempt: int
    round: int
    max_attempts: int
    holder: str | None
    attempts: tuple[tuple[int, str | None], ...] = ()
    result: object = None

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL

    def outcomes(self, outcome: str) -> int:
        """How many of its attempts ended so."""
        return sum(one == outcome for _, one in self.attempts)


def read(path: Path) -> dict[str, Row]:
    """Every task of the record, by its id. sqlite3.Error when it cannot be read."""
    with closing(_opened(path)) as record:
        attempts: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
        # Not as of one moment, which matters to nobody once it is at rest.
        for seq, number, outcome in record.execute("SELECT task_id, number, outcome FROM zonda_attempt ORDER BY id"):
            attempts[seq].append((number, outcome))
        rows = record.execute(
            "SELECT seq, key, result, status, reason, attempt, round, max_attempts, holder FROM zonda_task"
        )
        return {
            key: Row(key, *rest, tuple(sorted(attempts[seq])), None if result is None else json.loads(result))  # type: ignore[call-arg]
            for seq, key, result, *rest in rows
        }


def unended(path: Path) -> set[str]:
    """The ids of the tasks that have not ended."""
    with closing(_opened(path)) as record:
        found = record.execute("SELECT key FROM zonda_task WHERE status NOT IN ('FINISHED', 'FAILED')")
        return {key for (key,) in found}


@dataclass(slots=True)
class Watch:
    """Looks at the record each second, for as long as it is entered, and remembers every end that it has seen.

    `changed` tells of each that was another one later, in one round of one task (I4).
    """

    path: Path
    ends: dict[tuple[str, int], End] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    looks: int = 0
    _revision: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._go_on, name="watch")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        while not self._over.wait(_EVERY):
            # Its disk may be full, and its file be made anew: the next look sees what this one did not.
            with suppress(sqlite3.Error), closing(_opened(self.path)) as record:
                (newest,) = record.execute("SELECT coalesce(max(revision), 0) FROM zonda_task").fetchone()
                ended = record.execute(
                    "SELECT key, round, status, reason, finished_at FROM zonda_task "
                    "WHERE revision > ? AND status IN ('FINISHED', 'FAILED')",
                    [self._revision],
                )
                self.look({(key, round_): (status, reason, at) for key, round_, status, reason, at in ended})
                self._revision = newest

    def look(self, ends: Mapping[tuple[str, int], End]) -> None:
        """These have ended so."""
        self.looks += 1
        for this, end in ends.items():
            if self.ends.setdefault(this, end) != end:
                self.changed.append(f"{this[0]}, round {this[1]}: {self.ends[this]} became {end}")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
