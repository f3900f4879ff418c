"""Task functions that answer, fail and return in every way that Django's Tasks framework has a rule for."""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.tasks import TaskContext, task

from backend.tasks.task import Retry
from tests.support.proof.tasks import append


@task()
def nothing(*args: Any, **kwargs: Any) -> None:
    """Take anything and return nothing."""


@task
async def nothing_later(*args: Any, **kwargs: Any) -> None:
    """As `nothing`, as a coroutine."""


@task
def answer() -> int:
    return 42


@task
async def answer_later() -> int:
    return 42


@task
def fail() -> None:
    raise ValueError("this task failed")


@task
def fail_with_an_error_inside() -> None:
    raise ValueError(ValueError("this task failed"))


@task
def leave_by_system_exit() -> None:
    sys.exit("this task left")


@task
def interrupt() -> None:
    raise KeyboardInterrupt


@task
def return_what_json_has_not() -> object:
    return datetime.now(UTC)


@task
def return_what_json_can_have() -> object:
    return {"bytes": b"text", "tuple": (1, 2)}


@task(takes_context=True)
def own_id(context: TaskContext) -> str:
    return context.task_result.id


@task(takes_context=True)
def whole_context(context: TaskContext) -> Mapping[str, object]:
    """What a task function is told of itself."""
    result = context.task_result
    return {
        "id": result.id,
        "attempt": context.attempt,
        "attempts": result.attempts,
        "status": str(result.status),
        "path": result.task.module_path,
    }


@task(takes_context=True, max_attempts=3, retry_delay=1.0)
def succeed_the_third_time(context: TaskContext, path: str) -> int:
    """Append the attempt and the moment to a file, and fail the first two times."""
    append(path, f"{context.attempt} {time.time()}\n")
    if context.attempt < 3:
        raise LookupError(f"attempt {context.attempt}")
    return context.attempt


@task(max_attempts=5, retry_delay=0.1, retry_on=(LookupError,), give_up_on=(KeyError,))
def fail_as_asked(path: str, kinds: list[str]) -> int:
    """Fail as each of `kinds` says in turn: IndexError, KeyError or ValueError; return how often it was called."""
    append(path, "called\n")
    calls = len(Path(path).read_text().splitlines())
    if calls <= len(kinds):
        raise {"IndexError": IndexError, "KeyError": KeyError, "ValueError": ValueError}[kinds[calls - 1]]
    return calls


@task(takes_context=True, max_attempts=2, retry_delay=60)
def come_back(context: TaskContext, path: str, after: float) -> int:
    """Ask for another attempt after so many seconds, once."""
    append(path, f"{context.attempt} {time.time()}\n")
    if context.attempt == 1:
        raise Retry("not yet", after=after)
    return context.attempt


@task(timeout=0.5, grace=1.0)
def sleep_too_long(seconds: float = 30.0) -> None:
    time.sleep(seconds)


@task(expires_after=timedelta(seconds=1))
def expire_soon() -> None:
    """Not to be started later than a second after it was created."""


@task
def enqueue_another(further: int) -> None:
    """Enqueue itself that many more times, one after the other."""
    if further:
        enqueue_another.enqueue(further - 1)


@task
def enqueue_without_end() -> None:
    enqueue_without_end.enqueue()
