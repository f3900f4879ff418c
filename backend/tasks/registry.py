"""The task functions that can be asked for: those of `backend.demo` and of the apps in ZONDA_APPS, and no others."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.tasks import Task
from msgspec import Struct

from backend.environment import environment
from backend.tasks.lifecycle import RETRY_DELAY
from backend.tasks.refusals import UnknownTask
from backend.tasks.signatures import Signature
from backend.tasks.task import ZondaTask, seconds
from wire.messages import GRACE


class Limits(Struct, frozen=True):
    """What a task function is told of time and attempts, unless a task asks for others. Spans are in seconds."""

    max_attempts: int
    timeout: float | None
    grace: float
    retry_delay: float
    expires_after: float | None

    @classmethod
    def of(cls, task: "Task[..., Any]") -> "Limits":
        if not isinstance(task, ZondaTask):
            # Made by the decorator for another backend: it runs here all the same.
            return cls(1, None, GRACE, RETRY_DELAY, None)
        return cls(
            max_attempts=task.max_attempts,
            timeout=None if task.timeout is None else seconds(task.timeout),
            grace=seconds(task.grace),
            retry_delay=seconds(task.retry_delay),
            expires_after=None if task.expires_after is None else seconds(task.expires_after),
        )


class TaskType(Struct, frozen=True):
    """What can be asked for. `name` is the function's bare name while that is unique, else its full path."""

    name: str
    path: str
    description: str
    queue: str
    priority: int
    limits: Limits
    task: "Task[..., Any]"
    signature: Signature
    parameters: dict[str, Any]
    """JSON Schema of the function's signature."""


class Registry:
    """The task types by name."""

    def __init__(self, tasks: "Iterable[Task[..., Any]]") -> None:
        by_path: dict[str, Task[..., Any]] = {}
        for task in tasks:
            # A further name for the function, as `urgent = send.using(priority=9)`, comes after the function itself.
            by_path.setdefault(task.module_path, task)
        self._bare = Counter(task.name for task in by_path.values())
        self.types = tuple(
            sorted((self._type(task) for task in by_path.values()), key=lambda found: (found.name, found.path))
        )
        self._by_path = {found.path: found for found in self.types}
        self._by_name = {found.name: found for found in self.types}
        self._names = (*self._by_name, *self._by_path)

    def find(self, name: str) -> TaskType:
        """The task type of a bare or full name; UnknownTask with the nearest names."""
        found = self._by_path.get(name) or self._by_name.get(name)
        if found is None:
            raise UnknownTask(name, self._nearest(name), len(self.types))
        return found

    def _nearest(self, name: str) -> list[str]:
        if name in self._bare:
            return [path for path in self._by_path if path.rpartition(".")[2] == name]
        return list(_near(name[:200], self._names))

    def _type(self, task: "Task[..., Any]") -> TaskType:
        signature = Signature(task.func, takes_context=task.takes_context)
        return TaskType(
            name=task.name if self._bare[task.name] == 1 else task.module_path,
            path=task.module_path,
            description=signature.description,
            queue=task.queue_name,
            priority=task.priority,
            limits=Limits.of(task),
            task=task,
            signature=signature,
            parameters=signature.schema(),
        )


@lru_cache(maxsize=256)
def _near(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    # Kept, for whoever asks for what there is not asks again and again: it takes longer than all the rest of a refusal.
    return tuple(get_close_matches(name, names, n=3))


@cache
def registry() -> Registry:
    """The task types of this process, read at the first call; ImproperlyConfigured names an app that can't be."""
    return Registry(task for app in ("backend.demo", *environment.apps) for task in tasks_of(app))


def tasks_of(app: str) -> "Iterator[Task[..., Any]]":
    """What `@task` made of functions in the app's `tasks` module; ImproperlyConfigured when that can't be imported."""
    module = f"{app}.tasks"
    try:
        if not hasattr(import_module(app), "__path__") or find_spec(module) is None:
            return
        members = list(vars(import_module(module)).values())
    except Exception as error:
        raise ImproperlyConfigured(f"ZONDA_APPS: {module} cannot be imported: {error!r}") from error
    yield from (member for member in members if isinstance(member, Task))
