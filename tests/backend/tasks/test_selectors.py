"""What the API's tests do not show of the reads: one state for all of them, and the way to it."""

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.tasks import selectors, store
from backend.tasks.drafts import draft
from backend.tasks.lifecycle import Status
from backend.tasks.models import Task
from backend.tasks.selectors import TaskFilter
from backend.tasks.store import create
from tests.support.elsewhere import create_elsewhere
from tests.support.record import AVentilator, X, Y, a_task, make_due


@pytest.mark.django_db(transaction=True)
def test_all_reads_of_a_snapshot_see_one_state():
    with selectors.snapshot():
        before = Task.objects.count()
        create_elsewhere("meanwhile")
        within = Task.objects.count()

    assert (before, within, Task.objects.count()) == (0, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_keeps_no_writer_waiting_and_leaves_no_transaction():
    with selectors.snapshot():
        create_elsewhere("meanwhile")

    create([draft(name="add", args=[1, 2])])

    assert Task.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_that_is_left_by_an_error_leaves_no_transaction():
    with pytest.raises(ValueError, match="no"), selectors.snapshot():
        raise ValueError("no")

    with selectors.snapshot():
        assert Task.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_inside_a_transaction_is_that_transaction():
    with transaction.atomic():
        create([draft(name="add", args=[1, 2], id="mine")])
        with selectors.snapshot():
            assert selectors.task("mine") is not None


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", [TaskFilter(status=[Status.FAILED]), TaskFilter(status=[Status.RUNNING])])
def test_a_page_of_one_status_is_read_from_an_index_in_its_order(chosen: TaskFilter):
    plan = Task.objects.filter(chosen.where(), seq__lt=10**9).order_by("-seq")[:50].explain()

    assert "zonda_task_status" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.django_db
def test_with_a_worker_is_lost_what_it_ran_then_the_last_granted_first():
    ventilator = AVentilator()
    _, _, first, second, returned, _ = (a_task(n) for n in range(6))
    killed, done, *running, waiting = (ventilator.grant_one() for _ in range(5))
    ventilator.grant_one(to=Y, topic="W2")
    store.report([*(grip.started() for grip in running), killed.lost(), done.succeeded()])

    store.lose(ventilator.epoch, X, started=frozenset(), slots=2)

    assert selectors.lost_with([X, Y, "nobody"], limit=9) == {X: [second, first]}
    assert selectors.lost_with([X, Y], limit=1) == {X: [second]}
    assert waiting.row() == returned, "what it had not begun went back"


@pytest.mark.django_db
def test_a_task_that_a_worker_lost_twice_is_named_once():
    ventilator = AVentilator()
    task, other = a_task(1), a_task(2)
    for incarnation in (X, X, Y):
        make_due()
        ventilator.grant(2, to=incarnation)
        store.lose(ventilator.epoch, incarnation, started=frozenset(), slots=2)

    found = selectors.lost_with([X, Y], limit=9)

    assert {incarnation: {one.key for one in tasks} for incarnation, tasks in found.items()} == {
        incarnation: {task.key, other.key} for incarnation in (X, Y)
    }
    assert [len(tasks) for tasks in found.values()] == [2, 2]


@pytest.mark.django_db
def test_what_was_lost_with_workers_is_found_by_an_index_of_the_lost_alone():
    with CaptureQueriesContext(connection) as asked:
        selectors.lost_with([X, Y], limit=6)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        steps = [row[3] for row in cursor.fetchall()]

    assert any("USING INDEX zonda_attempt_lost (incarnation=? AND error=?)" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN zonda")], steps


_ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.mark.django_db(transaction=True)
def test_reads_that_take_too_long_are_given_up_and_leave_the_connection_as_it_was():
    with pytest.raises(OperationalError) as error, selectors.snapshot(within=0.05), connection.cursor() as cursor:
        cursor.execute(_ENDLESS)

    assert selectors.gave_up(error.value)
    with selectors.snapshot():
        assert Task.objects.count() == 0
    create([draft(name="add", args=[1, 2])])
    assert not selectors.gave_up(OperationalError("database is locked"))
