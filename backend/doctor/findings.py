"""What a check found."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

EXAMPLES = 5
"""Places that are named of all where something is wrong."""


class Severity(StrEnum):
    """BREACH: what must hold does not. WARNING: it does, but something around it is not as it should be."""

    BREACH = "breach"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """What is wrong, where (as far as that is a place), and what to do about it."""

    severity: Severity
    what: str
    where: Sequence[str]
    do: str


class Check(Struct, frozen=True):
    """One thing that must hold: `number` is that of the invariant, or a word; `says` what holds when nothing is found.

    One that `passes` may be seen broken for so many seconds while Zonda runs: between two of its transactions.
    """

    number: str
    says: str
    look: Callable[[], Iterable[Finding]]
    passes: float = 0.0


def breach(what: str, where: Sequence[str], do: str, of: int | None = None) -> Finding:
    """`of` is how many places there are, when not all of them are named."""
    return Finding(Severity.BREACH, what, _some(where, of), do)


def warning(what: str, where: Sequence[str], do: str) -> Finding:
    return Finding(Severity.WARNING, what, _some(where, None), do)


def _some(where: Sequence[str], of: int | None) -> Sequence[str]:
    further = (len(where) if of is None else of) - EXAMPLES
    return [*where[:EXAMPLES], f"{further} more"] if further > 0 else list(where)
