"""A batch of moves, worked out row by row and written with one statement a table."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.tasks.engines import AttemptRow, Change, Engine, Row
from backend.tasks.lifecycle import (
    OUTCOMES,
    TERMINAL,
    Cause,
    Outcome,
    Stage,
    Status,
    TaskState,
    moved,
    pause_after_loss,
)
from wire.messages import AttemptFailed, AttemptLost, AttemptStarted, AttemptSucceeded, OnResults

VANISHED = "The worker went silent and was given up."
"""The error of an attempt whose worker can't tell how it ended."""

_LONGEST = 10 * 365 * 86400.0
"""Seconds that an attempt can be said to have run: what a worker reports must not leave the calendar."""


@dataclass(slots=True)
class _Page:
    """One task's moves within the batch."""

    row: Row
    state: TaskState
    ended: Outcome | None
    attempt: AttemptRow | None = None
    error: str | None = None
    result: str | None = None
    due_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Ledger:
    """The moves of one transaction. `now` is the record's clock; nothing is written before `write`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._pages: dict[int, _Page] = {}
        self._outcomes: dict[str, tuple[int, int]] = {}

    def current(self, row: Row, fence: int) -> tuple[TaskState, Outcome | None]:
        """The row's state after the moves so far, and the outcome of its attempt with this fence."""
        page = self._pages.get(row.seq)
        if page is None:
            return row.state, row.ended
        # Moves end the attempt of the current fence alone; what an older fence came to, the row read for it tells.
        return page.state, page.ended if fence == page.state.fence else row.ended

    def move(self, row: Row, cause: Cause, report: OnResults | None) -> None:
        """Put a move that the lifecycle allows on the task; `report` is the worker's word for it, if it has any."""
        page = self._pages.setdefault(row.seq, _Page(row, row.state, row.ended))
        before, after = page.state, moved(page.state, cause)
        page.state = after
        if cause is Cause.STARTED or cause in OUTCOMES:
            self._attempt(page, before, cause, report)
        page.due_at = self._due(after, cause)
        page.finished_at = page.attempt.finished_at if after.status in TERMINAL and page.attempt else None
        page.error = page.attempt.error if after.status is Status.FAILED and page.attempt else None
        if isinstance(report, AttemptSucceeded):
            page.result = bytes(report.result).decode()

    def _attempt(self, page: _Page, before: TaskState, cause: Cause, report: OnResults | None) -> None:
        outcome = OUTCOMES.get(cause)
        started_at, ended_at = self._times(page, before, report)
        page.started_at = started_at or page.started_at
        error = exception = traceback = None
        match report:
            case AttemptFailed():
                error, exception, traceback = report.error, report.exception, report.traceback
            case AttemptLost():
                error = report.error
            case None:
                error = VANISHED
        page.ended = outcome
        page.attempt = AttemptRow(
            seq=page.row.seq,
            number=page.state.attempt,
            fence=before.fence,
            worker=page.row.worker_topic or "",
            incarnation=before.holder or "",
            outcome=outcome,
            error=error,
            exception=exception,
            traceback=traceback,
            started_at=started_at,
            finished_at=None if outcome is None else ended_at,
        )
        if outcome is not None and before.holder is not None:
            succeeded, failed = self._outcomes.get(before.holder, (0, 0))
            won = outcome is Outcome.SUCCEEDED
            self._outcomes[before.holder] = (succeeded + won, failed + (not won))

    def _times(self, page: _Page, before: TaskState, report: OnResults | None) -> tuple[datetime | None, datetime]:
        """When the attempt started, None for as it was written, and when it ended if it did.

        Reports come late, each by a while of its own, and only how long the function ran is known exactly: it started
        at the earlier of the two times that this leaves, and ended when it had run.
        """
        written = page.started_at or (page.row.started_at if before.stage is Stage.RUNNING else None)
        if report is None or isinstance(report, AttemptStarted):
            return (self._now if before.stage is Stage.GRANTED else None), self._now
        ran = timedelta(seconds=min(report.ran, _LONGEST))
        started = min(self._now - ran, written or self._now)
        return started, started + ran

    def _due(self, after: TaskState, cause: Cause) -> datetime | None:
        if cause is not Cause.LOST:
            return None
        pause = pause_after_loss(after.losses)
        return self._now + timedelta(seconds=pause) if pause else None

    def write(self, engine: Engine) -> None:
        """Write it all. Raises AssertionError if a row is not as it was read, which the write lock rules out."""
        if not self._pages:
            return
        pages = list(self._pages.values())
        changed = engine.change(
            [
                Change(
                    seq=page.row.seq,
                    was_holder=page.row.state.holder or "",
                    state=page.state,
                    error=page.error,
                    result=page.result,
                    due_at=page.due_at,
                    started_at=page.started_at,
                    finished_at=page.finished_at,
                )
                for page in pages
            ]
        )
        if changed != len(pages):
            raise AssertionError(f"{len(pages)} moves, {changed} rows changed: a row moved under the write lock")
        attempts = [page.attempt for page in pages if page.attempt is not None]
        if attempts:
            engine.put_attempts(attempts)
        deltas: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for page in pages:
            if page.state.status is not page.row.state.status:
                deltas[page.row.queue][page.row.state.status] -= 1
                deltas[page.row.queue][page.state.status] += 1
        if deltas:
            engine.count(deltas)
        if self._outcomes:
            engine.count_outcomes(self._outcomes)
