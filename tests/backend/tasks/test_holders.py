"""Who holds the record, and whom of them a process has started, with real locks and real processes."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from django.db import connection

from backend.tasks.holders import holders_of_the_record
from tests.support.others import Starts, others
from tests.support.processes import children
from wire.locks import descends_from

pytestmark = pytest.mark.django_db(transaction=True)

_LOCKS = "import fcntl; index = open(sys.argv[1] + '-shm', 'r+b'); fcntl.lockf(index, fcntl.LOCK_EX, {}, {})"


@pytest.fixture
def start() -> Iterator[Starts]:
    with others() as started:
        yield started


def test_one_who_writes_holds_the_record_for_as_long_as_that_takes(start: Starts) -> None:
    assert holders_of_the_record() == set()

    with closing(connect(connection.settings_dict["NAME"], isolation_level=None)) as own:
        own.execute("BEGIN IMMEDIATE")
        assert holders_of_the_record() == {os.getpid()}
        own.execute("ROLLBACK")
        assert holders_of_the_record() == set()

    other = start("record.execute('BEGIN IMMEDIATE')")
    assert holders_of_the_record() == {other}


@pytest.mark.parametrize(
    "act",
    [
        "record.execute('BEGIN'); record.execute('SELECT count(*) FROM zonda_epoch').fetchone()",
        # As one does who copies the write-ahead log into the record, beside those who write.
        _LOCKS.format(1, 121),
    ],
)
def test_one_who_keeps_nobody_from_writing_does_not_hold_it(start: Starts, act: str) -> None:
    start(act)

    assert holders_of_the_record() == set()


@pytest.mark.parametrize(("many", "first"), [(8, 120), (0, 0)])
def test_one_who_has_locked_more_than_it_takes_to_write_holds_it(
    start: Starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, first: int
) -> None:
    record = tmp_path / "record"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(record))
    assert holders_of_the_record() == set()
    record.with_name("record-shm").write_bytes(b"")

    other = start(_LOCKS.format(many, first))

    assert holders_of_the_record() == {other}


def test_one_holds_the_record_by_whatever_name_it_is_known(
    start: Starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = start("record.execute('BEGIN IMMEDIATE')")
    link = tmp_path / "record"
    link.symlink_to(connection.settings_dict["NAME"])
    monkeypatch.setitem(connection.settings_dict, "NAME", str(link))

    assert holders_of_the_record() == {other}


def test_whom_one_has_started_descends_from_one_and_so_does_whom_that_has_started(start: Starts) -> None:
    me = os.getpid()
    # It ends with its input, which it has from its parent.
    child = start("import subprocess; subprocess.Popen(['cat'], stdout=subprocess.DEVNULL)")
    (grandchild,) = children(child)
    sibling = start("")

    family = (me, child, grandchild, sibling)
    assert [descends_from(one, me) for one in family] == [True, True, True, True]
    assert [descends_from(one, child) for one in family] == [False, True, True, False]
    assert [descends_from(one, grandchild) for one in family] == [False, False, True, False]


def test_one_with_an_odd_name_descends_and_one_that_has_ended_does_not(start: Starts) -> None:
    named = start("import ctypes; ctypes.CDLL(None).prctl(15, b') 1 (\\xff')")
    assert descends_from(named, os.getpid())

    os.kill(named, 9)
    os.waitid(os.P_PID, named, os.WEXITED | os.WNOWAIT)
    # Until it is reaped it is one that has ended, and holds nothing.
    assert holders_of_the_record() == set()
    os.waitpid(named, 0)
    assert not descends_from(named, os.getpid())
