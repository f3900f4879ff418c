"""The record that the size is measured on, a small one of its kind."""

from collections.abc import Iterator
from itertools import chain

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from backend.doctor import record
from backend.tasks import failures, overview, selectors
from backend.tasks.models import Attempt, Task, Worker
from backend.tasks.selectors import TaskFilter
from bench.fixtures import million
from tests.support.filled import filled

pytestmark = pytest.mark.django_db

MANY = 5_000


@pytest.fixture(scope="module", autouse=True)
def _week(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with filled(django_db_blocker):
        million.write(connection.connection, MANY, workers=20)
        yield


def test_the_doctor_finds_nothing_in_it_and_the_counters_are_right():
    found = chain.from_iterable(check.look() for check in (*record.CHECKS, *record.DATABASE))

    assert [finding.what for finding in found] == []
    counts = selectors.counts(TaskFilter())
    assert counts is not None
    assert counts.queueing + counts.running + counts.failed + counts.finished == MANY == Task.objects.count()
    assert (counts.queueing, counts.running, Worker.objects.count()) == (10, 40, 20)


def test_its_failures_are_of_forty_kinds_by_the_rule_of_the_record():
    groups = overview.failure_groups(500)

    assert len(groups) == 40
    assert sum(group.count for group in groups) == MANY // 100 - 1
    for group in groups:
        last = Attempt.objects.filter(task=group.sample).last()
        assert last is not None
        reason = str(group.sample.reason)
        assert group.key == failures.key(reason, last.error, last.exception, last.traceback)
