"""What stands in a result's errors for an ending that no exception of the task function tells of.

Never raised: each is there to be read from `TaskResult.errors`, its words are in the error's `traceback`.

TaskEnded
├── TimedOut         an attempt did not end within its time limit
├── WorkerLost       the worker died under an attempt
├── ReportRefused    the report of an attempt named no exception, or the record could not take it
├── Cancelled        somebody cancelled the task
├── Expired          it was not started in time
└── Rejected         it came on TASKS and could not be run: no such task function, or arguments that do not fit
"""

from collections.abc import Mapping
from typing import Final

from backend.tasks.lifecycle import Outcome, Reason


class TaskEnded(Exception):
    """An attempt, or the task, ended without an exception of the task function."""


class TimedOut(TaskEnded):
    """The attempt did not end within its time limit."""


class WorkerLost(TaskEnded):
    """The worker died under the attempt, so that no exception of the task's own tells why it failed."""


class ReportRefused(TaskEnded):
    """The attempt failed without an exception of its own: its report named none, or the record could not take it."""


class Cancelled(TaskEnded):
    """Somebody cancelled the task."""


class Expired(TaskEnded):
    """The task was not started before it expired."""


class Rejected(TaskEnded):
    """The task came on TASKS and could not be run."""


OF_ATTEMPT: Final[Mapping[Outcome, type[TaskEnded]]] = {
    Outcome.FAILED: ReportRefused,
    Outcome.TIMED_OUT: TimedOut,
    Outcome.LOST: WorkerLost,
    Outcome.CANCELLED: Cancelled,
}
"""Of an attempt that has no exception of its own."""

OF_TASK: Final[Mapping[Reason, type[TaskEnded]]] = {
    Reason.CANCELLED: Cancelled,
    Reason.EXPIRED: Expired,
    Reason.REJECTED: Rejected,
}
"""Of a task that ended while no attempt of it ran."""
