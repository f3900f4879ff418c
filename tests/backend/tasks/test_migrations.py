"""The tables of the record are those of the models, and refuse what must not be."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from backend.tasks import store
from backend.tasks.models import Tally, Task
from tests.support.record import AVentilator, a_draft, a_task, make_due

pytestmark = pytest.mark.django_db


def _refused(statement):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refused.value)


def test_no_migration_is_missing():
    said = StringIO()

    call_command("makemigrations", "zonda", check=True, dry_run=True, stdout=said)

    assert said.getvalue() == "No changes detected in app 'zonda'\n"


@pytest.mark.django_db(transaction=True)
def test_the_last_migration_can_be_taken_back_and_made_again():
    try:
        call_command("migrate", "zonda", "0001", verbosity=0)
    finally:
        call_command("migrate", "zonda", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'zonda_task_terminal'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_by_the_minute_alone_stays_as_the_whole():
    at = "2026-11-21 22:04:00.000000"
    put = "INSERT INTO zonda_minute (at, created, finished, failed) VALUES (%s, 3, 2, 0)"
    try:
        call_command("migrate", "zonda", "0004", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(put, [at])
        for _ in range(2):
            call_command("migrate", "zonda", verbosity=0)
            kept = list(Tally.objects.order_by("what").values_list("queue", "path", "what", "bucket", "total"))
            assert kept == [("", "", "created", 0, 3), ("", "", "finished", 0, 2)]
            call_command("migrate", "zonda", "0004", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM zonda_minute")
            assert cursor.fetchall() == [(datetime(2026, 11, 21, 22, 4, tzinfo=UTC).replace(tzinfo=None), 3, 2, 0)]
    finally:
        call_command("migrate", "zonda", verbosity=0)


def test_the_database_refuses_to_count_below_none():
    a_task(1)

    assert "CHECK constraint failed" in _refused("UPDATE zonda_tally SET total = total - 2")


@pytest.mark.parametrize("status", ["FAILED", "FINISHED"])
def test_the_database_refuses_to_change_what_has_ended(status):
    a_task(1)
    Task.objects.update(status=status)

    assert _refused("UPDATE zonda_task SET status = 'QUEUEING'") == "a task that has ended does not change"
    assert Task.objects.get().status == status


def test_what_has_ended_may_be_deleted():
    a_task(1)
    Task.objects.update(status="FINISHED")

    Task.objects.all().delete()


def test_the_database_refuses_counters_below_none():
    a_task(1)

    assert "CHECK constraint failed" in _refused("UPDATE zonda_queue SET queueing = queueing - 2")


def test_the_database_refuses_a_second_epoch():
    AVentilator()

    assert "zonda_epoch_one_row" in _refused("INSERT INTO zonda_epoch (only, value) VALUES (2, 1)")


def test_the_database_refuses_one_fence_for_two_attempts():
    ventilator = AVentilator()
    a_task(1)
    grip = ventilator.grant_one()
    store.report([grip.lost()])

    said = _refused(
        "INSERT INTO zonda_attempt (task_id, number, fence, worker, incarnation) "
        "SELECT task_id, 2, fence, worker, incarnation FROM zonda_attempt"
    )

    assert "zonda_attempt.fence" in said


def test_no_batch_walks_all_the_tasks():
    seen: list[tuple[str, Any]] = []

    def look(execute, sql, params, many, context):
        seen.append((sql, params[0] if many else params))
        return execute(sql, params, many, context)

    ventilator = AVentilator()
    with connection.execute_wrapper(look):
        store.create([a_draft(1, id="mine"), a_draft(2, id="other")])
        store.create([a_draft(1, id="mine")])
        for _ in range(2):
            first, second = ventilator.grant_one(), ventilator.grant_one()
            store.report([first.started()])
            store.report([first.lost(), second.lost()])
            make_due()
        ventilator.grant_one()
        store.lose(ventilator.epoch, "incarnation-x", started=frozenset(), slots=1)
        store.known()

    steps = []
    for sql, params in seen:
        if sql.startswith(("SELECT", "INSERT", "UPDATE")) and '"' not in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                steps += [(row[3], sql) for row in cursor.fetchall()]
    walks = [(step, sql) for step, sql in steps if step.startswith("SCAN")]

    # What is held is a small index of its own; all else that has tasks is found by its number, id or place in line.
    assert [walk for walk in walks if walk[0].startswith(("SCAN zonda_task", "SCAN t", "SCAN a"))] == [
        ("SCAN zonda_task USING INDEX zonda_task_held", sql) for _, sql in walks if "holder IS NOT NULL" in sql
    ]
    for table in ("zonda_task", "zonda_attempt"):
        for step, sql in steps:
            assert not (sql.startswith("UPDATE") and step.startswith(f"SEARCH {table} USING INDEX")), sql
    assert len(steps) > 20
