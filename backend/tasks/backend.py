"""Zonda as a backend of Django's own Tasks framework: `@task`, `.enqueue()`, `.get_result()`."""

from typing import Any

from django.tasks import Task as DjangoTask
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskError
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils.json import normalize_json

from backend.tasks import store
from backend.tasks.drafts import draft
from backend.tasks.lifecycle import Outcome, Status
from backend.tasks.models import Attempt, Task
from backend.tasks.registry import registry

STATUSES = {
    Status.QUEUEING: TaskResultStatus.READY,
    Status.RUNNING: TaskResultStatus.RUNNING,
    Status.FAILED: TaskResultStatus.FAILED,
    Status.FINISHED: TaskResultStatus.SUCCESSFUL,
}


class WorkerLost(Exception):
    """The worker died under the attempt, so that no exception of the task's own tells why it failed."""


class ZondaBackend(BaseTaskBackend):
    """Writes a task's row in the caller's transaction; workers hear of it once that commits, never if it rolls back."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue[**P, R](self, task: "DjangoTask[P, R]", args: Any, kwargs: Any) -> "TaskResult[P, R]":
        """The result of the new task, READY. Refuses as `draft` does; TypeError for arguments without a JSON form."""
        self.validate_task(task)
        drafted = draft(
            name=task.module_path,
            args=normalize_json(args),
            kwargs=normalize_json(kwargs),
            queue=task.queue_name,
            priority=task.priority,
            run_after=task.run_after,
        )
        (row,) = store.create([drafted])
        return _result(row, task, self.alias, attempts=[])

    def get_result(self, result_id: str) -> "TaskResult[..., Any]":
        """The task with that id as it is now; TaskResultDoesNotExist when there is none."""
        row = Task.objects.filter(key=result_id).prefetch_related("attempts").first()
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        return _result(row, registry().find(row.path).task, self.alias, attempts=list(row.attempts.all()))


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
    lost = f"{WorkerLost.__module__}.{WorkerLost.__qualname__}"
    return TaskError(exception_class_path=lost, traceback=attempt.error or "")
