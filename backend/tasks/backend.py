"""Zonda as a backend of Django's own Tasks framework: `@task`, `.enqueue()`, `.get_result()`."""

import json
from types import FunctionType
from typing import Any

from django.tasks import Task as DjangoTask
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskError
from django.tasks.exceptions import TaskResultDoesNotExist
from django.tasks.signals import task_enqueued
from django.utils.json import normalize_json

from backend.tasks import store
from backend.tasks.depth import TOO_DEEP
from backend.tasks.drafts import draft
from backend.tasks.lifecycle import Outcome, Status
from backend.tasks.models import Attempt, Task
from backend.tasks.refusals import BadArguments, UnknownTask
from backend.tasks.registry import registry
from backend.tasks.task import ZondaTask

STATUSES = {
    Status.QUEUEING: TaskResultStatus.READY,
    Status.RUNNING: TaskResultStatus.RUNNING,
    Status.FAILED: TaskResultStatus.FAILED,
    Status.FINISHED: TaskResultStatus.SUCCESSFUL,
}


class WorkerLost(Exception):
    """The worker died under the attempt, so that no exception of the task's own tells why it failed."""


class ReportRefused(Exception):
    """The attempt failed without an exception of its own: its report named none, or the record could not take it."""


class ZondaBackend(BaseTaskBackend):
    """Writes a task's row in the caller's transaction; workers hear of it once that commits, never if it rolls back."""

    task_class = ZondaTask
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue[**P, R](self, task: "DjangoTask[P, R]", args: Any, kwargs: Any) -> "TaskResult[P, R]":
        """The result of the new task, READY. Refuses as `draft` does; TypeError for arguments without a JSON form."""
        self.validate_task(task)
        drafted = draft(
            name=task.module_path,
            args=_normal(task, "args", args),
            kwargs=_normal(task, "kwargs", kwargs),
            queue=task.queue_name,
            priority=task.priority,
            run_after=task.run_after,
        )
        (row,) = store.create([drafted])
        result = _result(row, task, self.alias, attempts=[])
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> "TaskResult[..., Any]":
        """The task with that id as it is now; TaskResultDoesNotExist when there is none.

        If the task function has been removed since, the result's task has its path all the same, but can't be called.
        """
        row = Task.objects.filter(key=result_id).prefetch_related("attempts").first()
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        try:
            task = registry().find(row.path).task
        except UnknownTask:
            task = _removed(row.path, self.alias)
        return _result(row, task, self.alias, attempts=list(row.attempts.all()))


def _normal(task: "DjangoTask[..., Any]", what: str, value: Any) -> Any:
    """As JSON will give it back: tuples are lists and every key is text."""
    try:
        return json.loads(json.dumps(normalize_json(value)))
    except RecursionError as error:
        raise BadArguments(task.name, what, TOO_DEEP) from error


def _removed(path: str, alias: str) -> "DjangoTask[..., Any]":
    def function(*args: object, **kwargs: object) -> None:
        raise UnknownTask(path, (), len(registry().types))

    module, _, name = path.rpartition(".")
    # Django takes only what looks as if it were defined in a module.
    stand_in = FunctionType(function.__code__, globals(), name, closure=function.__closure__)
    stand_in.__module__, stand_in.__qualname__ = module, name
    return DjangoTask(func=stand_in, backend=alias)


def _result[**P, R](row: Task, task: "DjangoTask[P, R]", alias: str, *, attempts: list[Attempt]) -> "TaskResult[P, R]":
    result: TaskResult[P, R] = TaskResult(
        task=task.using(priority=row.priority, queue_name=row.queue, run_after=row.run_after, backend=alias),
        id=row.key,
        status=STATUSES[Status(row.status)],
        enqueued_at=row.created_at,
        started_at=attempts[0].started_at if attempts else None,
        last_attempted_at=attempts[-1].started_at if attempts else None,
        finished_at=row.finished_at,
        args=row.args,
        kwargs=row.kwargs,
        backend=alias,
        errors=[_error(attempt) for attempt in attempts if attempt.outcome not in (None, Outcome.SUCCEEDED)],
        worker_ids=[attempt.worker for attempt in attempts],
    )
    # Frozen for its users; Django's own backends fill it the same way.
    object.__setattr__(result, "_return_value", row.result)
    return result


def _error(attempt: Attempt) -> TaskError:
    if attempt.exception:
        return TaskError(exception_class_path=attempt.exception, traceback=attempt.traceback or "")
    kind = WorkerLost if attempt.outcome == Outcome.LOST else ReportRefused
    return TaskError(exception_class_path=f"{kind.__module__}.{kind.__qualname__}", traceback=attempt.error or "")
