"""What a worker says of an attempt on `results`. Pure."""

from collections.abc import Iterable
from typing import Any, assert_never

from msgspec import UNSET

from wire.messages import (
    AttemptCancelled,
    AttemptEnded,
    AttemptFailed,
    AttemptLog,
    AttemptLost,
    AttemptProgress,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
    Line,
)
from workers.attempts import Attempt
from workers.events import Progressed, Raised, Returned
from workers.why import Why

STOP_GRACE = 10.0
"""Seconds that running tasks get when the worker is asked to stop."""


class Reports:
    """Speaks for one worker process."""

    def __init__(self, incarnation: str) -> None:
        self._incarnation = incarnation

    def started(self, attempt: Attempt) -> AttemptStarted:
        return AttemptStarted(**self._of(attempt))

    def progress(self, attempt: Attempt, said: Progressed) -> AttemptProgress:
        return AttemptProgress(**self._of(attempt), fraction=said.fraction, message=said.message)

    def log(self, attempt: Attempt, parts: Iterable[tuple[Line, ...]]) -> list[AttemptLog]:
        """A report for each part."""
        return [AttemptLog(**self._of(attempt), lines=lines) for lines in parts]

    def ended(self, attempt: Attempt, ran: float, end: Returned | Raised) -> AttemptEnded:
        """Its function has returned or raised. It was interrupted only if that is what we told it."""
        about = self._of(attempt) | {"ran": ran}
        match end:
            case Returned(result):
                return AttemptSucceeded(**about, result=result)
            case Raised(traceback=traceback, interrupted=Why.TIMEOUT) if attempt.told is Why.TIMEOUT:
                return AttemptTimedOut(**about, error=_too_long(attempt), traceback=traceback)
            case Raised(traceback=traceback, interrupted=Why.CANCEL) if attempt.told is Why.CANCEL:
                return AttemptCancelled(**about, error="Cancelled", traceback=traceback)
            case Raised(error, exception, traceback, again, delay):
                return AttemptFailed(
                    **about,
                    error=error,
                    exception=exception,
                    traceback=traceback,
                    again=again,
                    delay=UNSET if delay is None else delay,
                )
            case _:
                assert_never(end)

    def died(self, attempt: Attempt, how: str, now: float) -> AttemptEnded:
        """Its child process is gone: lost, unless it was told to end; `how` as in ChildEnded."""
        how = attempt.fault or how
        about = self._of(attempt) | {"ran": max(0.0, now - attempt.since)}
        so = "and had to be killed" if attempt.killed else f"and its child process {how}"
        match attempt.told:
            case Why.TIMEOUT:
                return AttemptTimedOut(**about, error=f"{_too_long(attempt)}, {so}")
            case Why.CANCEL:
                return AttemptCancelled(**about, error=f"Cancelled, {so}")
            case None if attempt.by_stop:
                error = f"The worker was stopped, and the task did not end within {STOP_GRACE:g} s"
                return AttemptLost(**about, error=error)
            case None:
                return AttemptLost(**about, error=f"The child process {how}")
            case _:
                assert_never(attempt.told)

    def _of(self, attempt: Attempt) -> dict[str, Any]:
        grant = attempt.grant
        return {
            "task_id": grant.task_id,
            "attempt": grant.attempt,
            "fence": grant.fence,
            "worker": attempt.topic,
            "incarnation": self._incarnation,
        }


def _too_long(attempt: Attempt) -> str:
    return f"It did not end within {attempt.grant.timeout:g} s"
