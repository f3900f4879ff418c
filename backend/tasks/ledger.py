"""A batch of moves, worked out row by row and written with one statement a table."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct

from backend.tasks import failures
from backend.tasks.engines import AttemptRow, Change, Engine, Row
from backend.tasks.lifecycle import (
    OUTCOMES,
    TERMINAL,
    Cause,
    Outcome,
    Reason,
    Stage,
    Status,
    TaskState,
    moved,
    pause_after_loss,
    pause_before_retry,
)
from backend.tasks.tallying import FAILED, FINISHED, Tallies
from wire.messages import (
    AttemptCancelled,
    AttemptEnded,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
)

VANISHED = "The worker went silent and was given up."
"""The error of an attempt whose worker can't tell how it ended."""

UNSTARTED: Final[Mapping[Cause, str]] = {
    Cause.CANCEL_ASKED: "Cancelled before it was started.",
    Cause.WITHDRAWN: "Cancelled before it was started.",
    Cause.EXPIRED: "It expired before it was started.",
}
"""The error of a task that ended without an attempt to tell why."""

GROUPED: Final = (Reason.ERROR, Reason.TIMEOUT, Reason.LOST)
"""Why tasks fail that have something in common to look into. What was cancelled or has expired was meant to end.

What is rejected has that too, from the start."""

LONGEST_RUN = 10 * 365 * 86400.0
"""Seconds that an attempt can be said to have run: what a worker reports must not leave the calendar."""


class _Page(Struct):
    """One task's moves within the batch. `told` says that a worker told of its attempt, `ran` for how many seconds."""

    row: Row
    state: TaskState
    ended: Outcome | None
    attempt: AttemptRow | None = None
    error: str | None = None
    failure_key: str | None = None
    result: str | None = None
    due_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    told: bool = False
    ran: float | None = None


