"""What another process does to the record."""

import sqlite3
from contextlib import closing

from django.db import connection


def create_elsewhere(key: str) -> None:
    """Commit a task on a connection that is none of Django's."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=10)) as other, other:
        other.execute(
            "INSERT INTO zonda_task (key, digest, name, path, args, kwargs, queue, priority, status, "
            "grace, retry_delay, max_attempts, round, attempt, tries, losses, unstarted, fence, cancelling, revision, "
            "created_at) VALUES (?, '', 'add', 'add', '[]', '{}', 'default', 0, 'QUEUEING', "
            "5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, '2026-11-21')",
            [key],
        )
