"""How a statement is run on this thread's connection, and how values go into one and come out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Statements:
    """What all the statements share."""

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[self._alias]

    def _all(self, sql: str, parameters: Sequence[str | float | None] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _run(self, sql: str, parameters: Sequence[str | float | None] = ()) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    def revise(self) -> int:
        rows = self._all(
            "INSERT INTO zonda_revision (only, value) VALUES (1, 1) "
            "ON CONFLICT (only) DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(rows[0][0])

    def _run_each(self, sql: str, rows: Sequence[Sequence[str | int | None]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def moment_of(read: datetime | str | None) -> datetime | None:
    """What was read of an instant: Django's connection makes a datetime of a column, of an expression a text."""
    moment = datetime.fromisoformat(read) if isinstance(read, str) else read
    return None if moment is None else moment.replace(tzinfo=UTC)


def text_of(moment: datetime | None) -> str | None:
    """As Django's ORM writes it, but always with six digits, so that text compares as time does."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def plain(text: str | None) -> str | None:
    """SQLite ends a JSON string at U+0000, and half a surrogate pair is no character: show both as escapes."""
    return None if text is None else text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
