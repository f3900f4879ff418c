"""The record, as a model: rows in memory, moved by the real one's table, with an eye on every promise about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec import UNSET

from backend.tasks import lifecycle
from backend.tasks.grants import (
    CancelledGrant,
    Candidate,
    Choice,
    Closing,
    Granted,
    GrantedTask,
    Known,
    OpenGrant,
    Wishes,
    WorkerRow,
)
from backend.tasks.lifecycle import (
    BY_THEMSELVES,
    MAX_LOSSES,
    OUTCOMES,
    TERMINAL,
    Cause,
    IllegalMove,
    Outcome,
    Stage,
    Status,
    TaskState,
)
from backend.ventilator.choosing import BEYOND_SLOTS
from tests.simulation.violation import Violation
from wire.messages import KIND_OF, Answer, AttemptFailed, OnResults

GRACE = 0.3
"""Seconds from being told to end until being killed, in these histories."""


class NewerEpoch(Exception):
    """A later ventilator has taken over."""


@dataclass(slots=True)
class Row:
    """A task. `attempts` has (number, fence, outcome) for each that started."""

    seq: int
    task_id: str
    path: str
    queue: str
    priority: int
    due_at: float | None
    expires_at: float | None = None
    retry_delay: float = lifecycle.RETRY_DELAY
    timeout: float | None = None
    state: TaskState = field(default_factory=TaskState)
    attempts: list[tuple[int, int, Outcome | None]] = field(default_factory=list)
    former_rounds: int = 0
    """So many of the attempts are of rounds before this one."""


@dataclass(slots=True)
class GrantStory:
    """All that ever happened under one fence, in the record and in truth."""

    task_id: str
    holder: str
    open: bool = True
    taken_back: bool = False
    ran: bool = False
    ended: bool = False


class Record:
    """Every method that changes something is one transaction, at the record's time `now`."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.stories: dict[int, GrantStory] = {}
        self.workers: dict[str, WorkerRow] = {}
        self.epoch = 0
        self.slots_of: dict[str, int] = {}
        self.long_paths: frozenset[str] = frozenset()
        self.paused: set[str] = set()
        self.drain_asked: set[str] = set()
        self._settled: dict[tuple[str, int], Status] = {}

    # --- tasks -------------------------------------------------------------------------------------------------------

    def create(
        self,
        *,
        path: str,
        queue: str,
        priority: int,
        due_at: float | None,
        expires_at: float | None = None,
        max_attempts: int = 1,
        timeout: float | None = None,
    ) -> str:
        task_id = f"t{len(self.rows) + 1}"
        state = TaskState(max_attempts=max_attempts)
        self.rows[task_id] = Row(
            len(self.rows) + 1, task_id, path, queue, priority, due_at, expires_at, timeout=timeout, state=state
        )
        return task_id

    def unended(self) -> list[Row]:
        return [row for row in self.rows.values() if row.state.status not in TERMINAL]

    def _move(self, row: Row, cause: Cause, now: float, delay: float | None = None) -> None:
        before = row.state
        try:
            after = lifecycle.moved(before, cause)
        except IllegalMove as error:
            raise Violation(f"I4: {error}") from error
        row.state = after
        if before.stage is Stage.GRANTED and (cause is Cause.STARTED or cause in OUTCOMES):
            if after.attempt != len(row.attempts) + 1:
                raise Violation(f"I7: attempt {after.attempt} of {row.task_id} follows {len(row.attempts)}")
            row.attempts.append((after.attempt, after.fence, OUTCOMES.get(cause)))
        elif cause in OUTCOMES:
            number, fence, _ = row.attempts[-1]
            row.attempts[-1] = (number, fence, OUTCOMES[cause])
        row.due_at = self._due(row, cause, now, delay)
        if after.holder is None and before.holder is not None:
            self.stories[before.fence].open = False
        self._look(row)

    def _due(self, row: Row, cause: Cause, now: float, delay: float | None) -> float | None:
        pause = 0.0
        if cause is Cause.LOST:
            pause = lifecycle.pause_after_loss(row.state.losses)
        elif cause is Cause.FAILED and delay is not None:
            pause = delay
        elif cause in (Cause.FAILED, Cause.TIMED_OUT):
            pause = lifecycle.pause_before_retry(row.retry_delay, row.state.tries, 0.5)
        return now + pause if pause else None

    def _look(self, row: Row) -> None:
        state = row.state
        this = row.task_id, state.round
        if self._settled.get(this, state.status) is not state.status:
            raise Violation(f"I4: {this} was {self._settled[this]} and is {state.status}")
        if state.status in TERMINAL:
            self._settled[this] = state.status
            if state.holder is not None:
                raise Violation(f"L3: {row.task_id} has ended and {state.holder} still holds it")
        if state.losses > MAX_LOSSES:
            raise Violation(f"I6: {row.task_id} was lost {state.losses} times")
        this_round = row.attempts[row.former_rounds :]
        by_themselves = [outcome for _, _, outcome in this_round if outcome in BY_THEMSELVES]
        if len(by_themselves) > state.max_attempts:
            raise Violation(f"I6: {row.task_id} ended {len(by_themselves)} times by itself")
        if state.cancelling and state.stage is Stage.WAITING:
            raise Violation(f"I10: {row.task_id} was cancelled and waits for another attempt")

    # --- what people do -----------------------------------------------------------------------------------------------

    def cancel(self, task_id: str, now: float) -> None:
        row = self.rows[task_id]
        if row.state.status not in TERMINAL and not row.state.cancelling:
            self._move(row, Cause.CANCEL_ASKED, now)

    def retry(self, task_id: str, now: float) -> None:
        row = self.rows[task_id]
        if row.state.status in TERMINAL:
            row.former_rounds = len(row.attempts)
            row.expires_at = None
            self._move(row, Cause.RETRIED, now)

    # --- reports -----------------------------------------------------------------------------------------------------

    def report(self, reports: Sequence[OnResults], now: float) -> tuple[str, ...]:
        return tuple(self._apply(report, now) for report in reports)

    def _apply(self, report: OnResults, now: float) -> str:
        row = self.rows.get(report.task_id)
        if row is None:
            return Answer.UNKNOWN
        ended = next((outcome for _, fence, outcome in row.attempts if fence == report.fence), None)
        again = report.again if isinstance(report, AttemptFailed) else True
        answer, cause = lifecycle.judge(
            row.state, KIND_OF[type(report)], report.fence, report.incarnation, ended, again=again
        )
        if cause is not None:
            story = self.stories[report.fence]
            if not story.open or (story.task_id, story.holder) != (report.task_id, report.incarnation):
                raise Violation(f"I5: {report} applied under a grant that is not its own or not open")
            delay = report.delay if isinstance(report, AttemptFailed) and report.delay is not UNSET else None
            self._move(row, cause, now, delay)
        return answer

    # --- the ventilator's ---------------------------------------------------------------------------------------------

    def raise_epoch(self, above: int) -> int:
        self.epoch = max(self.epoch, above) + 1
        return self.epoch

    def known(self) -> Known:
        workers = tuple(worker for _, worker in sorted(self.workers.items()))
        held = sorted(
            (row for row in self.rows.values() if row.state.holder is not None), key=lambda row: row.state.fence
        )
        grants = tuple(
            OpenGrant(
                task_id=row.task_id,
                seq=row.seq,
                path=row.path,
                queue=row.queue,
                priority=row.priority,
                fence=row.state.fence,
                holder=row.state.holder or "",
                started=row.state.status is Status.RUNNING,
            )
            for row in held
        )
        return Known(workers, grants)

    def grant(
        self,
        epoch: int,
        *,
        queues: frozenset[str] | None,
        limit: int,
        choose: Callable[[Sequence[Candidate]], Sequence[Choice]],
        now: float,
    ) -> Granted:
        self._still(epoch)
        for row in self.rows.values():
            if row.due_at is not None and row.due_at <= now:
                row.due_at = None
        waiting = [row for row in self.rows.values() if row.state.stage is Stage.WAITING and row.due_at is None]
        waiting.sort(key=lambda row: (-row.priority, row.seq))
        by_queue: dict[str, list[Row]] = {}
        for row in waiting:
            expired = row.expires_at is not None and row.expires_at <= now
            if (queues is None or row.queue in queues) and row.queue not in self.paused and not expired:
                by_queue.setdefault(row.queue, []).append(row)
        of_queue = {queue: rows[:limit] for queue, rows in by_queue.items()}
        candidates = sorted((row for rows in of_queue.values() for row in rows), key=lambda r: (-r.priority, r.seq))
        choices = choose([Candidate(r.seq, r.task_id, r.path, r.queue, r.priority) for r in candidates])
        if len(choices) > limit:
            raise Violation(f"I11: {len(choices)} grants where {limit} were asked for")
        by_seq = {row.seq: row for row in candidates}
        chosen = {choice.seq for choice in choices}
        for queue, rows in of_queue.items():
            taken = [row.seq in chosen for row in rows]
            if sorted(taken, reverse=True) != taken:
                raise Violation(f"I9: in {queue} {taken} were granted, the most urgent first")
        grants = tuple(self._grant(by_seq[choice.seq], choice, now) for choice in choices)
        for holder in sorted({choice.holder for choice in choices}):
            self._look_at_load(holder)
        return Granted(grants, self._next_due_in(now), more=len(candidates) >= limit)

    def _next_due_in(self, now: float) -> float | None:
        due = [row.due_at for row in self.rows.values() if row.due_at is not None]
        due += [
            row.expires_at
            for row in self.rows.values()
            if row.expires_at is not None and row.state.stage is Stage.WAITING
        ]
        return max(0.0, min(due) - now) if due else None

    def _grant(self, row: Row, choice: Choice, now: float) -> GrantedTask:
        if row.due_at is not None or (row.expires_at is not None and row.expires_at <= now):
            raise Violation(f"I8: {row} is granted at {now}")
        if row.queue in self.paused:
            raise Violation(f"{row.task_id} is granted although queue {row.queue} is paused")
        if choice.fence in self.stories:
            raise Violation(f"I5: fence {choice.fence} was used before")
        if choice.fence >> 32 != self.epoch:
            raise Violation(f"I13: fence {choice.fence} is of epoch {choice.fence >> 32}, the record's is {self.epoch}")
        if row.state.cancelling:
            raise Violation(f"I10: {row.task_id} was cancelled and is granted")
        if any(story.open and story.task_id == row.task_id for story in self.stories.values()):
            raise Violation(f"I7: {row.task_id} is granted a second time")
        try:
            row.state = lifecycle.granted(row.state, fence=choice.fence, holder=choice.holder)
        except IllegalMove as error:
            raise Violation(f"I7: {error}") from error
        self.stories[choice.fence] = GrantStory(row.task_id, choice.holder)
        return GrantedTask(
            task_id=row.task_id,
            path=row.path,
            args=b"[]",
            kwargs=b"{}",
            queue=row.queue,
            priority=row.priority,
            attempt=row.state.attempt + 1,
            fence=choice.fence,
            holder=choice.holder,
            timeout=row.timeout,
            grace=GRACE,
            tries=row.state.tries,
            max_attempts=row.state.max_attempts,
        )

    def _look_at_load(self, holder: str) -> None:
        """I11, and that nothing waits behind a long task."""
        held = [
            self.rows[story.task_id]
            for story in self.stories.values()
            if story.open and story.holder == holder and not story.ended
        ]
        slots = self.slots_of[holder]
        if len(held) > slots + BEYOND_SLOTS:
            raise Violation(f"I11: {holder} has {len(held)} grants for {slots} slots")
        if len(held) > slots and any(row.path in self.long_paths for row in held):
            raise Violation(f"I11: {holder} has {len(held)} grants for {slots} slots, with long ones among them")

    def close(self, epoch: int, closings: Sequence[Closing], now: float) -> None:
        self._still(epoch)
        for closing in closings:
            row = self.rows[closing.task_id]
            if (row.state.fence, row.state.holder) != (closing.fence, closing.holder):
                continue
            self.take_back(row, closing.cause, now)

    def take_back(self, row: Row, cause: Cause, now: float) -> None:
        story = self.stories[row.state.fence]
        if story.ran:
            raise Violation(f"a grant that ran is closed as {cause}: {row}")
        story.taken_back = True
        self._move(row, lifecycle.settled_cause(row.state, cause), now)

    def lose(self, epoch: int, incarnation: str, *, started: frozenset[int], slots: int, now: float) -> None:
        self._still(epoch)
        held = sorted(
            (row for row in self.rows.values() if row.state.holder == incarnation), key=lambda row: row.state.fence
        )
        running = [row for row in held if row.state.status is Status.RUNNING or row.state.fence in started]
        others = [row for row in held if row not in running]
        suspects = running + others[: max(0, slots - len(running))]
        for row in held:
            self._move(row, lifecycle.settled_cause(row.state, Cause.LOST if row in suspects else Cause.UNSENT), now)

    def tend(self, epoch: int, now: float) -> Wishes:
        """Expire what must not start any more, and say what somebody wants of workers."""
        for row in self.rows.values():
            if row.expires_at is not None and row.expires_at <= now and row.state.stage is Stage.WAITING:
                self._still(epoch)
                row.due_at = None
                self._move(row, Cause.EXPIRED, now)
        cancelled = tuple(
            CancelledGrant(row.task_id, row.state.fence, row.state.holder)
            for row in self.rows.values()
            if row.state.cancelling and row.state.holder is not None
        )
        return Wishes(cancelled, frozenset(self.drain_asked))

    def write_workers(self, epoch: int, rows: Sequence[WorkerRow]) -> None:
        self._still(epoch)
        for row in rows:
            if row.state == "GONE":
                self.workers.pop(row.topic, None)
            else:
                self.workers[row.topic] = row

    def _still(self, epoch: int) -> None:
        if epoch != self.epoch:
            raise NewerEpoch

    # --- truth, which the record cannot know --------------------------------------------------------------------------

    def ran(self, fence: int) -> None:
        """A task function is being called under this fence."""
        story = self.stories[fence]
        if story.taken_back:
            raise Violation(f"{story.task_id} runs under a grant that was taken back from {story.holder} as not there")
        if story.ran:
            raise Violation(f"{story.task_id} runs twice under one grant")
        story.ran = True

    def ran_ended(self, fence: int) -> None:
        self.stories[fence].ended = True
