"""What waits for its time comes due in time, whether or not anybody has room for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.tasks import store, waiting
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.facts import facts
from backend.tasks.models import Task
from backend.tasks.oldest import oldest_queued
from tests.support.record import AVentilator, a_draft, a_task

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
BUSY = "It is next in its queue, and the one slot that serves the queue is busy."


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the record's clock by so many seconds."""
    now = [BEGIN]

    def advance(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    monkeypatch.setattr(SQLite, "now", lambda self: now[0])
    monkeypatch.setattr(SQLite, "is_off", lambda self: False)
    return advance


@pytest.fixture
def busy(ventilator: AVentilator, advance: Callable[[float], None]) -> AVentilator:
    """The only worker's only slot is taken."""
    a_task(0, id="runs")
    store.report([ventilator.grant_one().started()])
    return ventilator


def why(key: str) -> str:
    task = Task.objects.get(key=key)
    return waiting.why(facts([task])[task.seq])


def test_a_scheduled_task_is_next_in_line_once_its_time_has_come_though_every_slot_is_busy(busy, advance):
    a_task(1, id="scheduled", run_after=BEGIN + timedelta(seconds=10))
    store.tend(busy.epoch)
    assert why("scheduled").startswith("It is scheduled for")
    assert (oldest_queued(), store.next_due_in()) == ({}, 10.0)

    advance(10.0)
    store.tend(busy.epoch)

    assert why("scheduled") == BUSY
    assert (oldest_queued(), store.next_due_in()) == ({"default": BEGIN + timedelta(seconds=10)}, None)


def test_a_task_between_attempts_is_next_in_line_once_its_pause_is_over_though_every_slot_is_busy(busy, advance):
    a_task(1, id="failed", max_attempts=2)
    store.report([busy.grant_one().failed(delay=5.0)])
    store.tend(busy.epoch)
    assert why("failed").endswith(" for attempt 2 of 2: the last one failed.")

    advance(5.0)
    store.tend(busy.epoch)

    assert why("failed") == BUSY


def test_what_expires_at_the_instant_it_comes_due_ends(busy, advance):
    due = BEGIN + timedelta(seconds=10)
    a_task(1, id="late", run_after=due, expires_at=due + timedelta(seconds=1))
    advance(11.0)

    store.tend(busy.epoch)

    task = Task.objects.get(key="late")
    assert (task.status, task.reason, task.due_at) == ("FAILED", "EXPIRED", None)


def test_of_many_that_are_due_at_once_those_come_first_that_were_due_first(busy, advance, monkeypatch):
    monkeypatch.setattr("backend.tasks.engines.sqlite.granting.RIPEN", 2)
    store.create([a_draft(n, id=f"{n}", run_after=BEGIN + timedelta(seconds=9 - n)) for n in range(5)])
    advance(10.0)

    def due() -> set[str]:
        return set(Task.objects.filter(status="QUEUEING", due_at=None).values_list("key", flat=True))

    store.tend(busy.epoch)
    assert (due(), store.next_due_in()) == ({"4", "3"}, 0.0)
    store.tend(busy.epoch)
    assert (due(), store.next_due_in()) == ({"4", "3", "2", "1"}, 0.0)
    store.tend(busy.epoch)
    assert (due(), store.next_due_in()) == ({"4", "3", "2", "1", "0"}, None)


def test_nothing_is_written_while_nothing_is_due(busy, advance):
    a_task(1, run_after=BEGIN + timedelta(seconds=10))

    with CaptureQueriesContext(connection) as asked:
        store.tend(busy.epoch)

    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries), asked.captured_queries


def test_an_older_ventilator_makes_nothing_due(busy, advance):
    a_task(1, run_after=BEGIN + timedelta(seconds=10))
    advance(10.0)
    older, busy.epoch = busy.epoch, store.raise_epoch(0)

    with pytest.raises(store.NewerEpoch):
        store.tend(older)

    assert Task.objects.filter(due_at__isnull=False).count() == 1
