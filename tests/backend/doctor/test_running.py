"""What a Zonda that runs can be asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backend.doctor import running
from backend.doctor.findings import Severity
from backend.doctor.running import IDLE_FOR, OVERDUE_BY, SILENT_FOR
from backend.environment import Environment
from backend.environment import environment as real
from backend.tasks import store
from backend.tasks.models import Attempt, Queue, Task, Worker
from tests.support.record import AVentilator, a_task
from wire.home import Home

pytestmark = pytest.mark.django_db

MOMENT = timedelta(seconds=1)


@pytest.fixture
def stopped(tmp_path) -> Environment:
    """Of a home in which no ventilator runs."""
    home = Home(tmp_path / "home")
    home.prepare()
    return replace(real, home=home)


@pytest.fixture
def environment(stopped) -> Iterator[Environment]:
    with stopped.home.lock("ventilator"):
        yield stopped


def long_ago() -> datetime:
    return timezone.now() - IDLE_FOR - MOMENT


def waiting_since_long_ago(**options: object) -> Task:
    task = a_task(**options)
    Task.objects.filter(key=task.key).update(created_at=long_ago())
    return task


# --- beats -----------------------------------------------------------------------------------------------------------


def test_a_worker_that_is_not_lost_and_not_heard_is_a_breach(environment):
    AVentilator().seat()
    assert list(running.silence(environment)) == []

    Worker.objects.update(last_beat_at=timezone.now() - SILENT_FOR - MOMENT)
    (finding,) = running.silence(environment)

    assert (finding.severity, list(finding.where)) == (Severity.BREACH, ["W1"])


def test_one_that_is_lost_may_be_silent(environment):
    AVentilator().seat(state="LOST")
    Worker.objects.update(last_beat_at=timezone.now() - SILENT_FOR - MOMENT)

    assert list(running.silence(environment)) == []


def test_while_no_ventilator_runs_nobody_is_heard_and_nothing_granted(stopped):
    AVentilator().seat()
    Worker.objects.update(last_beat_at=timezone.now() - SILENT_FOR - MOMENT)
    waiting_since_long_ago()

    assert list(running.silence(stopped)) == []
    assert list(running.standstill(stopped)) == []


# --- L2 --------------------------------------------------------------------------------------------------------------


def test_a_task_that_waits_though_a_worker_has_room_is_a_breach(environment):
    AVentilator().seat()
    task = waiting_since_long_ago()

    (finding,) = running.standstill(environment)

    assert finding.severity is Severity.BREACH
    assert list(finding.where) == [f"queue default, task {task.key}, W1"]


def test_one_that_was_due_long_ago_and_never_came_due_is_one_too(environment):
    AVentilator().seat()
    a = waiting_since_long_ago(run_after=timezone.now() + timedelta(hours=1))
    assert list(running.standstill(environment)) == []

    Task.objects.filter(key=a.key).update(due_at=long_ago())

    assert len(list(running.standstill(environment))) == 1


def test_one_that_has_just_come_may_wait(environment):
    AVentilator().seat()
    a_task()

    assert list(running.standstill(environment)) == []


def test_one_that_expired_starts_no_more(environment):
    AVentilator().seat()
    task = waiting_since_long_ago()
    Task.objects.filter(key=task.key).update(expires_at=timezone.now() - MOMENT)

    assert list(running.standstill(environment)) == []


@pytest.mark.parametrize("state", ["STARTING", "DRAINING", "LOST"])
def test_a_worker_that_takes_nothing_has_no_room(environment, state: str):
    AVentilator().seat(state=state)
    waiting_since_long_ago()

    assert list(running.standstill(environment)) == []


def test_a_worker_whose_slots_are_all_taken_has_no_room(environment):
    ventilator = AVentilator()
    ventilator.seat(slots=1)
    a_task()
    ventilator.grant_one()
    waiting_since_long_ago()
    assert list(running.standstill(environment)) == []

    Worker.objects.update(slots=2)

    assert len(list(running.standstill(environment))) == 1


def test_a_worker_that_serves_other_queues_has_no_room_for_it(environment):
    AVentilator().seat()
    Worker.objects.update(queues=["mail"])
    waiting_since_long_ago()
    assert list(running.standstill(environment)) == []

    Worker.objects.update(queues=["mail", "default"])

    assert len(list(running.standstill(environment))) == 1


def test_a_worker_that_has_just_started_one_is_at_work(environment):
    """It has room between one task and the next."""
    ventilator = AVentilator()
    ventilator.seat(slots=2)
    a_task()
    store.report([ventilator.grant_one().started()])
    waiting_since_long_ago()
    assert list(running.standstill(environment)) == []

    Task.objects.filter(started_at__isnull=False).update(started_at=long_ago())

    assert len(list(running.standstill(environment))) == 1


def test_a_paused_queue_waits(environment):
    AVentilator().seat()
    waiting_since_long_ago()
    Queue.objects.update(paused=True)

    assert list(running.standstill(environment)) == []


# --- limits ----------------------------------------------------------------------------------------------------------


def running_for(seconds: float, **options: object) -> None:
    """A task that was started so long ago, of a worker that is heard."""
    ventilator = AVentilator()
    ventilator.seat()
    a_task(**options)
    store.report([ventilator.grant_one().started()])
    Attempt.objects.update(started_at=timezone.now() - timedelta(seconds=seconds))


LIMIT = 30.0


def grace() -> float:
    return Task.objects.get().grace


def test_what_runs_long_after_its_limit_is_a_breach(environment):
    running_for(LIMIT, timeout=LIMIT)
    assert list(running.overdue(environment)) == []
    last = LIMIT + grace() + OVERDUE_BY.total_seconds()

    Attempt.objects.update(started_at=timezone.now() - timedelta(seconds=last) + 5 * MOMENT)
    assert list(running.overdue(environment)) == []
    Attempt.objects.update(started_at=timezone.now() - timedelta(seconds=last) - MOMENT)
    (finding,) = running.overdue(environment)

    assert finding.severity is Severity.BREACH
    assert list(finding.where) == [f"task {Task.objects.get().key}, W1"]


def test_what_has_no_limit_may_run_for_ever(environment):
    running_for(1e6)

    assert list(running.overdue(environment)) == []


def test_what_has_ended_is_not_overdue(environment):
    running_for(1e6, timeout=LIMIT)
    Task.objects.update(status="QUEUEING", holder=None)

    assert list(running.overdue(environment)) == []


def test_while_no_ventilator_runs_nobody_ends_anything(stopped):
    running_for(1e6, timeout=LIMIT)

    assert list(running.overdue(stopped)) == []