class Ledger:
    """The moves of one transaction. `now` is the record's clock; nothing is written before `write`."""

    def __init__(self, now: datetime, chance: Callable[[], float] = random.random) -> None:
        self._now = now
        self._chance = chance
        self._pages: dict[int, _Page] = {}
        self._outcomes: dict[str, tuple[int, int]] = {}

    def current(self, row: Row, fence: int) -> tuple[TaskState, Outcome | None]:
        """The row's state after the moves so far, and the outcome of its attempt with this fence."""
        page = self._pages.get(row.seq)
        if page is None:
            return row.state, row.ended
        # Moves end the attempt of the current fence alone; what an older fence came to, the row read for it tells.
        return page.state, page.ended if fence == page.state.fence else row.ended

    def started_at(self, row: Row) -> datetime:
        """When the row's current attempt started, as far as is known by now."""
        page = self._pages.get(row.seq)
        return (page and page.started_at) or row.started_at or self._now

    def move(self, row: Row, cause: Cause, report: AttemptStarted | AttemptEnded | None) -> None:
        """Put a move that the lifecycle allows on the task; `report` is the worker's word for it, if it has any."""
        page = self._pages.setdefault(row.seq, _Page(row, row.state, row.ended))
        before, after = page.state, moved(page.state, cause)
        page.state = after
        page.due_at = self._due(page.row, after, cause, report) if after.stage is Stage.WAITING else None
        if cause is Cause.STARTED or cause in OUTCOMES:
            self._attempt(page, before, cause, report)
        if after.status in TERMINAL:
            ended = page.attempt if cause in OUTCOMES else None
            page.finished_at = ended.finished_at if ended else self._now
            page.error = None if after.status is Status.FINISHED else ended.error if ended else UNSTARTED[cause]
            if ended and after.reason in GROUPED:
                page.failure_key = failures.key(
                    after.reason, ended.error, ended.exception, ended.traceback, page.row.path
                )
        if isinstance(report, AttemptSucceeded):
            page.result = bytes(report.result).decode()

    def _attempt(
        self, page: _Page, before: TaskState, cause: Cause, report: AttemptStarted | AttemptEnded | None
    ) -> None:
        outcome = OUTCOMES.get(cause)
        started_at, ended_at = self._times(page, before, report)
        page.started_at = started_at or page.started_at
        if report is not None:
            page.told = True
            page.ran = None if isinstance(report, AttemptStarted) else min(report.ran, LONGEST_RUN)
        error = exception = traceback = None
        match report:
            case AttemptFailed():
                error, exception, traceback = report.error, report.exception, report.traceback
            case AttemptTimedOut() | AttemptCancelled():
                error, traceback = report.error, report.traceback
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
            next_due_at=page.due_at,
        )
        if outcome is not None and before.holder is not None:
            succeeded, failed = self._outcomes.get(before.holder, (0, 0))
            won = outcome is Outcome.SUCCEEDED
            self._outcomes[before.holder] = (succeeded + won, failed + (not won))

    def _times(
        self, page: _Page, before: TaskState, report: AttemptStarted | AttemptEnded | None
    ) -> tuple[datetime | None, datetime]:
        """When the attempt started, None for as it was written, and when it ended if it did.

        Reports come late, each by a while of its own, and only how long the function ran is known exactly: it started
        at the earlier of the two times that this leaves, and ended when it had run.
        """
        written = page.started_at or (page.row.started_at if before.stage is Stage.RUNNING else None)
        if report is None or isinstance(report, AttemptStarted):
            # The record's clock may have been put back since it started.
            return (self._now if before.stage is Stage.GRANTED else None), max(self._now, written or self._now)
        ran = timedelta(seconds=min(report.ran, LONGEST_RUN))
        started = min(self._now - ran, written or self._now)
        return started, started + ran

    def _due(
        self, row: Row, after: TaskState, cause: Cause, report: AttemptStarted | AttemptEnded | None
    ) -> datetime | None:
        """When a task that waits again may go on; None at once."""
        pause = 0.0
        if cause is Cause.LOST:
            pause = pause_after_loss(after.losses)
        elif isinstance(report, AttemptFailed) and report.delay is not UNSET:
            pause = min(report.delay, LONGEST_RUN)
        elif cause in OUTCOMES:
            pause = pause_before_retry(row.retry_delay, after.tries, self._chance())
        due_at = self._now + timedelta(seconds=pause)
        # That was over when it was granted, but the record's clock may have been put back since.
        if row.run_after is not None and row.run_after > due_at:
            return row.run_after
        return due_at if pause else None

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
                    failure_key=page.failure_key,
                    result=page.result,
                    due_at=page.due_at,
                    started_at=page.started_at,
                    finished_at=page.finished_at,
                )
                for page in pages
            ],
            engine.revise(),
        )
        if changed != len(pages):
            raise AssertionError(f"{len(pages)} moves, {changed} rows changed: a row moved under the write lock")
        attempts = [page.attempt for page in pages if page.attempt is not None]
        if attempts:
            engine.put_attempts(attempts)
        self._count(engine, pages)
        if self._outcomes:
            engine.count_outcomes(self._outcomes)

    def _count(self, engine: Engine, pages: list[_Page]) -> None:
        deltas: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        ended: Counter[tuple[str, str, str]] = Counter()
        tallies = Tallies()
        for page in pages:
            queue, path = page.row.queue, page.row.path
            before, after = page.row.state.status, page.state.status
            if after is not before:
                deltas[queue][before] -= 1
                deltas[queue][after] += 1
            if after in TERMINAL:
                ended[queue, after, page.state.reason or ""] += 1
            what = None if after not in TERMINAL else FINISHED if after is Status.FINISHED else FAILED
            tallies.count(queue, path, what, waited=self._waited(page), ran=page.ran)
        if deltas:
            engine.count(deltas)
        if ended:
            engine.count_settled(ended)
        tallies.write(engine, self._now)

    def _waited(self, page: _Page) -> float | None:
        """Seconds from when the task was due to its very first start, None where that is not in this batch.

        Of the further ones the record does not know any more since when they were due.
        """
        before = page.row.state
        if not page.told or before.attempt or before.round > 1 or page.started_at is None:
            return None
        return (page.started_at - page.row.first_due_at).total_seconds()
