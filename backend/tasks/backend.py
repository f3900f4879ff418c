"""Zonda as a backend of Django's own Tasks framework: `@task`, `.enqueue()`, `.get_result()`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from asgiref.sync import sync_to_async
from django.core.checks import CheckMessage
from django.tasks import Task as DjangoTask
from django.tasks import TaskResult
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist
from django.tasks.signals import task_enqueued
from django.utils.json import normalize_json

from backend.tasks import checking, store
from backend.tasks.depth import TOO_DEEP
from backend.tasks.drafts import Draft, draft
from backend.tasks.models import Task
from backend.tasks.refusals import BadArguments, BadInput, UnknownTask
from backend.tasks.registry import Limits
from backend.tasks.results import task_at, task_result
from backend.tasks.task import ZondaTask
from wire import names

MOST_AT_ONCE: Final = 10_000
"""Tasks in one `enqueue_many`: more would keep everybody else who writes waiting for too long."""

type Call = tuple[DjangoTask[..., Any], Sequence[Any], Mapping[str, Any]]
"""A task with the arguments to call it with, by place and by name."""


class ZondaBackend(BaseTaskBackend):
    """Writes a task's row in the caller's transaction; workers hear of it once that commits, never if it rolls back."""

    task_class = ZondaTask
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def validate_task(self, task: "DjangoTask[..., Any]") -> None:
        """Refuse a task that can't be run here, with InvalidTask."""
        super().validate_task(task)
        if not isinstance(task.queue_name, str) or not re.fullmatch(names.QUEUE, task.queue_name):
            raise InvalidTask(f"queue_name {task.queue_name!r} must have 1 to 64 characters of a-z 0-9 . _ -")

    def enqueue[**P, R](self, task: "DjangoTask[P, R]", args: Any, kwargs: Any) -> "TaskResult[P, R]":
        """The result of the new task, READY. Refuses as `draft` does; TypeError for arguments without a JSON form."""
        (result,) = self.enqueue_many([(task, args, kwargs)])
        return cast("TaskResult[P, R]", result)

    def enqueue_many(self, calls: Iterable[Call]) -> "list[TaskResult[..., Any]]":
        """The results of new tasks in the order of the calls, each as `enqueue` gives it. All of them, or none.

        In one transaction and with a few statements however many there are, up to MOST_AT_ONCE.
        """
        calls = list(calls)
        if len(calls) > MOST_AT_ONCE:
            raise BadInput("calls", f"{len(calls)} at once, the limit is {MOST_AT_ONCE}; enqueue them in several calls")
        rows = store.create([self._drafted(*call) for call in calls])
        results = [task_result(row, task, self.alias, ()) for row, (task, _, _) in zip(rows, calls, strict=True)]
        for result in results:
            task_enqueued.send(type(self), task_result=result)
        return results

    async def aenqueue_many(self, calls: Iterable[Call]) -> "list[TaskResult[..., Any]]":
        """As `enqueue_many`."""
        return await sync_to_async(self.enqueue_many, thread_sensitive=True)(calls)

    def get_result(self, result_id: str) -> "TaskResult[..., Any]":
        """The task with that id as it is now; TaskResultDoesNotExist when there is none.

        If the task function has been removed since, the result's task has its path all the same, but can't be called.
        """
        row = Task.objects.filter(key=result_id).prefetch_related("attempts").first()
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        return task_result(row, task_at(row.path, self.alias), self.alias, list(row.attempts.all()))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """What is wrong with the settings of this backend, and with the task functions that it is to run."""
        return checking.check(self)

    def _drafted(self, task: "DjangoTask[..., Any]", args: Sequence[Any], kwargs: Mapping[str, Any]) -> Draft:
        self.validate_task(task)
        try:
            return draft(
                name=task.module_path,
                args=_normal(task, "args", args),
                kwargs=_normal(task, "kwargs", kwargs),
                queue=task.queue_name,
                priority=task.priority,
                run_after=task.run_after,
                limits=Limits.of(task),
            )
        except UnknownTask as error:
            error.add_note("Task functions are those in the tasks modules of the apps that ZONDA_APPS names.")
            raise


def _normal(task: "DjangoTask[..., Any]", what: str, value: Any) -> Any:
    """As JSON will give it back: tuples are lists and every key is text."""
    try:
        return json.loads(json.dumps(normalize_json(value)))
    except RecursionError as error:
        raise BadArguments(task.name, what, TOO_DEEP) from error
