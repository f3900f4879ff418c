"""The facts of why tasks wait, out of a record with a ventilator and workers in it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.tasks import store
from backend.tasks.facts import facts
from backend.tasks.grants import WorkerRow
from backend.tasks.lifecycle import Outcome
from backend.tasks.models import Queue, Task, Worker
from backend.tasks.waiting import COUNTED, Facts, Pause, Seat
from tests.support.record import AVentilator, X, Y, a_draft, a_task

pytestmark = pytest.mark.django_db


def _facts(task: Task) -> Facts:
    row = Task.objects.get(seq=task.seq)
    return facts([row])[row.seq]


def test_who_waits_knows_the_workers_that_are_not_lost_and_what_they_hold(ventilator: AVentilator):
    rows = [
        WorkerRow("W1", X, "", "", 1, ("*",), 2, "READY"),
        WorkerRow("W2", Y, "", "", 1, ("mail", "a"), 1, "STARTING"),
        WorkerRow("W3", "z", "", "", 1, ("*",), 1, "DRAINING"),
        WorkerRow("W10", "lost", "", "", 1, ("*",), 1, "LOST"),
        WorkerRow("W11", "told", "", "", 1, ("*",), 1, "READY"),
    ]
    store.write_workers(ventilator.epoch, rows)
    Worker.objects.filter(topic="W11").update(drain_asked=True)
    a_task(1)
    a_task(2)
    grip = ventilator.grant_one()
    store.report([grip.started()])
    ventilator.grant_one()

    found = _facts(a_task(3))

    assert found.seats == [
        Seat("W1", ["*"], 2, held=2),
        Seat("W2", ["mail", "a"], 1, starting=True),
        Seat("W3", ["*"], 1, draining=True),
        Seat("W11", ["*"], 1, draining=True),
    ]


def test_who_is_granted_knows_to_whom(ventilator: AVentilator):
    task = a_task()
    ventilator.grant_one()

    assert (_facts(task).granted_to, _facts(task).cancelling) == ("W1", False)


def test_who_was_handed_back_is_granted_to_nobody(ventilator: AVentilator):
    task = a_task()
    grip = ventilator.grant_one()
    store.close(ventilator.epoch, [grip.closing("handed back")])

    assert _facts(task).granted_to is None


def test_who_is_between_attempts_knows_how_the_last_one_ended(ventilator: AVentilator):
    task = a_task(max_attempts=3)
    store.report([ventilator.grant_one().failed()])

    found = _facts(task)

    assert (found.attempt, found.tries, found.max_attempts, found.last) == (1, 1, 3, Outcome.FAILED)
    assert found.due_at is not None
    assert found.due_at == Task.objects.get(seq=task.seq).due_at


def test_who_is_scheduled_knows_until_when(ventilator: AVentilator):
    later = datetime.now(UTC) + timedelta(hours=1)

    found = _facts(a_task(run_after=later))

    assert (found.due_at, found.last, found.attempt) == (later, None, 0)


def test_a_pause_is_known_with_its_reason():
    at = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
    task = a_task(queue="mail")
    Queue.objects.filter(name="mail").update(paused=True, pause_reason="deploying", paused_at=at)

    assert _facts(task).pause == Pause(at, "deploying")
    assert _facts(a_task()).pause is None


def test_ahead_are_those_that_the_queue_grants_first(ventilator: AVentilator):
    later = datetime.now(UTC) + timedelta(hours=1)
    low, first, second, urgent = a_task(priority=-1), a_task(), a_task(), a_task(priority=5)
    a_task(queue="other", priority=100)
    a_task(run_after=later, priority=100)

    assert [_facts(task).ahead for task in (urgent, first, second, low)] == [0, 1, 2, 3]
    ventilator.grant_one(queues=frozenset({"default"}))
    assert [_facts(task).ahead for task in (first, second, low)] == [0, 1, 2]


def test_only_so_many_are_counted():
    store.create([a_draft(n) for n in range(COUNTED + 10)])

    tasks = list(Task.objects.order_by("seq"))
    found = [facts([tasks[place]])[tasks[place].seq].ahead for place in (0, COUNTED, COUNTED + 1, COUNTED + 9)]

    assert found == [0, COUNTED, COUNTED + 1, COUNTED + 1]


def test_who_does_not_wait_has_no_facts(ventilator: AVentilator):
    task = a_task()
    store.report([ventilator.grant_one().succeeded()])

    assert facts([Task.objects.get(seq=task.seq)]) == {}


@pytest.mark.parametrize("number", [1, 30])
def test_however_many_wait_it_asks_as_often(
    ventilator: AVentilator, django_assert_num_queries: DjangoAssertNumQueries, number: int
):
    for place in range(number):
        a_task(queue=f"q{place % 3}", max_attempts=2)
    store.report([ventilator.grant_one().failed()])
    for place in range(number):
        a_task(queue=f"q{place % 3}")
    tasks = list(Task.objects.all())

    with django_assert_num_queries(5):
        facts(tasks)


def test_who_is_ahead_in_any_number_of_queues_is_told_by_the_index_of_what_may_be_granted(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("backend.tasks.facts._TOGETHER", 2)
    for place in range(12):
        a_task(queue=f"q{place % 5}", priority=place % 2)
    tasks = list(Task.objects.order_by("seq"))

    with CaptureQueriesContext(connection) as queries:
        found = facts(tasks)

    # Of each queue first those of priority 1: every other one of all is.
    assert [found[task.seq].ahead for task in tasks] == [1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 2, 1]
    lines = [query["sql"] for query in queries if "LIMIT" in query["sql"]]
    assert [sql.count("UNION ALL") for sql in lines] == [1, 1, 0]
    with connection.cursor() as cursor:
        for sql in lines:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall() if "zonda_task" in row[3]]
            # Whether SQLite calls it covering or not: the row, too, would be looked for by its number.
            assert {step.partition(" INDEX ")[2] for step in plan} == {"zonda_task_grantable (queue=?)"}
