"""What stands in a result's errors for an ending that no exception of the task function tells of.

Never raised: each is there to be read from `TaskResult.errors`, its words are in the error's `traceback`. What ran too
long, or was cancelled, has there what is raised in a function then: TaskTimedOut, TaskCancelled.

TaskEnded
├── WorkerLost       the worker died under an attempt
├── ReportRefused    the report of an attempt named no exception, or the record could not take it
├── Expired          it was not started in time
└── Rejected         it came on TASKS and could not be run: no such task function, or arguments that do not fit
"""

from collections.abc import Mapping
from typing import Final

from backend.tasks.interruptions import TaskCancelled, TaskTimedOut
from backend.tasks.lifecycle import Outcome, Reason


class TaskEnded(Exception):
    """An attempt, or the task, ended without an exception of the task function."""


class WorkerLost(TaskEnded):
    """The worker died under the attempt, so that no exception of the task's own tells why it failed."""


class ReportRefused(TaskEnded):
    """The attempt failed without an exception of its own: its report named none, or the record could not take it."""


class Expired(TaskEnded):
    """The task was not started before it expired."""


class Rejected(TaskEnded):
    """The task came on TASKS and could not be run."""


OF_ATTEMPT: Final[Mapping[Outcome, type[BaseException]]] = {
    Outcome.FAILED: ReportRefused,
    Outcome.TIMED_OUT: TaskTimedOut,
    Outcome.LOST: WorkerLost,
    Outcome.CANCELLED: TaskCancelled,
}
"""Of an attempt that has no exception of its own."""

OF_TASK: Final[Mapping[Reason, type[BaseException]]] = {
    Reason.CANCELLED: TaskCancelled,
    Reason.EXPIRED: Expired,
    Reason.REJECTED: Rejected,
}
"""Of a task that ended while no attempt of it ran."""
