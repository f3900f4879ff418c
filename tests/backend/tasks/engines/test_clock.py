"""A wall clock that jumps: pauses are as long as they were, and what goes by the clock goes by it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from backend.tasks import store
from backend.tasks.engines.sqlite import clock
from backend.tasks.engines.sqlite.clock import JUMP
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Clock, Task
from backend.tasks.store.transactions import by_the_clock
from tests.support.record import AVentilator, a_task, make_due

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600.0


class Ahead:
    """How far the wall clock is ahead of the steady one."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0
        self.boot = "this"


@pytest.fixture(autouse=True)
def ahead(monkeypatch):
    found = Ahead()
    monkeypatch.setattr(clock, "_ahead", lambda: found.seconds)
    monkeypatch.setattr(clock, "_boot", lambda: found.boot)
    monkeypatch.setattr(store.engine, "_written", None)
    return found


@pytest.fixture
def pause():
    """Of a task that has failed once: when it may run again."""
    a_task(1, max_attempts=2)
    grip = AVentilator().grant_one()
    store.report([grip.started(), grip.failed(delay=600.0)])
    return lambda: Task.objects.get(attempt=1).due_at


def _digits_of_a_pause() -> int:
    """As they are in the record: instants are compared there as texts, which have to be of one length."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(due_at) FROM zonda_task WHERE attempt = 1")
        (length,) = cursor.fetchone()
    return int(length)


def moved(before: datetime, after: datetime) -> float:
    return (after - before).total_seconds()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, -JUMP])
def test_a_pause_ends_as_much_later_or_earlier_as_the_clock_has_jumped(ahead, pause, jump):
    before = pause()
    ahead.seconds += jump
    revision = Task.objects.get(attempt=1).revision

    with by_the_clock():
        pass

    assert moved(before, pause()) == pytest.approx(jump, abs=0.002)
    assert _digits_of_a_pause() == len("2026-12-01 03:50:54.000286")
    assert Task.objects.get(attempt=1).revision > revision
    with by_the_clock():
        pass
    assert moved(before, pause()) == pytest.approx(jump, abs=0.002)


def test_a_clock_that_is_only_adjusted_moves_nothing_until_that_makes_a_jump(ahead, pause):
    before = pause()
    for _ in range(3):
        ahead.seconds += 0.3
        with by_the_clock():
            pass
    assert pause() == before

    ahead.seconds += 0.3
    with by_the_clock():
        pass

    assert moved(before, pause()) == pytest.approx(1.2, abs=0.002)


def test_what_goes_by_the_clock_is_not_moved(ahead, pause):
    later = datetime.now(UTC) + timedelta(hours=3)
    task = a_task(2, run_after=later, expires_at=later + timedelta(hours=1))

    ahead.seconds += HOUR
    with by_the_clock():
        pass

    task.refresh_from_db()
    assert (task.due_at, task.run_after, task.expires_at) == (later, later, later + timedelta(hours=1))


@pytest.mark.parametrize(
    "later", [timedelta(minutes=3), timedelta(minutes=-3)], ids=["runAfter is later", "runAfter is earlier"]
)
def test_no_pause_that_is_moved_ends_before_run_after(ahead, pause, later):
    """I8"""
    ends_at = pause() - timedelta(hours=1)
    Task.objects.update(run_after=ends_at + later)

    ahead.seconds -= HOUR
    with by_the_clock():
        pass

    assert moved(ends_at, pause()) == pytest.approx(max(0.0, later.total_seconds()), abs=0.002)


@pytest.mark.parametrize(
    "end",
    [
        lambda grip, ventilator: store.report([grip.failed(delay=5.0)]),
        lambda grip, ventilator: store.report([grip.failed(delay=0.0)]),
        lambda grip, ventilator: store.report([grip.lost()]),
        lambda grip, ventilator: store.close(ventilator.epoch, [grip.closing(Cause.HANDED_BACK)]),
    ],
    ids=["failed", "failed, without a pause", "lost", "handed back"],
)
def test_what_waits_again_with_the_clock_put_back_waits_for_run_after(monkeypatch, end):
    """I8"""
    begin = datetime.now(UTC)
    now = begin + timedelta(hours=1)
    monkeypatch.setattr(store.engine, "now", lambda: now)
    run_after = begin + timedelta(minutes=30)
    a_task(1, max_attempts=2, run_after=run_after)
    ventilator = AVentilator()
    grip = ventilator.grant_one()

    now = begin
    end(grip, ventilator)

    assert grip.row().due_at == run_after
    assert ventilator.grant().grants == ()
    now = run_after
    assert len(ventilator.grant().grants) == 1


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_further_round_that_waits_for_run_after_goes_by_the_clock(ahead, pause, jump):
    """I8, I12: it is no pause that it waits for."""
    run_after = datetime.now(UTC) + timedelta(hours=3)
    Task.objects.update(run_after=run_after, due_at=run_after)

    ahead.seconds += jump
    with by_the_clock():
        pass

    assert pause() == run_after


def test_one_who_only_creates_tasks_may_have_another_clock(ahead, pause):
    """I12: a worker whose clock is a day off, a task function that has stopped its own."""
    before = pause()
    ahead.seconds += 24 * HOUR

    a_task(2)

    assert pause() == before
    ahead.seconds -= 24 * HOUR
    with by_the_clock():
        pass
    assert pause() == before


@pytest.mark.parametrize("back", [0.0, 8 * 24 * HOUR], ids=["forward", "forward and back"])
def test_what_has_ended_is_no_older_by_a_jump(ahead, monkeypatch, back):
    """I1: results of a minute ago are not taken off the record as those of last week."""
    real, week = store.engine.now, timedelta(days=7)
    jumped = timedelta(0)
    monkeypatch.setattr(store.engine, "now", lambda: real() + jumped)
    ventilator = AVentilator()
    a_task(1)
    store.report([ventilator.grant_one().succeeded()])

    jumped = timedelta(days=8)
    ahead.seconds += jumped.total_seconds()
    assert store.prune(ventilator.epoch, week, 100).tasks == 0

    jumped -= timedelta(seconds=back)
    ahead.seconds -= back
    assert store.prune(ventilator.epoch, week, 100).tasks == 0

    jumped += timedelta(days=7, seconds=1)  # they go by: the steady clock does too
    assert store.prune(ventilator.epoch, week, 100).tasks == 1


def test_a_pause_of_another_boot_of_the_machine_goes_by_the_clock(ahead, pause):
    before = pause()
    ahead.seconds, ahead.boot = 5.0, "another"
    store.engine._written = None

    with by_the_clock():
        pass

    assert pause() == before
    assert Clock.objects.get().boot == "another"
    ahead.seconds += HOUR
    with by_the_clock():
        pass
    assert moved(before, pause()) == pytest.approx(HOUR, abs=0.002)


def test_a_transaction_that_fails_leaves_it_to_the_next_one(ahead, pause):
    before = pause()
    ahead.seconds += HOUR

    with pytest.raises(ZeroDivisionError), by_the_clock():
        raise ZeroDivisionError
    assert pause() == before
    with by_the_clock():
        pass

    assert moved(before, pause()) == pytest.approx(HOUR, abs=0.002)


def test_another_process_that_has_followed_leaves_nothing_to_do(ahead, pause):
    ahead.seconds += HOUR
    with by_the_clock():
        pass
    before = pause()
    store.engine._written = 1_000_000.0

    with by_the_clock():
        pass

    assert pause() == before


def test_a_look_for_something_to_grant_follows_the_clock_though_nothing_is_due(ahead, pause):
    ventilator = AVentilator()
    with by_the_clock():
        pass
    assert ventilator.grant().grants == ()

    # The wall clock itself does not jump here: put back by an hour, what was due in a moment was due an hour ago.
    ahead.seconds -= HOUR

    assert len(ventilator.grant().grants) == 1


def test_tending_the_record_follows_the_clock_though_nothing_is_due(ahead, pause):
    ventilator = AVentilator()
    before = pause()

    ahead.seconds -= HOUR
    store.tend(ventilator.epoch)

    # The wall clock itself does not jump here: put back by an hour, what was due in a moment was due an hour ago.
    assert (before, pause()) != (None, before)
    assert pause() is None


def test_where_nobody_tells_which_boot_it_is_nothing_is_followed(ahead, pause):
    before = pause()
    ahead.boot = None
    ahead.seconds += HOUR

    assert not store.engine.is_off()
    with by_the_clock():
        pass

    assert pause() == before


def test_a_new_attempt_that_is_due_is_granted_as_ever(pause):
    make_due()

    assert len(AVentilator().grant().grants) == 1
