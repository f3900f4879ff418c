"""How a task function is told to end while it runs.

TaskInterrupted      no Exception: `except Exception` lets it pass
├── TaskTimedOut     the task has run as long as it may (`timeout`)
└── TaskCancelled    somebody has cancelled the task

It is raised in a function wherever that is; an `async def` function is cancelled as asyncio cancels, at an await. Who
catches it may clean up, and has the task's `grace` for it; then the process is killed. To return is to have succeeded.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Final


class TaskInterrupted(BaseException):
    """The task function is to end."""


class TaskTimedOut(TaskInterrupted):
    """The task has run as long as it may."""


class TaskCancelled(TaskInterrupted):
    """Somebody has cancelled the task."""


TIMEOUT: Final = "timeout"
CANCEL: Final = "cancel"

_KINDS: Final = {TIMEOUT: TaskTimedOut, CANCEL: TaskCancelled}


class Interruptible:
    """One call of a task function that may be told to end. `told` is why it was, None while it was not."""

    def __init__(self) -> None:
        self.told: str | None = None
        self._inside = False
        self._cancel: Callable[[], object] | None = None

    def tell(self, why: str) -> None:
        """Have the function end, for TIMEOUT or CANCEL; only the first time counts.

        In the function's thread, between any two steps of it: raises there, if that is where it is.
        """
        if self.told is not None:
            return
        self.told = why
        if self._cancel is not None:
            self._cancel()
        elif self._inside:
            raise self._interruption()

    def call(self, function: Callable[..., Any], placed: list[Any], named: dict[str, Any]) -> Any:
        """What the function returns, unless it is told to end before."""
        try:
            self._inside = True
            if self.told is not None:
                raise self._interruption()
            return function(*placed, **named)
        finally:
            self._inside = False

    async def finish(self, coroutine: Coroutine[Any, Any, object]) -> object:
        """What the coroutine returns. Its asyncio task is cancelled when it is told to end."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            # Once the loop is closed there is nothing to cancel any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)

        self._cancel = cancel
        try:
            if self.told is not None:
                coroutine.close()
                raise self._interruption()
            return await coroutine
        except BaseException as error:
            if self.told is not None and comes_of(error, asyncio.CancelledError):
                raise self._interruption() from error.with_traceback(_below(error.__traceback__))
            raise
        finally:
            self._cancel = None

    def ended_by(self, error: BaseException) -> str | None:
        """Why it was told to end, if that is what it raised, or what led to what it raised."""
        return self.told if self.told is not None and comes_of(error, _KINDS[self.told]) else None

    def _interruption(self) -> TaskInterrupted:
        assert self.told is not None
        kind = _KINDS[self.told]
        return kind(kind.__doc__)


def _below(traceback: TracebackType | None) -> TracebackType | None:
    """Without its first entry, which is in this file, unless there is no other."""
    return (traceback.tb_next or traceback) if traceback else None


def comes_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether the error is of that kind, or was raised because of, or while handling, one that is."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
