"""Whether anybody has committed anything."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection, transaction

from backend.tasks import store
from backend.tasks.changes import Changes
from tests.support.record import a_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def changes():
    found = Changes(Path(connection.settings_dict["NAME"]))
    yield found
    found.close()
    store.engine.close()


def test_the_version_stands_still_while_nobody_commits(changes):
    before = changes.version()

    assert [changes.version() for _ in range(3)] == [before] * 3


def test_each_commit_changes_the_version(changes):
    before = changes.version()

    a_task(1)
    first = changes.version()
    a_task(2)

    assert len({before, first, changes.version()}) == 3


def test_what_is_not_yet_committed_and_what_is_rolled_back_changes_nothing(changes):
    before = changes.version()

    with transaction.atomic():
        a_task(1)
        assert changes.version() == before
        transaction.set_rollback(True)

    assert changes.version() == before


def test_it_can_write_nothing(changes):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        changes._connection.execute("DELETE FROM zonda_task")
