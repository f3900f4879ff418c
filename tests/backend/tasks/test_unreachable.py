"""What is said of a record that does not answer, by real errors of SQLite's."""

import sqlite3
from pathlib import Path

import pytest
from django.db import OperationalError

from backend.tasks import unreachable
from backend.tasks.engines.turnstile import NoLock, NoTurn


def as_django_raises(error: sqlite3.Error) -> OperationalError:
    wrapped = OperationalError(*error.args)
    wrapped.__cause__ = error
    return wrapped


def failure(path: Path, *, locked: bool = False, full: bool = False, read_only: bool = False) -> OperationalError:
    """What a write comes to there."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE IF NOT EXISTS there (what)")
    if locked:
        holder.execute("BEGIN EXCLUSIVE")
    found = sqlite3.connect(f"file:{path}?mode={'ro' if read_only else 'rw'}", uri=True, timeout=0)
    if full:
        found.execute("PRAGMA max_page_count=2")
    try:
        with pytest.raises(sqlite3.OperationalError) as raised:
            found.execute("INSERT INTO there VALUES (?)", [b"x" * 100_000])
    finally:
        found.close()
        holder.close()
    return as_django_raises(raised.value)


def test_each_way_in_which_a_record_fails_has_its_sentence(tmp_path):
    record = tmp_path / "record.sqlite3"

    assert unreachable.why(failure(record, locked=True)) == unreachable.BUSY
    assert unreachable.why(failure(record, full=True)) == unreachable.FULL
    assert unreachable.why(failure(record, read_only=True)) == unreachable.UNWRITABLE


def test_what_keeps_its_turn_for_too_long_is_busy_and_anything_else_is_unreachable():
    assert unreachable.why(NoTurn(10.0)) == unreachable.BUSY
    assert unreachable.why(NoLock(OSError("No locks available"))) == unreachable.LOCKLESS
    assert unreachable.why(OperationalError("no such table")) == unreachable.UNREACHABLE
    assert unreachable.why(ValueError("no")) == unreachable.UNREACHABLE
