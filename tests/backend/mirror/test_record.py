"""What is read of the record from a place on."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from backend.mirror import record
from backend.mirror.plan import Extent, Place, after, begin
from backend.tasks import store
from backend.tasks.lifecycle import Status
from backend.tasks.models import Revision, Task, Tombstone
from tests.support.record import AVentilator, a_draft, a_task

pytestmark = pytest.mark.django_db

START = Place(revision=0, seq=0, tombstone=0, below=0, sweep=False)


@pytest.fixture
def ventilator():
    return AVentilator()


def everything(place: Place = START) -> list[str]:
    """The ids that are read until there is no more, in the order of reading."""
    keys = []
    while True:
        batch = record.read(place)
        keys += [row.key for row in (*batch.changed, *batch.older)]
        place = after(place, batch)
        if not batch.more and not place.below:
            return keys


def test_a_record_is_always_the_same_one():
    assert record.identity() == record.identity()
    assert len(record.identity()) == 12


def test_the_extent_of_an_empty_record_is_nothing():
    assert record.extent() == Extent(0, 0)


def test_each_change_of_a_task_is_read_as_it_then_stands(ventilator):
    ventilator.seat()
    key = a_task(1).key
    place = after(START, created := record.read(START))
    grip = ventilator.grant_one()
    store.report([grip.started()])
    place = after(place, started := record.read(place))
    store.report([grip.succeeded(b'{"a":  1}')])
    ended = record.read(place)

    assert [(row.key, row.status, row.attempt, row.worker) for row in created.changed] == [
        (key, Status.QUEUEING, 0, None)
    ]
    assert [(row.status, row.attempt, row.worker) for row in started.changed] == [(Status.RUNNING, 1, "W1")]
    (row,) = ended.changed
    assert (row.status, row.result, row.error) == (Status.FINISHED, '{"a":  1}', None), "the very words of the worker"
    assert row.finished_at == Task.objects.get(key=key).finished_at


def test_a_waiting_task_has_no_worker_whoever_had_it_before(ventilator):
    ventilator.seat()
    a_task(1, max_attempts=2)
    grip = ventilator.grant_one()
    store.report([grip.failed()])

    (row,) = record.read(START).changed

    assert (row.status, row.attempt, row.worker) == (Status.QUEUEING, 1, None)


def test_after_the_last_change_there_is_nothing(ventilator):
    a_task(1)
    place = after(START, record.read(START))

    batch = record.read(place)

    assert (batch.changed, batch.older, batch.gone, batch.more) == ([], [], [], False)
    assert after(place, batch) == place


def test_a_transaction_of_many_tasks_is_read_in_parts_and_whole(monkeypatch):
    monkeypatch.setattr(record, "CHANGED_AT_ONCE", 4)
    created = [task.key for task in store.create([a_draft(number) for number in range(10)])]

    assert record.read(START).more
    assert everything() == created


def test_what_was_there_before_is_read_newest_first(monkeypatch):
    monkeypatch.setattr(record, "OLDER_AT_ONCE", 3)
    created = [a_task(number).key for number in range(7)]

    place, _ = begin(None, record.extent(), seen=0, wanted="", forgotten=datetime.now(UTC))

    assert everything(place) == created[::-1]


def test_large_results_come_in_smaller_batches(ventilator, monkeypatch):
    monkeypatch.setattr(record, "HEAVIEST", 100)
    ventilator.seat()
    for number in range(3):
        a_task(number)
        store.report([ventilator.grant_one().succeeded(b'"' + b"x" * 60 + b'"')])

    batch = record.read(START)

    assert (len(batch.changed), batch.more) == (2, True)
    assert len(everything()) == 3


def test_deletions_are_read_once_and_not_of_what_is_there_again():
    there = a_task(1).key
    Tombstone.objects.create(key="gone", revision=1, at=a_task(2).created_at)
    Tombstone.objects.create(key=there, revision=1, at=a_task(3).created_at)

    batch = record.read(START)

    assert batch.gone == ["gone"]
    assert record.read(after(START, batch)).gone == []


def test_a_place_that_the_record_has_not_reached_gives_nothing():
    a_task(1)
    revision = Revision.objects.get().value

    batch = record.read(replace(START, revision=revision + 5))

    assert (batch.changed, batch.revision) == ([], revision)
