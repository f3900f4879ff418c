"""What every connection to the record is set to. I1 stands on it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.config.settings import WAL_AT_REST
from backend.tasks import store
from backend.tasks.models import Task
from tests.support.record import a_task, check_record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_connection():
    connection.close()
    yield
    connection.close()
    store.engine.close()


def _pragmas():
    with connection.cursor() as cursor:
        found = {}
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "busy_timeout", "foreign_keys"):
            cursor.execute(f"PRAGMA {name}")
            found[name] = cursor.fetchone()[0]
        return found


def test_a_commit_is_on_the_disk_before_it_is_acknowledged():
    assert _pragmas() == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 0,
        "busy_timeout": 10_000,
        "foreign_keys": 1,
    }


def test_the_ventilators_connection_alone_checkpoints_and_spares_the_disk():
    store.relax()
    assert (_pragmas()["synchronous"], _pragmas()["wal_autocheckpoint"]) == (1, 1000)

    connection.close()

    assert (_pragmas()["synchronous"], _pragmas()["wal_autocheckpoint"]) == (2, 0)


def test_what_a_long_reader_made_the_write_ahead_log_take_is_given_back_after_it():
    store.relax()
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    large = WAL_AT_REST + 2 * 1024 * 1024

    def write(size: int) -> None:
        with store.transaction(), connection.cursor() as cursor:
            cursor.execute("UPDATE zonda_revision SET value = value + 1")
            cursor.execute("CREATE TABLE IF NOT EXISTS large (body BLOB)")
            cursor.execute("INSERT INTO large VALUES (zeroblob(%s))", [size])

    try:
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM zonda_revision").fetchall()
            write(large)
            write(1)
            assert log.stat().st_size > large
        for _ in range(3):
            write(1)

        assert log.stat().st_size <= WAL_AT_REST
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS large")


def test_a_transaction_has_the_write_lock_from_its_beginning():
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)

    with closing(other), store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")


def test_what_is_created_as_a_commit_is_told_of_is_created_too():
    with store.transaction():
        a_task(1, id="first")
        transaction.on_commit(lambda: a_task(2, id="second"))

    assert {task.key for task in Task.objects.all()} == {"first", "second"}
    a_task(3)
    check_record()


@pytest.mark.parametrize(
    "look",
    [
        lambda engine, now: engine.expired(now, 1),
        lambda engine, now: engine.cancelled_grants(),
        lambda engine, now: engine.next_due(),
        lambda engine, now: engine.waiting(None, now),
        lambda engine, now: engine.candidates(["default", "other"], now, 10, 0),
        lambda engine, now: engine.ripe(now),
        lambda engine, now: engine.ripen(now),
    ],
    ids=["expired", "cancelled_grants", "next_due", "waiting", "candidates", "ripe", "ripen"],
)
def test_what_is_looked_at_each_second_goes_through_an_index_of_just_that(look):
    a_task(1)
    engine = store.engine

    with CaptureQueriesContext(connection) as asked:
        look(engine, engine.now())

    for query in asked.captured_queries:
        if "zonda_task" in query["sql"]:
            plan = explained(query["sql"])
            assert "zonda_task_status" not in plan, plan
            assert "SCAN zonda_task" not in plan, plan


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
