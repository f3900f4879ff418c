"""The model of the record does what the record does: both go through the same random moves, and agree after each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec import UNSET, Raw

from backend.tasks import store
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import Candidate, Choice, Closing
from backend.tasks.ledger import Ledger
from backend.tasks.lifecycle import TERMINAL, Cause, Status
from backend.tasks.models import Task
from backend.tasks.selectors import TaskFilter
from tests.simulation.model import Record
from tests.support.record import a_draft
from wire.messages import (
    AttemptCancelled,
    AttemptFailed,
    AttemptLost,
    AttemptProgress,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
    OnResults,
)

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOLDERS = ("one", "two", "three")


KINDS = (
    AttemptStarted,
    AttemptStarted,
    AttemptSucceeded,
    AttemptFailed,
    AttemptFailed,
    AttemptTimedOut,
    AttemptLost,
    AttemptCancelled,
    AttemptProgress,
)


class Both:
    """The record and its model. What the one answers the other must."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance = Random(seed)
        self.now = 1000.0
        monkeypatch.setattr(SQLite, "now", lambda engine: BEGIN + timedelta(seconds=self.now))
        for part in (store.reporting, store.interventions, store.granting):
            monkeypatch.setattr(part, "Ledger", lambda now: Ledger(now, chance=lambda: 0.5))
        self.model = Record()
        self.model.slots_of = dict.fromkeys(HOLDERS, 100)
        self.key_of: dict[str, str] = {}
        self.id_of: dict[str, str] = {}
        self.fence = 0
        self.grants: list[tuple[str, int, str]] = []
        self.raise_epoch()

    def raise_epoch(self) -> None:
        self.epoch = store.raise_epoch(0)
        assert self.model.raise_epoch(0) == self.epoch
        self.fence = self.epoch << 32

    def create(self) -> None:
        later = self.chance.choice((None, None, 2.0))
        queue, priority = self.chance.choice("ab"), self.chance.choice((-1, 0, 1))
        due = None if later is None else BEGIN + timedelta(seconds=self.now + later)
        expires = self.chance.choice((None, None, 3.0, 30.0))
        expires_at = None if expires is None else BEGIN + timedelta(seconds=self.now + expires)
        tries = self.chance.choice((1, 1, 2, 3))
        (task,) = store.create(
            [a_draft(queue=queue, priority=priority, run_after=due, expires_at=expires_at, max_attempts=tries)]
        )
        task_id = self.model.create(
            path=task.path,
            queue=queue,
            priority=priority,
            due_at=None if later is None else self.now + later,
            expires_at=None if expires is None else self.now + expires,
            max_attempts=tries,
        )
        self.key_of[task_id], self.id_of[task.key] = task.key, task_id

    def grant(self) -> None:
        limit = self.chance.randint(1, 4)
        queues = self.chance.choice((None, frozenset("a"), frozenset("ab")))
        holder = self.chance.choice(HOLDERS)
        first, seen = self.fence, []
        self.fence += limit

        def choose(candidates: Sequence[Candidate]) -> list[Choice]:
            seen.append([(candidate.seq, candidate.priority) for candidate in candidates])
            return [Choice(one.seq, first + n, holder, "W1") for n, one in enumerate(candidates[:limit], 1)]

        real = store.grant(self.epoch, queues=queues, limit=limit, choose=choose)
        model = self.model.grant(self.epoch, queues=queues, limit=limit, choose=choose, now=self.now)
        if len(seen) == 2:
            seqs = Task.objects.order_by("seq").values_list("seq", flat=True)
            order = {seq: place for place, seq in enumerate(seqs, 1)}
            assert [(order[seq], priority) for seq, priority in seen[0]] == seen[1]
        else:
            # The record looks first whether there is anything, without the write lock.
            assert seen == [[]]
        assert [(self.id_of[one.task_id], one.fence, one.attempt) for one in real.grants] == [
            (one.task_id, one.fence, one.attempt) for one in model.grants
        ]
        assert real.more == model.more
        assert real.next_due_in == pytest.approx(model.next_due_in, abs=1e-3)
        self.grants += [(one.task_id, one.fence, one.holder) for one in model.grants]

    def report(self) -> None:
        reports: list[tuple[OnResults, OnResults]] = []
        for _ in range(self.chance.randint(1, 4)):
            if self.grants:
                task_id, fence, holder = self.chance.choice(self.grants[-12:])
                if self.chance.random() < 0.15:
                    holder = self.chance.choice(HOLDERS)
                kind = self.chance.choice(KINDS)
                more: dict[str, Any] = {"attempt": 1, "fence": fence, "worker": "W1", "incarnation": holder}
                more |= _MORE[kind]
                if kind is AttemptFailed:
                    more |= {"again": self.chance.random() < 0.8, "delay": self.chance.choice((UNSET, UNSET, 2.5))}
                reports.append((kind(task_id=self.key_of[task_id], **more), kind(task_id=task_id, **more)))
        real = store.report([for_record for for_record, _ in reports])
        assert tuple(real) == self.model.report([for_model for _, for_model in reports], self.now)

    def close(self) -> None:
        cause = self.chance.choice((Cause.UNSENT, Cause.HANDED_BACK))
        some = [self.chance.choice(self.grants[-12:]) for _ in range(2)] if self.grants else []
        store.close(self.epoch, [Closing(fence, holder, self.key_of[t], cause) for t, fence, holder in some])
        self.model.close(self.epoch, [Closing(fence, holder, t, cause) for t, fence, holder in some], self.now)

    def lose(self) -> None:
        holder, slots = self.chance.choice(HOLDERS), self.chance.randint(1, 2)
        started = frozenset(fence for _, fence, _ in self.grants[-6:] if self.chance.random() < 0.3)
        store.lose(self.epoch, holder, started=started, slots=slots)
        self.model.lose(self.epoch, holder, started=started, slots=slots, now=self.now)

    def cancel(self) -> None:
        if self.key_of:
            task_id = self.chance.choice(list(self.key_of))
            store.cancel([self.key_of[task_id]])
            self.model.cancel(task_id, self.now)

    def cancel_a_queue(self) -> None:
        store.cancel(chosen=TaskFilter(queue=["b"]))
        for task_id, row in self.model.rows.items():
            if row.queue == "b":
                self.model.cancel(task_id, self.now)

    def retry(self) -> None:
        for task_id in self.chance.sample(list(self.key_of), min(3, len(self.key_of))):
            if self.model.rows[task_id].state.status in TERMINAL:
                store.retry([self.key_of[task_id]])
            self.model.retry(task_id, self.now)

    def pause(self) -> None:
        if self.model.paused:
            store.resume_queue("a")
        else:
            store.pause_queue("a")
        self.model.paused ^= {"a"}

    def tend(self) -> None:
        real, model = store.tend(self.epoch), self.model.tend(self.epoch, self.now)
        cancelled = {(self.id_of[one.task_id], one.fence, one.holder) for one in real.cancelled}
        assert cancelled == {(one.task_id, one.fence, one.holder) for one in model.cancelled}

    def wait(self) -> None:
        self.now += self.chance.choice((0.1, 1.0, 5.0))

    def check(self) -> None:
        rows = {self.id_of[task.key]: task for task in Task.objects.prefetch_related("attempts")}
        for task_id, row in self.model.rows.items():
            task, state = rows[task_id], row.state
            assert Status(task.status) is state.status
            assert (task.reason, task.fence, task.holder) == (state.reason, state.fence, state.holder)
            assert (task.attempt, task.losses, task.unstarted) == (state.attempt, state.losses, state.unstarted)
            assert (task.tries, task.round, task.cancelling) == (state.tries, state.round, state.cancelling)
            due = None if task.due_at is None else (task.due_at - BEGIN).total_seconds()
            assert due == (None if row.due_at is None else pytest.approx(row.due_at, abs=1e-3))
            attempts = [(one.number, one.fence, one.outcome) for one in task.attempts.all()]
            assert attempts == row.attempts


_MORE: dict[type[OnResults], dict[str, Any]] = {
    AttemptStarted: {},
    AttemptSucceeded: {"ran": 0.0, "result": Raw(b"3")},
    AttemptFailed: {"ran": 0.0, "error": "ValueError: no", "exception": "builtins.ValueError", "traceback": ""},
    AttemptTimedOut: {"ran": 0.0, "error": "too long"},
    AttemptLost: {"ran": 0.0, "error": "killed"},
    AttemptCancelled: {"ran": 0.0, "error": "Cancelled"},
    AttemptProgress: {"fraction": 0.5},
}


@pytest.mark.parametrize("seed", range(8))
def test_the_model_moves_as_the_record_does(seed: int, monkeypatch: pytest.MonkeyPatch):
    both = Both(seed, monkeypatch)
    moves = (
        [both.create] * 3
        + [both.grant] * 4
        + [both.report] * 5
        + [both.close, both.lose, both.wait, both.tend, both.pause]
    )
    moves += [both.cancel, both.cancel, both.cancel_a_queue, both.retry, both.retry]

    for _ in range(120):
        both.chance.choice(moves)()
        if both.chance.random() < 0.01:
            both.raise_epoch()
        both.check()
