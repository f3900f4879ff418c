"""How a worker's child runs a task function: the entry point that it is given by name."""

import inspect
import os
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any


def load() -> "Executor":
    """Set Django up, import every module of task functions, and return what runs them.

    Once in a process, before its first task.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

    import django

    django.setup()

    from backend.tasks.registry import registry

    return Executor(registry())


class Executor:
    """Runs task functions of a registry, sync and async ones, in the thread that calls it."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def __call__(
        self, *, task: str, task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any], attempt: int
    ) -> object:
        """What the function returns.

        Raises what it raises, and UnknownTask or BadArguments when the code here is not that which created the task.
        """
        from asgiref.sync import async_to_sync
        from django.db import close_old_connections

        kind = self._registry.find(task)
        placed, named = kind.signature.bind(kind.name, list(args), dict(kwargs))
        if kind.task.takes_context:
            placed.insert(0, _context(kind.task, task_id, args, kwargs, attempt))
        close_old_connections()
        try:
            returned = kind.task.func(*placed, **named)
            # What an async function calls through sync_to_async runs in this thread, so on these connections.
            return async_to_sync(_awaited)(returned) if inspect.iscoroutine(returned) else returned
        finally:
            _close_broken()


async def _awaited(coroutine: Coroutine[Any, Any, object]) -> object:
    return await coroutine


def _close_broken() -> None:
    """What a function broke must not meet the next one, and a transaction that it left open would stop all others."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block and getattr(connection.connection, "in_transaction", False):
            connection.close()
        connection.close_if_unusable_or_obsolete()


def _context(task: Any, task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any], attempt: int) -> Any:
    from django.tasks import TaskContext, TaskResult, TaskResultStatus

    return TaskContext(
        task_result=TaskResult(
            task=task,
            id=task_id,
            status=TaskResultStatus.RUNNING,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=task.backend,
            errors=[],
            worker_ids=[""] * attempt,
        )
    )
