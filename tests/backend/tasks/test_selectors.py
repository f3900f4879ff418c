"""What the API's tests do not show of the reads: one state for all of them, and the way to it."""

import pytest
from django.db import OperationalError, connection, transaction

from backend.tasks import selectors
from backend.tasks.drafts import draft
from backend.tasks.lifecycle import Status
from backend.tasks.models import Task
from backend.tasks.selectors import TaskFilter
from backend.tasks.store import create
from tests.support.elsewhere import create_elsewhere


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
