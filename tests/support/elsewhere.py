"""What another process does to the record."""

import sqlite3
from contextlib import closing

from django.db import connection


def create_elsewhere(key: str) -> None:
    """Commit a task on a connection that is none of Django's."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=10)) as other, other:
        other.execute(
            "INSERT INTO zonda_task (key, digest, name, path, args, kwargs, queue, priority, status, "
            "attempt, losses, unstarted, fence, created_at) "
            "VALUES (?, '', 'add', 'add', '[]', '{}', 'default', 0, 'QUEUEING', 0, 0, 0, 0, '2026-11-21')",
            [key],
        )
