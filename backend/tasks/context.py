"""What a task function with `takes_context=True` is given first.

@task(takes_context=True)
def send_all(context: TaskContext, addresses: list[str]) -> None:
    for number, address in enumerate(addresses, 1):
        send(address)
        context.progress(number / len(addresses), f"{number} of {len(addresses)}")
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks import TaskContext as DjangoTaskContext
from django.utils import timezone

from backend.tasks.execution import Call
from backend.tasks.interruptions import CANCEL, Interruptible
from wire.messages import PROGRESS_AT_MOST

type Tell = Callable[[float | None, str | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext(DjangoTaskContext):  # type: ignore[type-arg, misc]  # frozen and not generic, whatever its stubs say
    """Django's context, and what Zonda adds to it. `task_result` is what was known at the attempt's start."""

    _tell: Tell
    _interruptible: Interruptible

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has cancelled the task: for a function, or a thread of it, that is to end by itself."""
        return self._interruptible.told == CANCEL

    def progress(self, fraction: float | None = None, message: str | None = None) -> None:
        """Show how far the task is: a fraction from 0 to 1, a few words, or both. The last one counts.

        May be called as often as one likes, from any thread.
        """
        if fraction is not None:
            fraction = _checked(fraction)
        if message is not None:
            if not isinstance(message, str):
                raise TypeError(f"the message of a progress must be a text, not {message!r}")
            if len(message) > PROGRESS_AT_MOST:
                message = f"{message[: PROGRESS_AT_MOST - 1]}…"
        self._tell(fraction, message)


def _checked(fraction: Any) -> float:
    try:
        # Decimal, Fraction and NumPy's numbers are numbers too; text and truth are not.
        number = float("" if isinstance(fraction, bool | str | bytes) else fraction)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the fraction of a progress must be a number from 0 to 1, not {fraction!r}") from error
    if not 0 <= number <= 1:
        raise ValueError(f"the fraction of a progress must be from 0 to 1, not {fraction!r}")
    return number


def running(task: "Task[..., Any]", call: Call) -> "TaskResult[..., Any]":
    """The result of an attempt that starts now. Its `refresh()` reads all that the record has."""
    now = timezone.now()
    return TaskResult(
        task=task.using(priority=call.priority, queue_name=call.queue),
        id=call.task_id,
        status=TaskResultStatus.RUNNING,
        enqueued_at=datetime.fromisoformat(call.created_at) if call.created_at else None,
        started_at=now if call.attempt == 1 else None,
        last_attempted_at=now,
        finished_at=None,
        args=list(call.args),
        kwargs=dict(call.kwargs),
        backend=task.backend,
        errors=[],
        # Who made the attempts before is in the record; how many there were is known.
        worker_ids=[*[""] * (call.attempt - 1), call.worker],
    )
