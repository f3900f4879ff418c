"""A task of the record as Django's Tasks framework tells of it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import FunctionType
from typing import Any, Final

from django.tasks import Task as DjangoTask
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.base import TaskError

from backend.tasks.endings import OF_ATTEMPT, OF_TASK
from backend.tasks.lifecycle import Outcome, Reason, Status
from backend.tasks.models import Attempt, Task
from backend.tasks.refusals import UnknownTask
from backend.tasks.registry import registry
from backend.tasks.task import ZondaTask, seconds

STATUSES: Final[Mapping[Status, TaskResultStatus]] = {
    Status.QUEUEING: TaskResultStatus.READY,
    Status.RUNNING: TaskResultStatus.RUNNING,
    Status.FAILED: TaskResultStatus.FAILED,
    Status.FINISHED: TaskResultStatus.SUCCESSFUL,
}


def task_result[**P, R](
    row: Task, task: "DjangoTask[P, R]", alias: str, attempts: Sequence[Attempt]
) -> "TaskResult[P, R]":
    """The row with its attempts, in their order, as a result of this task.

    READY also between two attempts. Attempts and errors are those of every round: a task that was retried by hand goes
    on with what it has.
    """
    result: TaskResult[P, R] = TaskResult(
        task=_as_asked_for(task, row, alias),
        id=row.key,
        status=STATUSES[Status(row.status)],
        enqueued_at=row.created_at,
        started_at=attempts[0].started_at if attempts else None,
        last_attempted_at=attempts[-1].started_at if attempts else None,
        finished_at=row.finished_at,
        args=row.args,
        kwargs=row.kwargs,
        backend=alias,
        errors=_errors(row, attempts),
        worker_ids=[attempt.worker for attempt in attempts],
    )
    # Frozen for its users; Django's own backends fill it the same way.
    object.__setattr__(result, "_return_value", row.result)
    return result


def task_at(path: str, alias: str) -> "DjangoTask[..., Any]":
    """The task of the function with this path; one that has the path and can't be called when it has been removed."""
    try:
        return registry().find(path).task
    except UnknownTask:
        return _removed(path, alias)


def _removed(path: str, alias: str) -> "DjangoTask[..., Any]":
    def function(*args: object, **kwargs: object) -> None:
        raise UnknownTask(path, (), len(registry().types))

    module, _, name = path.rpartition(".")
    # Django takes only what looks as if it were defined in a module.
    stand_in = FunctionType(function.__code__, globals(), name, closure=function.__closure__)
    stand_in.__module__, stand_in.__qualname__ = module, name
    return DjangoTask(func=stand_in, backend=alias)


def _as_asked_for[**P, R](task: "DjangoTask[P, R]", row: Task, alias: str) -> "DjangoTask[P, R]":
    """The task with what this one was asked for with."""
    asked: dict[str, object] = {"priority": row.priority, "queue_name": row.queue, "backend": alias}
    if row.run_after is not None:
        asked["run_after"] = row.run_after
    if isinstance(task, ZondaTask):
        asked["max_attempts"] = row.max_attempts
        # The same span may have been written as a timedelta.
        if row.timeout != (None if task.timeout is None else seconds(task.timeout)):
            asked["timeout"] = row.timeout
    # Not `using` or `replace`, which check it: what is in the record is there, whatever QUEUES says today.
    found: DjangoTask[P, R] = object.__new__(type(task))
    for field in fields(task):
        object.__setattr__(found, field.name, asked.get(field.name, getattr(task, field.name)))
    return found


def _errors(row: Task, attempts: Sequence[Attempt]) -> list[TaskError]:
    """One for each attempt that failed, and one more for a task that ended while it waited."""
    errors = [_error(attempt) for attempt in attempts if attempt.outcome not in (None, Outcome.SUCCEEDED)]
    ended_waiting = row.status == Status.FAILED and not (attempts and attempts[-1].finished_at == row.finished_at)
    if ended_waiting and (kind := OF_TASK.get(Reason(row.reason or ""))):
        errors.append(_told(kind, row.error))
    return errors


def _error(attempt: Attempt) -> TaskError:
    if attempt.exception:
        return TaskError(exception_class_path=attempt.exception, traceback=attempt.traceback or attempt.error or "")
    return _told(OF_ATTEMPT[Outcome(attempt.outcome or "")], attempt.error, attempt.traceback)


def _told(kind: type[BaseException], error: str | None, traceback: str | None = None) -> TaskError:
    """Where the function was at the time, if anybody saw, and the one line that says what happened."""
    words = [traceback.rstrip()] if traceback else []
    return TaskError(
        exception_class_path=f"{kind.__module__}.{kind.__qualname__}",
        traceback="\n".join([*words, error or kind.__doc__ or ""]),
    )
