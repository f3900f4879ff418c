"""What has happened to a task, told from its row, its attempts and what was done to it by hand."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from backend.tasks.lifecycle import Outcome, Reason
from backend.tasks.models import Attempt, Event, Task

_ENDED: Final = {
    Outcome.SUCCEEDED: "succeeded",
    Outcome.FAILED: "failed",
    Outcome.TIMED_OUT: "timed-out",
    Outcome.LOST: "lost",
    Outcome.CANCELLED: "cancelled",
}
_ENDED_UNSTARTED: Final = {Reason.EXPIRED: "expired", Reason.REJECTED: "rejected"}
"""Reasons that a task fails for without an attempt, and without anybody's doing."""


class Happening(Struct, frozen=True):
    """One thing that happened; `attempt` and `worker` where it was an attempt's, `by` where somebody did it."""

    at: datetime
    kind: str
    attempt: int | None = None
    worker: str | None = None
    by: str | None = None


def happenings(task: Task, attempts: Iterable[Attempt], events: Iterable[Event]) -> list[Happening]:
    """Everything that happened, in its order."""
    told = [Happening(task.created_at, "created")]
    for event in events:
        told.append(Happening(event.at, event.kind, by=event.by))
    for attempt in attempts:
        if attempt.started_at is not None:
            told.append(Happening(attempt.started_at, "started", attempt.number, attempt.worker))
        if attempt.outcome is not None and attempt.finished_at is not None:
            told.append(
                Happening(attempt.finished_at, _ENDED[Outcome(attempt.outcome)], attempt.number, attempt.worker)
            )
    kind = _ENDED_UNSTARTED.get(Reason(task.reason)) if task.reason else None
    if kind is not None and task.finished_at is not None:
        told.append(Happening(task.finished_at, kind))
    # What carries the same instant was told in the order it can only have happened in.
    return sorted(told, key=lambda happening: happening.at)
