"""Connections to SQLite that know whether the next task function can go on with them.

To open one anew takes about as long as a dozen queries.
"""

import re
import sqlite3
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakSet

from django.db.backends.sqlite3.base import SQLiteCursorWrapper

_AS_DJANGO_DOES: Final = frozenset(
    {"close", "commit", "cursor", "in_transaction", "isolation_level", "rollback"}
    | {"_as_opened", "_cursors", "begins", "end_statements", "is_as_opened"}
)
"""What may be asked of one that stays as it was opened: whatever else is, may leave something in it."""

_LEAVES_SOMETHING: Final = re.compile(r"\b(?:pragma|attach|temp|temporary)\b", re.IGNORECASE)
"""In a statement. What only looks like it costs no more than a connection."""


class Watched(sqlite3.Connection):
    """One that Django opens, is told so (`begins`), and then uses, as any task function may."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._as_opened = False
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def begins(self) -> None:
        """What is in it now is meant for all."""
        self._as_opened = True

    @property
    def is_as_opened(self) -> bool:
        """Whether nothing can have been set or added since."""
        return self._as_opened and self.isolation_level is None

    def end_statements(self) -> bool:
        """End those that were not read to their end, whoever has their cursors; False when somebody goes on with one.

        Each keeps its view of the record. As long as one does, nobody can write here once others have, and the
        write-ahead log only grows; SQLite keeps even a closed connection for it.
        """
        ended = True
        for cursor in list(self._cursors):
            try:
                cursor.close()
            except sqlite3.ProgrammingError:
                # Of a closed connection, or in use by another thread.
                ended = False
        return ended

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        if factory is SQLiteCursorWrapper:
            factory = _Cursor
        else:
            self._as_opened = False
        cursor = super().cursor(factory)
        self._cursors.add(cursor)
        return cursor

    def __getattribute__(self, name: str) -> Any:
        if name not in _AS_DJANGO_DOES and not name.startswith("__"):
            super().__setattr__("_as_opened", False)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _AS_DJANGO_DOES:
            super().__setattr__("_as_opened", False)
        super().__setattr__(name, value)


class _Cursor(SQLiteCursorWrapper):
    """Django's own, which tells its connection what it is used for."""

    connection: Watched

    def execute(self, query: Any, params: Any = None) -> Any:
        self._look_at(query)
        return super().execute(query, params)

    def executemany(self, query: Any, param_list: Iterable[Any]) -> Any:
        self._look_at(query)
        return super().executemany(query, param_list)

    def executescript(self, script: str) -> Any:
        self._look_at(script)
        return super().executescript(script)

    def _look_at(self, query: Any) -> None:
        if _LEAVES_SOMETHING.search(str(query)):
            self.connection._as_opened = False
