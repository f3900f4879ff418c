"""Tasks and attempts where something is wrong, told as findings."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from backend.doctor.findings import EXAMPLES, Finding, breach
from backend.tasks.models import Attempt, Task

BY_HAND: Final = (
    "Keep a copy of the database file (`sqlite3 … '.backup copy'`) and report it: no process of Zonda's should have "
    "written that, so either something else has, or it is a fault of ours."
)
BY_CLOCK: Final = f"If the machine's clock was set back, or far ahead, at the time, that is why. Otherwise: {BY_HAND}"
CLOCKS: Final = timedelta(seconds=1)
"""What the times of one task may differ by, for they are read at different moments."""


def tasks_that(wrong: QuerySet[Task], what: str, do: str = BY_HAND) -> Iterator[Finding]:
    """A breach for tasks that are there and must not be."""
    # Counted first: without any, which is how it should be, that is all that is asked.
    if number := wrong.count():
        keys = wrong.order_by("seq").values_list("key", flat=True)[:EXAMPLES]
        yield breach(_many(number, "task", what), [f"task {key}" for key in keys], do, of=number)


def attempts_that(wrong: QuerySet[Attempt], what: str, do: str = BY_HAND) -> Iterator[Finding]:
    if number := wrong.count():
        found = wrong.order_by("id").values_list("number", "task__key")[:EXAMPLES]
        places = [f"attempt {number} of task {key}" for number, key in found]
        yield breach(_many(number, "attempt", what), places, do, of=number)


def _many(number: int, kind: str, what: str) -> str:
    return f"{kind}s that {what}: {number}"
