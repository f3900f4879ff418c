"""How a worker's child runs a task function: the entry point that it is given by name."""

import inspect
import math
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import copy_context
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from backend.tasks.interruptions import CANCEL, TIMEOUT, Interruptible

_PLUMBING = ("backend.tasks.execution", "backend.tasks.interruptions", "asgiref.", "asyncio.", "concurrent.")

LONGEST_DELAY = timedelta(days=365).total_seconds()
"""Seconds that a function may put its next attempt off at most."""


def load() -> "Executor":
    """Set Django up, import every module of task functions, and return what runs them.

    Once in a process, before its first task.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

    import django

    django.setup()

    from backend.tasks.announcing import keep_quiet
    from backend.tasks.registry import registry

    keep_quiet()
    return Executor(registry())


class Call(Protocol):
    """One attempt, as the worker's child describes it."""

    @property
    def task(self) -> str: ...
    @property
    def task_id(self) -> str: ...
    @property
    def args(self) -> Sequence[Any]: ...
    @property
    def kwargs(self) -> Mapping[str, Any]: ...
    @property
    def queue(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def created_at(self) -> str | None: ...
    @property
    def tries(self) -> int: ...
    @property
    def max_attempts(self) -> int: ...
    @property
    def worker(self) -> str: ...


class Verdict(NamedTuple):
    """What an error means for its task.

    `again`: whether another attempt may help; `delay`: the seconds before it that the function chose itself;
    `interrupted`: TIMEOUT or CANCEL when that is what it raised.
    """

    again: bool
    delay: float | None
    interrupted: str | None


class Executor:
    """Runs task functions of a registry, sync and async ones, in the thread that calls it.

    One at a time: `run`, and then either `succeeded` or `failed`.
    """

    def __init__(self, registry: Any) -> None:
        from backend.tasks.left_open import LeftOpen

        self._registry = registry
        self._left_open = LeftOpen()
        self._begin()

    def _begin(self) -> None:
        self._interruptible = Interruptible()
        self._call: Call | None = None
        self._task: Any = None
        self._result: Any = None

    def run(self, call: Call, tell: Callable[[float | None, str | None], None]) -> object:
        """What the function returns, made of what JSON has as Django makes it; `tell` is told of its progress.

        Raises what it raises, and UnknownTask or BadArguments when the code here is not that which created the task.
        """
        from django.db import close_old_connections
        from django.utils.json import normalize_json

        from backend.tasks.announcing import is_anybody_listening, started

        self._call = call
        kind = self._registry.find(call.task)
        self._task = kind.task
        placed, named = kind.signature.bind(kind.name, list(call.args), dict(call.kwargs))
        close_old_connections()
        if kind.task.takes_context or is_anybody_listening(kind.task):
            from backend.tasks.context import TaskContext, running

            self._result = running(kind.task, call)
            if kind.task.takes_context:
                placed.insert(0, TaskContext(task_result=self._result, _tell=tell, _interruptible=self._interruptible))
            started(self._result)
        try:
            # What it sets of context variables is its own, and so is what `decimal` keeps there.
            return normalize_json(copy_context().run(self._called, kind.task.func, placed, named))
        except BaseException as error:
            # Whoever reads of it looks for the function, not for what has called it.
            error.__traceback__ = _below_plumbing(error.__traceback__)
            raise
        finally:
            self._left_open.roll_back()

    def _called(self, function: Callable[..., Any], placed: list[Any], named: dict[str, Any]) -> object:
        from asgiref.sync import async_to_sync

        returned = self._interruptible.call(function, placed, named)
        if not inspect.iscoroutine(returned):
            return returned
        # What an async function calls through sync_to_async runs in this thread, so on these connections.
        return async_to_sync(self._finished)(returned)

    async def _finished(self, coroutine: Coroutine[Any, Any, object]) -> object:
        return await self._interruptible.finish(coroutine)

    def interrupt(self, why: str) -> None:
        """What runs, or what is run next, is to end; see `Interruptible.tell`."""
        self._interruptible.tell(why)

    def why_spent(self) -> str | None:
        """Why this process is to run no further function, as the end of a sentence about it; None when it may."""
        # Not earlier: receivers of signals and the text of an error may leave something too, and what an error keeps
        # alive of the function's variables is gone by now.
        self._left_open.close()
        return self._left_open.why_spent()

    def shared_lock(self) -> tuple[str, int, int]:
        """What everybody locks who writes to the record: a file and a byte of it; its first bytes, so many, are others
        after each write."""
        from backend.tasks.holders import HEAD, WRITING, index_of_the_record

        return str(index_of_the_record()), WRITING, HEAD

    def why_harmful(self) -> str | None:
        """Why this process is to end at once though nothing runs in it; None when it may stay."""
        return self._left_open.why_harmful()

    def succeeded(self, result: bytes) -> None:
        """What the function returned has become this JSON."""
        if self._result is not None:
            from backend.tasks.announcing import succeeded

            succeeded(self._result, result)
        self._begin()

    def failed(self, error: BaseException, traceback: str) -> Verdict:
        """It raised this, or returned what cannot be a result."""
        try:
            verdict = Verdict(wants_again(self._task, error), delay_asked(error), self._interruptible.ended_by(error))
            if self._result is not None and self._call is not None and _is_last(verdict, self._call):
                from backend.tasks.announcing import failed

                failed(self._result, error, traceback)
            return verdict
        finally:
            # An error may be one that cannot even be asked.
            self._begin()


def _below_plumbing(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from where something else than this, asgiref and asyncio begins; all of it when nothing does."""
    entry = traceback
    while entry is not None and entry.tb_frame.f_globals.get("__name__", "").startswith(_PLUMBING):
        entry = entry.tb_next
    return entry or traceback


def wants_again(task: Any, error: BaseException) -> bool:
    """Whether another attempt may help after this error."""
    if task is None or not hasattr(task, "wants_again"):
        # There is no such task function here, or it was made for another backend: nobody has said otherwise.
        return isinstance(error, Exception)
    return bool(task.wants_again(error))


def delay_asked(error: BaseException) -> float | None:
    """The seconds that the error says are to pass first: `Retry` does, and the exceptions of many a client for HTTP."""
    after = getattr(error, "retry_after", None)
    if isinstance(after, bool) or not isinstance(after, int | float) or not math.isfinite(after) or after < 0:
        return None
    return min(float(after), LONGEST_DELAY)


def _is_last(verdict: Verdict, call: Call) -> bool:
    """Whether no further attempt follows, unless it is cancelled or retried by hand."""
    if verdict.interrupted == CANCEL or call.tries + 1 >= call.max_attempts:
        return True
    return not verdict.again and verdict.interrupted != TIMEOUT
