"""Django's signals `task_started` and `task_finished`, sent in the process that runs the task function.

A receiver that fails is logged, and changes nothing for the task.
"""

import json
from typing import Any

from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.base import TaskError
from django.tasks.signals import log_task_finished, log_task_started, task_finished, task_started
from django.utils import timezone


def keep_quiet() -> None:
    """Don't have Django log each start and end: that would be in each attempt's log what the attempt says anyway."""
    task_started.disconnect(log_task_started)
    task_finished.disconnect(log_task_finished)


def is_anybody_listening(task: "Task[..., Any]") -> bool:
    sender = type(task.get_backend())
    return task_started.has_listeners(sender) or task_finished.has_listeners(sender)


def started(result: "TaskResult[..., Any]") -> None:
    """An attempt begins."""
    task_started.send_robust(type(result.task.get_backend()), task_result=result)


def succeeded(result: "TaskResult[..., Any]", returned: bytes) -> None:
    """The task has ended well, with this JSON."""
    _set(result, status=TaskResultStatus.SUCCESSFUL, _return_value=json.loads(returned))
    _finished(result)


def failed(result: "TaskResult[..., Any]", error: BaseException, traceback: str) -> None:
    """The task has failed, and there is no further attempt."""
    kind = type(error)
    result.errors.append(TaskError(exception_class_path=f"{kind.__module__}.{kind.__qualname__}", traceback=traceback))
    _set(result, status=TaskResultStatus.FAILED)
    _finished(result)


def _finished(result: "TaskResult[..., Any]") -> None:
    _set(result, finished_at=timezone.now())
    task_finished.send_robust(type(result.task.get_backend()), task_result=result)


def _set(result: "TaskResult[..., Any]", **values: object) -> None:
    # Frozen for its users; Django's own backends fill it the same way.
    for name, value in values.items():
        object.__setattr__(result, name, value)
