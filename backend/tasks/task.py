"""What `@task` makes of a function: Django's task, with what Zonda can be told about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.tasks import Task as DjangoTask
from django.tasks.exceptions import InvalidTask

from backend.tasks.lifecycle import RETRY_DELAY
from wire.messages import GRACE

LONGEST_SPAN: Final = 365 * 86400.0
"""Seconds in the longest time that a task can be told of."""

MOST_ATTEMPTS: Final = 1_000

type Span = float | timedelta
"""A span of time: a timedelta, or seconds."""


class Retry(Exception):
    """Raised by a task function: this attempt failed, and another one should come after so many seconds.

    Any other exception with a number of seconds in `retry_after` says the same.
    """

    def __init__(self, message: str = "", *, after: Span) -> None:
        super().__init__(message)
        self.retry_after = seconds(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZondaTask(DjangoTask):  # type: ignore[type-arg]  # Django's own is generic for type checkers alone
    """A task function with its limits. Spans of time are a timedelta, or seconds.

    `max_attempts` bounds the attempts that end by themselves, by an error or a timeout; the first one counts. The
    second follows after `retry_delay`, each further one after twice as long, more or less. Only an exception of
    `retry_on`, and none of `give_up_on`, leads to another attempt; one with `retry_after` (seconds), such as `Retry`,
    chooses the delay. After `timeout` the function is told to end (`TaskTimedOut` is raised in it), after `grace` more
    it is killed with all that it has started. `expires_after` being created, or due, a task that has not started is
    not started any more.
    """

    max_attempts: int = 1
    timeout: Span | None = None
    grace: Span = GRACE
    retry_delay: Span = RETRY_DELAY
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    give_up_on: tuple[type[BaseException], ...] = ()
    expires_after: Span | None = None

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is another class than the one that this method was written in.
        DjangoTask.__post_init__(self)
        number = self.max_attempts
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_ATTEMPTS:
            raise InvalidTask(f"max_attempts must be a whole number from 1 to {MOST_ATTEMPTS}, not {number!r}")
        for name in ("timeout", "expires_after"):
            if getattr(self, name) is not None:
                _check_span(name, getattr(self, name), zero=False)
        for name in ("grace", "retry_delay"):
            _check_span(name, getattr(self, name), zero=True)
        for name in ("retry_on", "give_up_on"):
            _check_classes(name, getattr(self, name))

    def wants_again(self, error: BaseException) -> bool:
        """Whether another attempt may help after this error."""
        return isinstance(error, self.retry_on) and not isinstance(error, self.give_up_on)


def seconds(span: Span) -> float:
    """The span in seconds."""
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


def _check_span(name: str, span: Any, *, zero: bool) -> None:
    length = span.total_seconds() if isinstance(span, timedelta) else span
    number = isinstance(length, int | float) and not isinstance(length, bool)
    if not number or not (length > 0 or (zero and length == 0)) or length > LONGEST_SPAN:
        least = "from 0" if zero else "above 0"
        raise InvalidTask(
            f"{name} must be a timedelta or a number of seconds, {least} to {LONGEST_SPAN:g}, not {span!r}"
        )


def _check_classes(name: str, classes: Sequence[Any]) -> None:
    well = isinstance(classes, tuple) and all(
        isinstance(one, type) and issubclass(one, BaseException) for one in classes
    )
    if not well:
        raise InvalidTask(f"{name} must be a tuple of exception classes, not {classes!r}")
