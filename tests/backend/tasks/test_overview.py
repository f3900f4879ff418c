from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.tasks import overview, store
from backend.tasks.models import RejectedMessage, Task
from tests.support.record import AVentilator, a_task

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 22, 4, 30, tzinfo=UTC)


def test_queues_come_by_name_with_what_they_hold(ventilator: AVentilator):
    a_task(queue="mail")
    a_task(queue="a")
    store.report([ventilator.grant_one(queues=frozenset({"mail"})).started()])

    assert [(queue.name, queue.queueing, queue.running) for queue in overview.queues()] == [("a", 1, 0), ("mail", 0, 1)]


def test_rejected_messages_come_with_the_last_one_first():
    for number in range(3):
        RejectedMessage.objects.create(received_at=NOW, body=f"{number}", reason="no")

    assert [message.body for message in overview.rejected_messages(2)] == ["2", "1"]


def test_failures_of_one_kind_are_one_group(ventilator: AVentilator):
    for number in range(3):
        a_task("x", name="echo" if number else "word_count", queue="a", id=f"row-{number}")
        store.report([ventilator.grant_one().failed(f"ValueError: row {number}")])
    a_task(queue="a", id="other")
    store.report([ventilator.grant_one().failed("KeyError: no")])

    other, rows = overview.failure_groups(10)

    assert (rows.count, rows.names, rows.sample.key) == (3, ["echo", "word_count"], "row-2")
    assert rows.first_seen_at == Task.objects.get(key="row-0").finished_at
    assert rows.last_seen_at == Task.objects.get(key="row-2").finished_at
    assert (other.count, other.sample.key) == (1, "other")
    assert [group.key for group in overview.failure_groups(1)] == [other.key]


def test_what_is_no_failure_of_the_code_is_in_no_group(ventilator: AVentilator):
    a_task()
    store.report([ventilator.grant_one().succeeded()])
    task = a_task()
    Task.objects.filter(seq=task.seq).update(expires_at=NOW)
    store.tend(ventilator.epoch)

    assert Task.objects.get(seq=task.seq).reason == "EXPIRED"
    assert overview.failure_groups(10) == []


def test_a_failure_that_will_be_tried_again_is_in_no_group(ventilator: AVentilator):
    a_task(max_attempts=2)
    store.report([ventilator.grant_one().failed()])

    assert overview.failure_groups(10) == []


def test_groups_cost_as_many_queries_however_many_there_are(
    ventilator: AVentilator, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(5):
        a_task(queue=f"q{number}")
        store.report([ventilator.grant_one().failed(f"{'x' * number}Error")])

    with django_assert_num_queries(3):
        assert len(overview.failure_groups(10)) == 5
