from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from backend.tasks.models import Task
from backend.tasks.oldest import NAMED_AT_MOST, oldest_queued
from tests.support.record import AVentilator, a_task

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def created(minutes: int, **options):
    """A task that was created so many minutes ago."""
    task = a_task(**options)
    Task.objects.filter(seq=task.seq).update(created_at=NOW - timedelta(minutes=minutes))
    return task


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_each_queue_has_its_own_and_none_without_waiting_tasks():
    created(5, queue="mail")
    created(3, queue="mail")
    created(9, queue="reports")

    assert oldest_queued() == {"mail": ago(5), "reports": ago(9)}


def test_the_oldest_may_have_any_priority():
    created(5, priority=10)
    created(9, priority=-10)
    created(7, priority=0)
    created(6, priority=-10)

    assert oldest_queued() == {"default": ago(9)}


def test_what_was_not_due_has_waited_since_it_was():
    task = created(60)
    Task.objects.filter(seq=task.seq).update(run_after=ago(2))

    assert oldest_queued() == {"default": ago(2)}


def test_what_is_not_due_yet_or_granted_does_not_wait():
    a_task(run_after=datetime.now(UTC) + timedelta(hours=1), queue="later")
    a_task(queue="granted")
    AVentilator().grant(queues=frozenset({"granted"}))

    assert oldest_queued() == {}


def test_it_is_told_of_the_queues_that_are_named():
    for minutes, queue in enumerate(("a", "b", "c")):
        created(minutes, queue=queue)

    assert oldest_queued({"c", "a", "none"}) == {"a": ago(0), "c": ago(2)}
    assert oldest_queued([]) == {}
    many = [f"q{number}" for number in range(NAMED_AT_MOST)]
    assert oldest_queued([*many, "a"])["a"] == ago(0)


@pytest.mark.parametrize("which", ["", "AND q.name IN ('default', 'mail')"])
def test_however_many_wait_only_the_first_of_each_priority_is_looked_at(which: str):
    for priority in (0, 1):
        created(1, priority=priority)
    with connection.cursor() as cursor:
        from backend.tasks import oldest

        cursor.execute(f"EXPLAIN QUERY PLAN {oldest._OLDEST.format(which=which)}")
        plan = "\n".join(row[3] for row in cursor.fetchall())

    steps = [line for line in plan.splitlines() if " t " in f"{line} "]
    assert len(steps) == 3, plan
    assert all("zonda_task_grantable (queue=?" in line for line in steps), plan
