import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from backend.tasks import pages
from backend.tasks.drafts import draft
from backend.tasks.models import Task
from backend.tasks.pages import Order, OrderField, Page, Place, place
from backend.tasks.selectors import TaskFilter
from backend.tasks.store import create
from tests.support.filled import filled

pytestmark = pytest.mark.django_db

N = 12
NOW = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
ORDERS = [Order(field, descending=descending) for field in OrderField for descending in (True, False)]


@pytest.fixture(scope="module", autouse=True)
def tasks(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Task]]:
    """N tasks with few different values, some with none, and some instants on a full second."""
    with filled(django_db_blocker):
        yield _filled()


def _filled() -> list[Task]:
    chance = random.Random(7)
    for task in create([draft(name="echo", args=[n], priority=chance.randrange(-2, 3)) for n in range(N)]):
        instants = [None, *(NOW + timedelta(microseconds=n) for n in (0, 1, 999_999, 1_000_000))]
        # A task that waits may have started before.
        Task.objects.filter(seq=task.seq).update(
            started_at=chance.choice(instants), finished_at=chance.choice(instants), created_at=NOW
        )
    return list(Task.objects.all())


def _expected(tasks: list[Task], order: Order) -> list[int]:
    def value(task: Task) -> Any:
        return place(task, order.field).value

    by_seq = sorted(tasks, key=lambda task: task.seq, reverse=order.descending)
    if order.field is OrderField.CREATED:
        return [task.seq for task in by_seq]
    there = sorted((task for task in by_seq if value(task) is not None), key=value, reverse=order.descending)
    return [task.seq for task in there] + [task.seq for task in by_seq if value(task) is None]


def _seqs(page: Page) -> list[int]:
    return [task.seq for task in page.tasks]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.field} {order.descending}")
@pytest.mark.parametrize("limit", [1, 5, N, 50])
def test_pages_walked_from_either_end_meet_every_task_once_and_in_order(order: Order, limit: int, tasks: list[Task]):
    expected = _expected(tasks, order)

    forwards: list[int] = []
    after = None
    for start in range(0, N, limit):
        page = pages.page(TaskFilter(), order, limit=limit, after=after)
        assert (page.more_before, page.more_after) == (start > 0, start + limit < N)
        forwards += _seqs(page)
        after = place(page.tasks[-1], order.field)
    backwards: list[int] = []
    before = None
    for start in range(0, N, limit):
        page = pages.page(TaskFilter(), order, limit=limit, from_end=True, before=before)
        assert (page.more_after, page.more_before) == (start > 0, start + limit < N)
        backwards = _seqs(page) + backwards
        before = place(page.tasks[0], order.field)

    assert forwards == backwards == expected


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.field} {order.descending}")
def test_what_stands_between_two_places_is_found(order: Order, tasks: list[Task]):
    by_seq = {task.seq: task for task in tasks}
    expected = _expected(tasks, order)

    for first in range(N):
        for last in range(first + 1, N, 3):
            edges = [place(by_seq[expected[n]], order.field) for n in (first, last)]
            page = pages.page(TaskFilter(), order, limit=50, after=edges[0], before=edges[1])
            assert _seqs(page) == expected[first + 1 : last]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.field} {order.descending}")
def test_a_place_holds_though_its_task_is_gone(order: Order, tasks: list[Task]):
    by_seq = {task.seq: task for task in tasks}
    expected = _expected(tasks, order)
    edge = place(by_seq[expected[6]], order.field)
    Task.objects.filter(seq=edge.seq).delete()

    page = pages.page(TaskFilter(), order, limit=3, after=edge)

    assert _seqs(page) == expected[7:10]
    assert page.more_before


def test_a_filter_holds_in_every_order():
    urgent = set(Task.objects.filter(priority=2).values_list("seq", flat=True))
    Task.objects.filter(seq__in=urgent).update(queue="urgent")

    for order in ORDERS:
        page = pages.page(TaskFilter(queue=["urgent"]), order, limit=50)
        assert set(_seqs(page)) == urgent
        assert not page.more_after


def test_nothing_stands_beyond_the_ends():
    oldest = Place(OrderField.CREATED, 1)

    assert pages.page(TaskFilter(), limit=5, after=oldest).tasks == []
    assert pages.page(TaskFilter(), limit=0).tasks == []
    assert pages.page(TaskFilter(), limit=0).more_after
