"""What the API's tests do not show of the reads: one state for all of them, and the way to it."""

import pytest
from django.db import transaction

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
