"""The record and its model, side by side: what the one answers the other must, and both must be the same after it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from msgspec import Raw, Struct
from msgspec.structs import replace

from backend.tasks import store
from backend.tasks.engines.sqlite import SQLite, granting
from backend.tasks.engines.sqlite.granting import RIPEN
from backend.tasks.grants import Choice, Closing, WorkerRow
from backend.tasks.ledger import Ledger
from backend.tasks.lifecycle import TERMINAL, Cause, Status
from backend.tasks.models import Attempt, Queue, Task, Worker
from backend.tasks.offer import Offer
from backend.tasks.refusals import BadInput, Conflict, NotFound
from backend.tasks.selectors import TaskFilter
from tests.simulation import model
from tests.simulation.disk import Row
from tests.simulation.truth import Truth
from tests.support.record import a_draft
from wire.messages import (
    Answer,
    AttemptCancelled,
    AttemptFailed,
    AttemptLost,
    AttemptProgress,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
    OnResults,
)

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOLDERS: Final = {"one": "W1", "two": "W2", "three": "W3"}
"""Incarnations, and where each has its seat."""

LONG: Final = 1e6
"""Seconds that every attempt says it ran: then it ended when it was reported, whenever its start was."""

KINDS: Final[dict[type[OnResults], dict[str, Any]]] = {
    AttemptStarted: {},
    AttemptSucceeded: {"ran": LONG, "result": Raw(b"3")},
    AttemptFailed: {"ran": LONG, "error": "ValueError: no", "exception": "builtins.ValueError", "traceback": ""},
    AttemptTimedOut: {"ran": LONG, "error": "too long"},
    AttemptLost: {"ran": LONG, "error": "killed"},
    AttemptCancelled: {"ran": LONG, "error": "Cancelled"},
    AttemptProgress: {"fraction": 0.5},
}

_COMPARED: Final = (
    *("seq", "key", "status", "reason", "fence", "holder", "attempt", "losses", "unstarted", "tries", "round"),
    *("cancelling", "due_at", "expires_at", "finished_at"),
)
"""Of a task."""


class Given(Struct, frozen=True):
    """What a client gave of a task, with spans in seconds from when it was first asked for."""

    number: int
    queue: str
    priority: int
    tries: int
    due_at: float | None
    expires_at: float | None


class Grip(Struct, frozen=True):
    """A grant that was made at some time."""

    task_id: str
    fence: int
    holder: str


class Both:
    """`now` is the record's clock, in seconds since BEGIN; a task's id is the same in both. `ripens`: so many tasks
    become due in one grant at most.
    """

    def __init__(self, patch: pytest.MonkeyPatch, *, ripens: int = RIPEN) -> None:
        self.now = 1000.0
        patch.setattr(granting, "RIPEN", ripens)
        patch.setattr(SQLite, "now", lambda engine: _instant(self.now))
        for part in (store.reporting, store.interventions, store.granting):
            patch.setattr(part, "Ledger", lambda now: Ledger(now, chance=lambda: 0.5))
        self.model = model.Record(Truth(), ripens=ripens)
        self.model.truth.slots_of = dict.fromkeys(HOLDERS, 100)
        self.given: dict[str, Given] = {}
        self.grips: list[Grip] = []
        self._model_id: dict[str, str] = {}
        self._seq: dict[str, int] = {}
        self._created: dict[str, int] = {}
        self._fence = 0
        self.raise_epoch(0)
        for holder in HOLDERS:
            self.write_worker(holder, "READY")

    def pass_time(self, seconds: float) -> None:
        """In whole microseconds, as the record has it: or what is due now would be so in one of the two alone."""
        self.now = round(self.now + seconds, 6)

    def put_back(self, seconds: float) -> None:
        """The record's clock; nobody moves pauses here, where every transaction is inside another one."""
        self.pass_time(-seconds)
        # What was due then may be granted: the model no longer knows that it was.
        self.model.clock_goes_on = False

    # --- tasks come and go --------------------------------------------------------------------------------------------

    def create(self, wanted: Sequence[tuple[str | None, Given]]) -> None:
        """I3: what is there with the same content stays as it is, with other content nothing at all is created."""
        drafts = [_draft(given, key) for key, given in wanted]
        named = [(draft.key, given) for draft, (_, given) in zip(drafts, wanted, strict=True)]
        conflict = any(self.given.get(key, given) != given for key, given in named)
        conflict |= any(dict(named)[key] != given for key, given in named)
        if conflict:
            with pytest.raises(Conflict):
                store.create(drafts)
            return
        for task, (key, given) in zip(store.create(drafts), named, strict=True):
            if key in self.given:
                assert task.seq == self._seq[key]
                continue
            self.given[key], self._seq[key] = given, task.seq
            self._created[given.queue] = self._created.get(given.queue, 0) + 1
            self._model_id[key] = self.model.create(
                path=task.path,
                queue=given.queue,
                priority=given.priority,
                due_at=given.due_at,
                expires_at=given.expires_at,
                max_attempts=given.tries,
            )

    def delete(self, keys: Sequence[str]) -> None:
        if self._all_or_none(store.delete, keys):
            for key in keys:
                del self.model.rows[self._model_id[key]]
            self._forget(keys)

    def prune(self, keep: float) -> None:
        """I1: nothing that has not ended long enough ago leaves the record."""
        store.prune(self.epoch, timedelta(seconds=keep), 100)
        gone = set(self.model.prune(self.epoch, self.now - keep - 1e-9))
        self._forget([key for key, model_id in self._model_id.items() if model_id in gone])

    def _forget(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            del self.given[key], self._seq[key], self._model_id[key]

    # --- the ventilator -----------------------------------------------------------------------------------------------

    def raise_epoch(self, above: int) -> None:
        """I5, I13."""
        self.epoch = store.raise_epoch(above)
        assert self.model.raise_epoch(above) == self.epoch
        self._fence = self.epoch << 32

    def grant(self, holder: str, limit: int, take: int, queues: frozenset[str] | None) -> None:
        """I5, I7, I8, I9: both offer the same, in the same order, and grant what was chosen of it."""
        first, seen = self._fence, []
        self._fence += limit
        real_seq = {self.model.rows[self._model_id[key]].seq: seq for key, seq in self._seq.items()}

        def choose(offer: Offer) -> list[Choice]:
            candidates = list(offer)
            seen.append([(one.seq, one.priority, one.queue) for one in candidates])
            chosen = candidates[: min(take, limit)]
            return [Choice(one.seq, first + n, holder, HOLDERS[holder]) for n, one in enumerate(chosen, 1)]

        real = store.grant(self.epoch, queues=queues, limit=limit, choose=choose)
        said = self.model.grant(self.epoch, queues=queues, limit=limit, choose=choose, now=self.now)
        if len(seen) == 2:
            assert seen[0] == [(real_seq[seq], priority, queue) for seq, priority, queue in seen[1]]
        else:
            # Both look first whether there is anything; the record sees then what is paused or expired as well.
            assert seen in ([], [[]])
        assert [(one.task_id, one.fence, one.attempt, one.tries) for one in real.grants] == [
            (self._key(one.task_id), one.fence, one.attempt, one.tries) for one in said.grants
        ]
        assert real.more == said.more
        assert real.next_due_in == pytest.approx(said.next_due_in, abs=1e-3)
        self.grips += [Grip(one.task_id, one.fence, one.holder) for one in real.grants]

    def close(self, grips: Sequence[Grip], cause: Cause) -> None:
        """I5: only what is still open under that very grant goes back; what runs is lost."""
        there = [grip for grip in grips if grip.task_id in self._model_id]
        store.close(self.epoch, [Closing(one.fence, one.holder, one.task_id, cause) for one in grips])
        closings = [Closing(one.fence, one.holder, self._model_id[one.task_id], cause) for one in there]
        self.model.close(self.epoch, closings, self.now)

    def lose(self, holder: str, started: frozenset[int], slots: int) -> None:
        """I6, L3."""
        held = [row for row in self.model.unended() if row.state.holder == holder]
        lost = store.lose(self.epoch, holder, started=started, slots=slots)
        self.model.lose(self.epoch, holder, started=started, slots=slots, now=self.now)
        assert lost.returned + lost.lost + lost.failed <= len(held)

    def tend(self) -> None:
        """I8, I10."""
        real, said = store.tend(self.epoch), self.model.tend(self.epoch, self.now)
        assert {(one.task_id, one.fence, one.holder) for one in real.cancelled} == {
            (self._key(one.task_id), one.fence, one.holder) for one in said.cancelled
        }
        assert real.drain == said.drain
        due_in, said_due_in = store.next_due_in(), self.model.next_due_in(self.now)
        assert due_in == (None if said_due_in is None else pytest.approx(said_due_in, abs=1e-3))

    def write_worker(self, holder: str, state: str) -> None:
        row = WorkerRow(HOLDERS[holder], holder, holder, "anna", 7, ("*",), 2, state)
        store.write_workers(self.epoch, [row])
        self.model.write_workers(self.epoch, [row])
        if state == "GONE":
            self.model.drain_asked.discard(holder)

    def refused_as_outdated(self, epoch: int) -> None:
        """I13: whatever an older ventilator writes."""
        closing = [Closing(one.fence, one.holder, one.task_id, Cause.UNSENT) for one in self.grips[-1:]]
        row = WorkerRow("W9", "nine", "nine", "anna", 7, ("*",), 2, "READY")
        looks = store.engine.is_off() or any(model_row.waits for model_row in self.model.unended())
        writes: list[Callable[[], object]] = [
            lambda: store.close(epoch, closing),
            lambda: store.lose(epoch, "one", started=frozenset(), slots=1),
            lambda: store.tend(epoch),
            lambda: store.write_workers(epoch, [row]),
            lambda: store.tidy(epoch, 10),
        ]
        for write in writes:
            with pytest.raises(store.NewerEpoch):
                write()
        try:
            granted = store.grant(epoch, queues=None, limit=9, choose=lambda found: [])
        except store.NewerEpoch:
            assert looks
        else:
            assert granted.grants == ()

    # --- workers and people -------------------------------------------------------------------------------------------

    def report(self, told: Sequence[tuple[Grip, type[OnResults], dict[str, Any]]]) -> None:
        """I4, I5, I6: each is answered alike, in one batch."""
        real, said = [], []
        for grip, kind, more in told:
            common = {"attempt": 1, "fence": grip.fence, "worker": "W1", "incarnation": grip.holder}
            known = self._model_id.get(grip.task_id, "gone")
            real.append(kind(task_id=grip.task_id, **{**common, **KINDS[kind], **more}))
            said.append(kind(task_id=known, **{**common, **KINDS[kind], **more}))
        assert tuple(store.report(real)) == self.model.report(said, self.now)

    def refuse(self, grip: Grip) -> None:
        """I4: a report that cannot be read ends its attempt for good, if it is its."""
        real = store.refuse(
            task_id=grip.task_id, fence=grip.fence, incarnation=grip.holder, worker="W1", why="it was unreadable"
        )
        common = {"attempt": 1, "fence": grip.fence, "worker": "W1", "incarnation": grip.holder}
        known = self._model_id.get(grip.task_id, "gone")
        refusal = AttemptFailed(task_id=known, **{**common, **KINDS[AttemptFailed], "again": False})
        (said,) = self.model.report([refusal], self.now)
        assert real == (Answer.REFUSED if said == Answer.APPLIED else said)

    def cancel(self, keys: Sequence[str]) -> None:
        """I10."""
        fit = [row for row in map(self._row, keys) if row.state.status not in TERMINAL and not row.state.cancelling]
        assert store.cancel(keys) == len({row.task_id for row in fit})
        for row in fit:
            self.model.cancel(row.task_id, self.now)

    def cancel_queue(self, queue: str) -> None:
        """I10: all that a filter fits."""
        fit = [row for row in self.model.unended() if row.queue == queue and not row.state.cancelling]
        assert store.cancel(chosen=TaskFilter(queue=[queue])) == len(fit)
        for row in fit:
            self.model.cancel(row.task_id, self.now)

    def retry(self, keys: Sequence[str]) -> None:
        """I4: a new round is the one way on for what has ended; all or none."""
        if self._all_or_none(store.retry, keys):
            for key in keys:
                self.model.retry(self._model_id[key], self.now)

    def pause(self, queue: str) -> None:
        store.pause_queue(queue)
        self.model.paused.add(queue)
        self._created.setdefault(queue, 0)

    def resume(self, queue: str) -> None:
        if queue in self._created:
            store.resume_queue(queue)
        else:
            with pytest.raises(NotFound):
                store.resume_queue(queue)
        self.model.paused.discard(queue)

    def drain(self, holder: str) -> None:
        if HOLDERS[holder] in self.model.workers:
            store.drain_worker(HOLDERS[holder])
            self.model.drain_asked.add(holder)
        else:
            with pytest.raises(NotFound):
                store.drain_worker(HOLDERS[holder])

    def _all_or_none(self, do: Callable[[Sequence[str]], int], keys: Sequence[str]) -> bool:
        if all(self._row(key).state.status in TERMINAL for key in keys):
            assert do(keys) == len(set(keys))
            return True
        with pytest.raises(BadInput):
            do(keys)
        return False

    def open_grips(self) -> list[Grip]:
        """What is granted now, the oldest grant first."""
        held = sorted((row.state.fence, row) for row in self.model.unended() if row.state.holder is not None)
        return [Grip(self._key(row.task_id), fence, row.state.holder or "") for fence, row in held]

    def ended(self) -> list[str]:
        """The tasks that a retry by hand is for."""
        return [key for key in self.given if self._row(key).state.status in TERMINAL]

    # --- both are the same --------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Every row, every attempt, every counter, every worker."""
        # Not whole objects: this is done after each step, and there are thousands of them.
        tasks = {task.key: task for task in Task.objects.values_list(*_COMPARED, named=True)}
        attempts: dict[int, list[tuple[int, int, str | None]]] = {task.seq: [] for task in tasks.values()}
        for seq, number, fence, outcome in Attempt.objects.values_list("task", "number", "fence", "outcome"):
            attempts[seq].append((number, fence, outcome))
        assert set(tasks) == set(self.given)
        counted: dict[str, dict[Status, int]] = {queue: dict.fromkeys(Status, 0) for queue in self._created}
        for key, task in tasks.items():
            row = self._row(key)
            state = row.state
            counted[row.queue][state.status] += 1
            assert Status(task.status) is state.status
            assert (task.reason, task.fence, task.holder) == (state.reason, state.fence, state.holder)
            assert (task.attempt, task.losses, task.unstarted) == (state.attempt, state.losses, state.unstarted)
            assert (task.tries, task.round, task.cancelling) == (state.tries, state.round, state.cancelling)
            assert attempts[task.seq] == row.attempts
            for real, said in (
                (task.due_at, row.due_at),
                (task.expires_at, row.expires_at),
                (task.finished_at, row.ended_at),
            ):
                assert (real is None) == (said is None)
                assert real is None or said is None or abs(_seconds(real) - said) <= 1e-3
        there = {row.name: row for row in Queue.objects.all()}
        assert set(there) == set(self._created)
        for queue, numbers in counted.items():
            found = there[queue]
            assert {status: getattr(found, status.lower()) for status in Status} == numbers
            assert (found.created, found.paused) == (self._created[queue], queue in self.model.paused)
        workers = {worker.topic: (worker.incarnation, worker.state) for worker in Worker.objects.all()}
        assert workers == {row.topic: (row.incarnation, row.state) for row in self.model.workers.values()}
        self._check_known()

    def _check_known(self) -> None:
        """L3: what the next ventilator builds its load table from."""
        real, said = store.known(), self.model.known()
        assert [replace(worker, beat=True) for worker in real.workers] == list(said.workers)
        assert list(real.grants) == [
            replace(grant, task_id=self._key(grant.task_id), seq=self._seq[self._key(grant.task_id)])
            for grant in said.grants
        ]

    def _row(self, key: str) -> Row:
        return self.model.rows[self._model_id[key]]

    def _key(self, model_id: str) -> str:
        return next(key for key, found in self._model_id.items() if found == model_id)


def _draft(given: Given, key: str | None) -> Any:
    named = {} if key is None else {"id": key}
    return a_draft(
        given.number,
        queue=given.queue,
        priority=given.priority,
        max_attempts=given.tries,
        run_after=None if given.due_at is None else _instant(given.due_at),
        expires_at=None if given.expires_at is None else _instant(given.expires_at),
        **named,
    )


def _instant(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def _seconds(moment: datetime) -> float:
    return (moment - BEGIN).total_seconds()
