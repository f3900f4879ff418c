"""How old tasks are taken off the record: when, and how many at a time."""

from datetime import timedelta

import pytest

from backend.tasks import store
from backend.tasks.grants import Pruned
from backend.ventilator.pruning import EVERY, LEAST, LONG, LONG_OVERDUE, MOST, PAUSE, Pruning

DAY = timedelta(days=1)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Record:
    """A record with so many old tasks, each of which takes so long to be taken off."""

    def __init__(self) -> None:
        self.old = 0
        self.seconds_each = 0.0
        self.untidy = 0
        self.limits: list[int] = []

    def prune(self, epoch: int, keep: timedelta, limit: int) -> Pruned:
        assert (epoch, keep) == (7, DAY)
        self.limits.append(limit)
        gone = min(self.old, limit)
        self.old -= gone
        return Pruned(gone, gone * self.seconds_each, more=gone == limit)

    def tidy(self, epoch: int, limit: int) -> int:
        gone = min(self.untidy, limit)
        self.untidy -= gone
        return gone


@pytest.fixture
def record(monkeypatch):
    found = Record()
    monkeypatch.setattr(store, "prune", found.prune)
    monkeypatch.setattr(store, "tidy", found.tidy)
    return found


@pytest.fixture
def clock():
    return Clock()


def test_a_record_without_old_tasks_is_looked_at_now_and_then(record, clock):
    pruning = Pruning(DAY, clock)
    assert pruning.wait() == EVERY

    clock.now += EVERY
    assert pruning.wait() == 0
    pruning.step(7)

    assert pruning.wait() == EVERY
    assert len(record.limits) == 1


def test_while_there_are_old_ones_the_next_step_follows_after_a_pause(record, clock):
    record.old = 250
    pruning = Pruning(DAY, clock)

    pruning.step(7)
    assert pruning.wait() == PAUSE
    while record.old:
        pruning.step(7)

    pruning.step(7)
    assert pruning.wait() == EVERY


def test_a_step_takes_as_many_as_go_quickly(record, clock):
    record.old = 1_000_000
    record.seconds_each = 0.00001
    pruning = Pruning(DAY, clock)
    for _ in range(5):
        pruning.step(7)
    assert record.limits[-1] == MOST

    record.seconds_each = LONG
    for _ in range(10):
        pruning.step(7)
    assert record.limits[-1] == LEAST


def test_what_else_there_is_to_do_goes_first_but_not_for_ever(record, clock):
    pruning = Pruning(DAY, clock)

    clock.now = pruning.due + LONG_OVERDUE / 2
    assert pruning.wait() == 0
    clock.now = pruning.due + LONG_OVERDUE
    assert pruning.wait() is None


def test_who_keeps_tasks_for_seconds_sees_them_go_within_seconds(record, clock):
    assert Pruning(timedelta(seconds=10), clock).wait() == 1.0
    assert Pruning(timedelta(minutes=5), clock).wait() == 30.0


def test_who_keeps_every_task_has_the_rest_tidied(record, clock):
    record.old, record.untidy = 5, MOST + 1
    pruning = Pruning(None, clock)

    pruning.step(7)
    assert (pruning.wait(), record.untidy) == (PAUSE, 1)
    pruning.step(7)
    pruning.step(7)

    assert (pruning.wait(), record.untidy, record.old) == (EVERY, 0, 5)


def test_a_step_that_fails_is_not_tried_again_at_once(monkeypatch, record, clock):
    def broken(*_: object) -> Pruned:
        raise OSError("disk")

    monkeypatch.setattr(store, "prune", broken)
    pruning = Pruning(DAY, clock)

    clock.now += 2 * EVERY
    with pytest.raises(OSError, match="disk"):
        pruning.step(7)

    assert pruning.wait() == EVERY
