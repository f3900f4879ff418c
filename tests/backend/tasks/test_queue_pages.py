from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.models import Queue
from backend.tasks.queue_pages import QueueOrder, QueueOrderField, QueuePage, QueuePlace, queue_page

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORDERS = [QueueOrder(field, descending) for field in QueueOrderField for descending in (False, True)]
SINCE = {"b": NOW, "mail": NOW - timedelta(hours=1), "mail.bulk": NOW}


@pytest.fixture(autouse=True)
def seven() -> None:
    """Seven queues, of which some are equal in everything, and what is left of those that made room for them."""
    rows = {
        "a": (0, 0),
        "b": (5, 0),
        "mail": (900, 2),
        "mail-x": (0, 9),
        "mail.bulk": (5, 2),
        "mailx": (0, 0),
        "z": (5, 1),
    }
    for name, (queueing, running) in rows.items():
        Queue.objects.create(name=name, queueing=queueing, running=running, paused=name in {"mail", "z"})
    Queue.objects.create(name=FORMER_QUEUES, created=3)


def page(order: QueueOrder = ORDERS[0], *, limit: int = 100, **where: Any) -> QueuePage:
    return queue_page(order, limit=limit, oldest=lambda: SINCE, **where)


def names(found: QueuePage) -> list[str]:
    return [place.name for place in found.places]


@pytest.mark.parametrize(
    ("field", "descending", "expected"),
    [
        ("NAME", False, "a b mail mail-x mail.bulk mailx z"),
        ("NAME", True, "z mailx mail.bulk mail-x mail b a"),
        ("PAUSED", True, "mail z a b mail-x mail.bulk mailx"),
        ("QUEUEING", True, "mail b mail.bulk z a mail-x mailx"),
        ("QUEUEING", False, "a mail-x mailx b mail.bulk z mail"),
        ("RUNNING", True, "mail-x mail mail.bulk z a b mailx"),
        ("OLDEST", False, "mail b mail.bulk a mail-x mailx z"),
        ("OLDEST", True, "b mail.bulk mail a mail-x mailx z"),
    ],
)
def test_they_stand_in_the_order_asked_for_and_by_name_where_they_are_equal_in_it(
    field: str, descending: bool, expected: str
):
    assert names(page(QueueOrder(QueueOrderField(field), descending))) == expected.split()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_page_after_page_has_each_once_from_either_end(order: QueueOrder, limit: int):
    whole = names(page(order))
    forth: list[str] = []
    back: list[str] = []

    after: QueuePlace | None = None
    before: QueuePlace | None = None
    while (found := page(order, limit=limit, after=after)).places:
        assert (found.total, found.earlier, found.later) == (7, len(forth), 7 - len(forth) - len(found.places))
        forth += names(found)
        after = found.places[-1]
    while (found := page(order, limit=limit, from_end=True, before=before)).places:
        back = names(found) + back
        assert (found.earlier, found.later) == (7 - len(back), len(back) - len(found.places))
        before = found.places[0]

    assert (forth, back) == (whole, whole)


def test_a_place_holds_though_its_queue_has_gone_and_others_have_come():
    busiest = QueueOrder(QueueOrderField.QUEUEING, descending=True)
    place = page(busiest, limit=2).places[-1]
    Queue.objects.filter(name=place.name).delete()
    Queue.objects.create(name="new", queueing=10_000)

    assert names(page(busiest, after=place)) == ["mail.bulk", "z", "a", "mail-x", "mailx"]
    assert names(page(busiest, before=place)) == ["new", "mail"]


def test_a_search_goes_by_any_part_of_a_name_whatever_its_case():
    assert names(page(search="AIL.")) == ["mail.bulk"]
    found = page(search="mail", limit=2, after=QueuePlace(QueueOrderField.NAME, "mail"))
    assert (names(found), found.total, found.earlier, found.later) == (["mail-x", "mail.bulk"], 4, 1, 1)
    assert page(search="%").total == page(search="_").total == 0


def test_between_places_that_stand_the_wrong_way_round_there_is_nothing():
    first, *_, last = page().places

    assert names(page(after=last, before=first)) == names(page(after=last, before=first, from_end=True)) == []
