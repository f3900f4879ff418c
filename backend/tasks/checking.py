"""What `manage.py check` says of Zonda's settings and of the task functions that it is to run."""

import re
from collections.abc import Iterator
from inspect import signature
from typing import TYPE_CHECKING, Any, get_type_hints

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.tasks import Task, task_backends

from backend.environment import environment
from backend.tasks.registry import tasks_of
from backend.tasks.signatures import UNREADABLE, has_json_form
from wire import names

if TYPE_CHECKING:
    from backend.tasks.backend import ZondaBackend


def check(backend: "ZondaBackend") -> list[checks.CheckMessage]:
    """Errors for what cannot work, warnings for what does less than it seems to."""
    return [*_settings(backend), *_aliases(backend), *_apps()]


def _settings(backend: "ZondaBackend") -> Iterator[checks.CheckMessage]:
    if unknown := sorted(map(str, backend.options)):
        yield checks.Error(
            f"TASKS[{backend.alias!r}]['OPTIONS'] has {', '.join(map(repr, unknown))}, which nobody reads.",
            hint="Zonda takes no options there: its settings are environment variables, a task's are in its decorator.",
            id="zonda.E002",
        )
    for queue in sorted(map(str, backend.queues)):
        if not re.fullmatch(names.QUEUE, queue):
            yield checks.Error(
                f"TASKS[{backend.alias!r}]['QUEUES'] has {queue!r}, which cannot be the name of a queue.",
                hint="A queue's name has 1 to 64 characters of a-z 0-9 . _ -",
                id="zonda.E003",
            )


def _aliases(backend: "ZondaBackend") -> Iterator[checks.CheckMessage]:
    ours = [other.alias for other in task_backends.all() if isinstance(other, type(backend))]
    if len(ours) > 1 and backend.alias == ours[0]:
        yield checks.Warning(
            f"TASKS has {len(ours)} aliases for Zonda, {', '.join(ours)}, which share one record, queues and workers.",
            hint="Keep one of them, and tell tasks apart by queue_name.",
            id="zonda.W001",
        )


def _apps() -> Iterator[checks.CheckMessage]:
    seen: set[str] = set()
    for app in ("backend.demo", *environment.apps):
        try:
            tasks = {task.module_path: task for task in tasks_of(app)}
        except ImproperlyConfigured as error:
            yield checks.Error(
                str(error),
                hint=f"`python -c 'import {app}.tasks'` in the folder of manage.py shows where.",
                id="zonda.E001",
            )
            continue
        if not tasks:
            yield checks.Warning(
                f"ZONDA_APPS: {app} has no task functions.",
                hint=f"They are functions in {app}.tasks with the decorator django.tasks.task.",
                id="zonda.W002",
            )
        for path in tasks.keys() - seen:
            yield from _hints(tasks[path])
        seen |= tasks.keys()


def _hints(task: "Task[..., Any]") -> Iterator[checks.CheckMessage]:
    """Warnings where arguments of a task are not checked though the function seems to say what it takes."""
    try:
        hints = get_type_hints(task.func, include_extras=True)
    except UNREADABLE as error:
        yield checks.Warning(
            f"The type hints of {task.module_path} cannot be read: {error}. It takes any arguments.",
            hint="Import what they name where the module runs, not under TYPE_CHECKING.",
            id="zonda.W003",
        )
        return
    for name in list(signature(task.func).parameters)[task.takes_context :]:
        if name in hints and not has_json_form(hints[name]):
            yield checks.Warning(
                f"{task.module_path}: no JSON can be read as {hints[name]!r}, the type of {name!r}: it takes any.",
                hint="Use a type that JSON has a form for, such as str, list[int], a dataclass or a TypedDict.",
                id="zonda.W004",
            )
