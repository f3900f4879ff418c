"""Who keeps all others from writing, with real locks of real processes."""

import fcntl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import connect

import pytest
from django.db import connection

from backend.doctor import running, writing
from backend.doctor.findings import Severity
from backend.environment import environment
from tests.support.others import Starts, others

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 0.6

TURN = "import fcntl; file = open(sys.argv[1] + '-now', 'a'); fcntl.flock(file, fcntl.LOCK_EX)"
WRITE = "record.execute('BEGIN IMMEDIATE')"


@pytest.fixture
def start() -> Iterator[Starts]:
    with others("a\nb\x1b" + "x" * 300) as started:
        yield started


def test_where_nobody_writes_there_is_nothing_to_tell(start: Starts) -> None:
    start("record.execute('SELECT 1')")

    assert list(writing.standing(WITHIN)) == []


@pytest.mark.parametrize("act", [TURN, WRITE], ids=["the turn", "the record itself"])
def test_who_stands_still_in_the_midst_of_writing_is_named(start: Starts, act: str) -> None:
    """I.e. a process of Zonda's, which takes its turn, and any other program."""
    process = start(act)

    (found,) = writing.standing(WITHIN)

    assert found.severity is Severity.BREACH
    assert found.where[0].startswith(f"process {process} ({sys.executable} -c import sqlite3")
    assert len(found.where[0]) < 300
    assert found.where[0].isprintable()


def test_who_waits_for_the_turn_does_not_keep_it(start: Starts) -> None:
    holder = start(TURN)
    with Path(f"{connection.settings_dict['NAME']}-next").open("a") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)

        (found,) = writing.standing(WITHIN)

    assert [place.split()[1] for place in found.where] == [str(holder)]


def test_where_others_commit_nobody_stands_still(start: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    start(TURN)
    record = connect(connection.settings_dict["NAME"], isolation_level=None)
    sleep = time.sleep

    def commit(seconds: float) -> None:
        record.execute("INSERT OR REPLACE INTO zonda_epoch (only, value) VALUES (1, 7)")
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", commit)

    assert list(writing.standing(WITHIN)) == []
    record.close()


def test_doctor_looks_for_it() -> None:
    (check,) = [one for one in running.checks(environment) if one.number == "turn"]

    assert list(check.look()) == []
