"""A database that does not keep the rules that Zonda leaves to it."""

import pytest
from django.db import connection
from django.db.models import UniqueConstraint

from backend.doctor import record, schema
from backend.doctor.findings import Severity
from backend.tasks.models import Attempt, LogLine, Task
from tests.support.record import a_task

pytestmark = pytest.mark.django_db

ALTERED = {
    "one status less": ("IN ('FAILED', 'FINISHED')", "IN ('FAILED')"),
    "no round asked for": ("OLD.round + 1", "NEW.round"),
    "nothing refused": ("RAISE(ABORT, 'a task that has ended does not change')", "1"),
}


def change(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def found(number: str) -> list[str]:
    return [
        finding.what
        for check in (*record.CHECKS, *record.DATABASE)
        if check.number == number
        for finding in check.look()
    ]


def without_rules(table: str) -> None:
    """The same rows in a table of which the database knows nothing more."""
    change(
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA legacy_alter_table = ON",
        f"CREATE TABLE bare AS SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE bare RENAME TO {table}",
        "PRAGMA legacy_alter_table = OFF",
    )


def test_what_the_migrations_make_has_every_rule_and_index():
    assert found("I3") == found("I4") == found("schema") == []


@pytest.mark.parametrize(("old", "new"), ALTERED.values(), ids=ALTERED)
def test_a_guard_that_was_altered_is_missed(old: str, new: str):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [schema.GUARD])
        (text,) = cursor.fetchone()
    assert old in text
    change(f"DROP TRIGGER {schema.GUARD}", text.replace(old, new))

    assert found("I4") == ["what refuses to change a task that has ended is not what it should be"]


def test_a_trigger_of_somebody_else_s_is_worth_a_warning():
    change("CREATE TRIGGER mine AFTER INSERT ON zonda_attempt BEGIN DELETE FROM zonda_event; END")

    (finding,) = schema.strangers(connection)

    assert (finding.severity, list(finding.where)) == (Severity.WARNING, ["trigger mine"])


def test_without_its_rule_an_id_may_belong_to_two_tasks():
    a_task(id="mine")
    a_task(id="yours")
    without_rules("zonda_task")
    # What refers to a task has to find one.
    change("CREATE UNIQUE INDEX one_each ON zonda_task (seq)")
    assert found("I3") == ["the database does not refuse what is there already in zonda_task"]

    Task.objects.filter(key="yours").update(key="mine")

    assert found("I3")[1] == "tasks that share their id with another one: 2"


@pytest.mark.parametrize(
    ("model", "rules"), [(Attempt, ["id", "fence", "task_id, number"]), (LogLine, ["id", "fence, number"])]
)
def test_each_rule_that_a_table_has_lost_is_named(model: type[Attempt | LogLine], rules: list[str]):
    assert any(isinstance(constraint, UniqueConstraint) for constraint in model._meta.constraints)
    without_rules(model._meta.db_table)

    lost = list(schema.uniques(connection, [model]))

    assert [(finding.severity, *finding.where) for finding in lost] == [(Severity.BREACH, rule) for rule in rules]


def test_an_index_that_is_gone_is_worth_a_warning():
    change("DROP INDEX zonda_task_grantable")

    (finding,) = schema.indexes(connection, [Task])

    assert (finding.severity, list(finding.where)) == (Severity.WARNING, ["index zonda_task_grantable of zonda_task"])
    assert found("schema") == ["1 indexes are missing"]
