"""What clients ask for: tasks of every kind, and how each may end."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import Any, Final

_FUNCTIONS: Final = "tests.soak.chaos.tasks"

type End = tuple[str, str | None]
"""Status and reason."""

FINISHED: Final = ("FINISHED", None)
LOST: Final = ("FAILED", "LOST")
CANCELLED: Final = ("FAILED", "CANCELLED")


class Kind(StrEnum):
    """What is wanted of a task."""

    PLAIN = "plain"
    URGENT = "with a priority"
    LATER = "put off"
    STUMBLING = "failing once"
    FAILING = "failing always"
    SLOW = "out of time"
    EXPIRING = "expiring"
    CANCELLED = "cancelled some time"
    CANCELLED_EARLY = "cancelled before it is due"
    TAKEN_BACK = "cancelled before it is due, and retried"


_WEIGHTS: Final[Mapping[Kind, int]] = {
    Kind.PLAIN: 50,
    Kind.URGENT: 12,
    Kind.LATER: 8,
    Kind.STUMBLING: 8,
    Kind.FAILING: 4,
    Kind.SLOW: 4,
    Kind.EXPIRING: 3,
    Kind.CANCELLED: 5,
    Kind.CANCELLED_EARLY: 3,
    Kind.TAKEN_BACK: 3,
}

_ENDS: Final[Mapping[Kind, frozenset[End]]] = {
    Kind.PLAIN: frozenset({FINISHED, LOST}),
    Kind.URGENT: frozenset({FINISHED, LOST}),
    Kind.LATER: frozenset({FINISHED, LOST}),
    Kind.STUMBLING: frozenset({FINISHED, LOST}),
    Kind.FAILING: frozenset({("FAILED", "ERROR"), LOST}),
    Kind.SLOW: frozenset({("FAILED", "TIMEOUT"), LOST}),
    Kind.EXPIRING: frozenset({FINISHED, LOST, ("FAILED", "EXPIRED")}),
    Kind.CANCELLED: frozenset({FINISHED, LOST, CANCELLED}),
    # Where the cancel comes too late because nobody answers, it is as one at some time.
    Kind.CANCELLED_EARLY: frozenset({FINISHED, LOST, CANCELLED}),
    Kind.TAKEN_BACK: frozenset({FINISHED, LOST, CANCELLED}),
}


@dataclass(slots=True)
class Wish:
    """One task that a client wants. Moments are seconds since 1970, None for what has not happened.

    `acknowledged`, `cancelled`: the client was told that it is. `retried`: it has asked for that.
    """

    key: str
    kind: Kind
    content: Mapping[str, Any]
    run_after: float | None = None
    acknowledged: float | None = None
    cancelled: float | None = None
    retried: float | None = None
    ends: frozenset[End] = field(default_factory=frozenset)

    @property
    def cancelled_before_due(self) -> bool:
        """Nobody can have been granted it when the cancel was answered."""
        return self.cancelled is not None and self.run_after is not None and self.cancelled < self.run_after


def draw(chance: Random, key: str, history: str) -> Wish:
    """A wish by chance, of a task with this id."""
    kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    seconds = round(_seconds(chance), 3)
    name, after = "work", None
    options: dict[str, object] = {}
    match kind:
        case Kind.URGENT:
            options = {"priority": chance.randint(-5, 5)}
        case Kind.LATER:
            after = time.time() + chance.uniform(0.5, 8.0)
        case Kind.STUMBLING:
            name = "stumble"
        case Kind.FAILING:
            name = "fail"
        case Kind.SLOW:
            seconds, options = 30.0, {"timeout": 0.3}
        case Kind.EXPIRING:
            options = {"expiresAt": _instant(time.time() + chance.uniform(0.5, 8.0))}
        case Kind.CANCELLED_EARLY | Kind.TAKEN_BACK:
            after = time.time() + chance.uniform(8.0, 15.0)
        case Kind.PLAIN | Kind.CANCELLED:
            pass
    if after is not None:
        options = {"runAfter": _instant(after)}
    content = {"name": f"{_FUNCTIONS}.{name}", "args": [history, seconds], "id": key, **options}
    return Wish(key, kind, content, after, ends=_ENDS[kind])


def _seconds(chance: Random) -> float:
    """Mostly short, some long: 0.95 s on the average."""
    shortest, longest = chance.choices([(0.05, 0.5), (0.5, 1.5), (2.0, 3.0)], [52, 28, 20])[0]
    return chance.uniform(shortest, longest)


def _instant(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
