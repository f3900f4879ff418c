"""A database file that is damaged."""

import sqlite3
from contextlib import closing

from django.db import connection

from backend.doctor import integrity


class Connection:
    """As Django's, for a database of the test's own."""

    def __init__(self, database):
        self._database = database

    def cursor(self):
        return closing(self._database.cursor())


def test_a_whole_file_is_whole(db):
    assert list(integrity.whole(connection)) == []


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "record.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE things (name TEXT)")
        database.execute("CREATE INDEX by_name ON things (name)")
        database.executemany("INSERT INTO things VALUES (?)", [(f"{n:08}" * 20,) for n in range(500)])
    with path.open("r+b") as file:
        file.seek(4096 * 20 + 100)
        file.write(b"\x00" * 2000)

    with closing(sqlite3.connect(path)) as database:
        (finding,) = integrity.whole(Connection(database))

    assert finding.what == "the database file is damaged"
    assert finding.where
    assert ".recover" in finding.do


def test_rows_without_what_they_refer_to_are_counted(tmp_path):
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        database.execute("CREATE TABLE children (parent REFERENCES parents)")
        database.execute("INSERT INTO children VALUES (1), (2)")

        (finding,) = integrity.references(Connection(database))

    assert finding.what == "2 rows refer to one that is not there"
    assert finding.where == ["2 of children, to parents"]
