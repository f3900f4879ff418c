"""The record, as a model: rows in memory, moved by the real one's table, with an eye on every promise about them."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import UNSET

from backend.tasks import lifecycle
from backend.tasks.engines.sqlite.granting import RIPEN
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
    Stage,
    Status,
    TaskState,
)
from backend.tasks.offer import Offer
from backend.ventilator.epochs import EPOCHS
from tests.simulation.disk import Disk, Row
from tests.simulation.truth import Truth
from tests.simulation.violation import Violation
from wire.messages import KIND_OF, Answer, AttemptFailed, OnResults

GRACE = 0.3
"""Seconds from being told to end until being killed, in these histories."""

_ARGS, _KWARGS = b"[1]", b"{}"
_SIZE = len(_ARGS) + len(_KWARGS)
"""Of every task, as of those that stand beside it in a real record: their one argument is a digit."""


class NewerEpoch(Exception):
    """A later ventilator has taken over."""


class Record(Disk):
    """Every method that changes something is one transaction, at the record's time `now`.

    `clock_goes_on`: what was due once is due for good. `ripens`: so many tasks become due at once at most.
    """

    def __init__(self, truth: Truth, *, relaxed: bool = False, clock_goes_on: bool = True, ripens: int = RIPEN) -> None:
        super().__init__(truth, relaxed=relaxed)
        self.clock_goes_on = clock_goes_on
        self.ripens = ripens
        self._created = 0

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
        self._created += 1
        task_id = f"t{self._created}"
        state = TaskState(max_attempts=max_attempts)
        if self._relaxed:
            self._before[task_id] = None
        self.rows[task_id] = self._unended[task_id] = Row(
            self._created, task_id, path, queue, priority, due_at, due_at, expires_at, timeout=timeout, state=state
        )
        self.synced()
        return task_id

    @property
    def any_unended(self) -> bool:
        return bool(self._unended)

    def unended(self) -> list[Row]:
        return list(self._unended.values())

    def _move(self, row: Row, cause: Cause, now: float, delay: float | None = None) -> None:
        before = row.state
        try:
            after = lifecycle.moved(before, cause)
        except IllegalMove as error:
            raise Violation("I4", str(error)) from error
        self._change(row)
        row.state = after
        if before.stage is Stage.GRANTED and (cause is Cause.STARTED or cause in OUTCOMES):
            if after.attempt != len(row.attempts) + 1:
                raise Violation("I7", f"attempt {after.attempt} of {row.task_id} follows {len(row.attempts)}")
            row.attempts.append((after.attempt, after.fence, OUTCOMES.get(cause)))
        elif cause in OUTCOMES:
            number, fence, _ = row.attempts[-1]
            row.attempts[-1] = (number, fence, OUTCOMES[cause])
        row.due_at = self._due(row, cause, now, delay)
        if after.holder is None and before.holder is not None:
            self.truth.closed(before.fence, before.holder)
        if after.status in TERMINAL:
            row.ended_at = now
            self._unended.pop(row.task_id, None)
        else:
            self._unended[row.task_id] = row
        self._look(row)

    def _due(self, row: Row, cause: Cause, now: float, delay: float | None) -> float | None:
        pause = 0.0
        if cause is Cause.LOST:
            pause = lifecycle.pause_after_loss(row.state.losses)
        elif cause is Cause.FAILED and delay is not None:
            pause = delay
        elif cause in (Cause.FAILED, Cause.TIMED_OUT):
            pause = lifecycle.pause_before_retry(row.retry_delay, row.state.tries, 0.5)
        due_at = now + pause
        if row.state.stage is Stage.WAITING and row.run_after is not None and row.run_after > due_at:
            return row.run_after
        return due_at if pause else None

    def _look(self, row: Row) -> None:
        state = row.state
        this = row.task_id, state.round
        if self._settled.get(this, state.status) is not state.status:
            raise Violation("I4", f"{this} was {self._settled[this]} and is {state.status}")
        if state.status in TERMINAL:
            self._settled[this] = state.status
            if state.holder is not None:
                raise Violation("L3", f"{row.task_id} has ended and {state.holder} still holds it")
        if state.losses > MAX_LOSSES:
            raise Violation("I6", f"{row.task_id} was lost {state.losses} times")
        this_round = row.attempts[row.former_rounds :]
        by_themselves = [outcome for _, _, outcome in this_round if outcome in BY_THEMSELVES]
        if len(by_themselves) > state.max_attempts:
            raise Violation("I6", f"{row.task_id} ended {len(by_themselves)} times by itself")
        if state.cancelling and state.stage is Stage.WAITING:
            raise Violation("I10", f"{row.task_id} was cancelled and waits for another attempt")

    # --- what people do -----------------------------------------------------------------------------------------------

    def cancel(self, task_id: str, now: float) -> None:
        row = self.rows[task_id]
        if row.state.status not in TERMINAL and not row.state.cancelling:
            self._move(row, Cause.CANCEL_ASKED, now)
            self.synced()

    def retry(self, task_id: str, now: float) -> None:
        row = self.rows[task_id]
        if row.state.status in TERMINAL:
            row.former_rounds = len(row.attempts)
            row.expires_at = None
            self._move(row, Cause.RETRIED, now)
            row.due_at = row.run_after if row.run_after is not None and row.run_after > now else None
            row.ended_at = None
            self.synced()

    # --- reports -----------------------------------------------------------------------------------------------------

    def report(self, reports: Sequence[OnResults], now: float) -> tuple[str, ...]:
        answers = tuple([self._apply(report, now) for report in reports])
        self.synced()
        return answers

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
            self.truth.reported(report.task_id, report.fence, report.incarnation)
            delay = report.delay if isinstance(report, AttemptFailed) and report.delay is not UNSET else None
            self._move(row, cause, now, delay)
            if row.state.status in TERMINAL:
                self._answered[row.task_id, row.state.round] = row.state.status
        return answer

    # --- the ventilator's ---------------------------------------------------------------------------------------------

    def raise_epoch(self, above: int, *, mine: int | None = None) -> int:
        if mine is not None:
            self._still(mine)
        if self._epoch_before is None:
            self._epoch_before = self.epoch
        self.epoch = max(self.epoch, above) + 1
        if self.epoch >= EPOCHS:
            raise Violation("I5", f"no fence can carry epoch {self.epoch}")
        self.synced()
        return self.epoch

    def known(self) -> Known:
        workers = tuple(worker for _, worker in sorted(self.workers.items()))
        held = sorted(
            (row for row in self._unended.values() if row.state.holder is not None), key=lambda row: row.state.fence
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
                size=_SIZE,
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
        choose: Callable[[Offer], Sequence[Choice]],
        now: float,
    ) -> Granted:
        self._still(epoch)
        of_queue = self._by_urgency(queues, now)
        if not of_queue:
            return Granted((), self.next_due_in(now), more=False)
        offer = Offer(list(of_queue), limit, lambda names, page, skip: _page(of_queue, names, page, skip))
        choices = choose(offer)
        more = len(choices) >= limit or offer.has_more_than(len(choices))
        if len(choices) > limit:
            raise Violation("I11", f"{len(choices)} grants where {limit} were asked for")
        by_seq = {row.seq: row for rows in of_queue.values() for row in rows}
        chosen = {choice.seq for choice in choices}
        for queue, rows in of_queue.items():
            taken = [row.seq in chosen for row in rows]
            if sorted(taken, reverse=True) != taken:
                raise Violation("I9", f"in {queue} {taken} were granted, the most urgent first")
        grants = tuple(self._grant(by_seq[choice.seq], choice, now) for choice in choices)
        for holder in sorted({choice.holder for choice in choices}):
            self.truth.look_at_load(holder)
        return Granted(grants, self.next_due_in(now), more=more)

    def _by_urgency(self, queues: frozenset[str] | None, now: float) -> dict[str, list[Row]]:
        """What waits and may be granted, by queue."""
        self._ripen(now)
        by_queue: dict[str, list[Row]] = {}
        for row in self._unended.values():
            if row.waits and row.due_at is None:
                expired = row.expires_at is not None and row.expires_at <= now
                if (queues is None or row.queue in queues) and row.queue not in self.paused and not expired:
                    by_queue.setdefault(row.queue, []).append(row)
        return {queue: sorted(rows, key=_urgency) for queue, rows in by_queue.items()}

    def _ripen(self, now: float) -> None:
        due = [(row.due_at, row.seq, row) for row in self._unended.values() if row.due_at is not None]
        for _, _, row in sorted(one for one in due if one[0] <= now)[: self.ripens]:
            self._change(row)
            row.due_at = None

    def next_due_in(self, now: float) -> float | None:
        due: list[float] = []
        for row in self._unended.values():
            if row.due_at is not None:
                due.append(row.due_at)
            if row.expires_at is not None and row.waits:
                due.append(row.expires_at)
        return max(0.0, min(due) - now) if due else None

    def _grant(self, row: Row, choice: Choice, now: float) -> GrantedTask:
        if row.due_at is not None or (row.expires_at is not None and row.expires_at <= now):
            raise Violation("I8", f"{row} is granted at {now}")
        if self.clock_goes_on and row.run_after is not None and row.run_after > now:
            raise Violation("I8", f"{row} is granted at {now}, before its runAfter")
        if row.queue in self.paused:
            raise Violation("I8", f"{row.task_id} is granted although queue {row.queue} is paused")
        if choice.fence >> 32 != self.epoch:
            raise Violation(
                "I13", f"fence {choice.fence} is of epoch {choice.fence >> 32}, the record's is {self.epoch}"
            )
        if row.state.cancelling:
            raise Violation("I10", f"{row.task_id} was cancelled and is granted")
        self.truth.given(row.task_id, row.path, choice.fence, choice.holder)
        self._change(row)
        try:
            row.state = lifecycle.granted(row.state, fence=choice.fence, holder=choice.holder)
        except IllegalMove as error:
            raise Violation("I7", f"{error}") from error
        self._grants += 1
        self._given_at[choice.fence] = self._grants
        return GrantedTask(
            task_id=row.task_id,
            path=row.path,
            args=_ARGS,
            kwargs=_KWARGS,
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

    def close(self, epoch: int, closings: Sequence[Closing], now: float) -> None:
        self._still(epoch)
        for closing in closings:
            row = self._unended.get(closing.task_id)
            if row is None or (row.state.fence, row.state.holder) != (closing.fence, closing.holder):
                continue
            self.take_back(row, closing.cause, now)

    def take_back(self, row: Row, cause: Cause, now: float) -> None:
        self.truth.taken_back(row.state.fence, row.state.holder or "")
        self._move(row, lifecycle.settled_cause(row.state, cause), now)

    def lose(self, epoch: int, incarnation: str, *, started: frozenset[int], slots: int, now: float) -> None:
        self._still(epoch)
        held = sorted(
            (row for row in self._unended.values() if row.state.holder == incarnation), key=lambda row: row.state.fence
        )
        running = {row.state.fence for row in held if row.state.status is Status.RUNNING or row.state.fence in started}
        others = [row.state.fence for row in held if row.state.fence not in running]
        suspects = running | set(others[: max(0, slots - len(running))])
        for row in held:
            lost = row.state.fence in suspects
            self._move(row, lifecycle.settled_cause(row.state, Cause.LOST if lost else Cause.UNSENT), now)

    def tend(self, epoch: int, now: float) -> Wishes:
        """Expire what must not start any more, ripen what is due, and say what somebody wants of workers."""
        self._still(epoch)
        for row in self.unended():
            if row.expires_at is not None and row.expires_at <= now and row.waits:
                self._change(row)
                row.due_at = None
                self._move(row, Cause.EXPIRED, now)
        self._ripen(now)
        cancelled = tuple(
            CancelledGrant(row.task_id, row.state.fence, row.state.holder)
            for row in self._unended.values()
            if row.state.cancelling and row.state.holder is not None
        )
        return Wishes(cancelled, frozenset(self.drain_asked))

    def write_workers(self, epoch: int, rows: Sequence[WorkerRow]) -> None:
        self._still(epoch)
        if self._relaxed and self._workers_before is None:
            self._workers_before = dict(self.workers)
        for row in rows:
            if row.state == "GONE":
                self.workers.pop(row.topic, None)
            else:
                self.workers[row.topic] = row

    def _still(self, epoch: int) -> None:
        if epoch != self.epoch:
            raise NewerEpoch

    def prune(self, epoch: int, before: float) -> list[str]:
        """Take tasks off the record that had ended by then."""
        self._still(epoch)
        old = [row for row in self.rows.values() if row.ended_at is not None and row.ended_at <= before]
        for row in old:
            if row.state.status not in TERMINAL:
                raise Violation("I1", f"{row} is taken off the record")
            self._change(row)
            del self.rows[row.task_id]
        return [row.task_id for row in old]


def _page(of_queue: Mapping[str, list[Row]], queues: Sequence[str], limit: int, skip: int) -> list[Candidate]:
    return [
        Candidate(row.seq, row.task_id, row.path, row.queue, row.priority, _SIZE)
        for queue in queues
        for row in of_queue[queue][skip : skip + limit]
    ]


def _urgency(row: Row) -> tuple[int, int]:
    return -row.priority, row.seq
