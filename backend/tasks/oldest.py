"""Since when the task that waits longest in each queue could have been running."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from django.db import connection

_GRANTABLE = "t.status = 'QUEUEING' AND t.holder IS NULL AND t.due_at IS NULL"

# The index of what may be granted has each queue's tasks by priority, then in order: a step for each priority in use
# finds the first of it, and no other task is looked at.
_OLDEST = f"""
WITH RECURSIVE lane (queue, priority) AS (
    SELECT q.name, (SELECT max(t.priority) FROM zonda_task t WHERE {_GRANTABLE} AND t.queue = q.name)
    FROM zonda_queue q WHERE q.queueing > 0 {{which}}
    UNION ALL
    SELECT lane.queue, (SELECT max(t.priority) FROM zonda_task t
                        WHERE {_GRANTABLE} AND t.queue = lane.queue AND t.priority < lane.priority)
    FROM lane WHERE lane.priority IS NOT NULL
)
SELECT lane.queue, first.created_at, first.run_after FROM lane JOIN zonda_task first ON first.seq = (
    SELECT t.seq FROM zonda_task t
    WHERE {_GRANTABLE} AND t.queue = lane.queue AND t.priority = lane.priority ORDER BY t.seq LIMIT 1
) WHERE lane.priority IS NOT NULL
"""  # noqa: S608  (put together from our own words)


NAMED_AT_MOST: Final = 500
"""Of more queues than these by name it takes no less to look than at all there are."""


def oldest_queued(queues: Collection[str] | None = None) -> dict[str, datetime]:
    """By queue: when its longest waiting task was created, or became due. Queues where nothing waits are not in it.

    Of `queues`, and maybe of others, or of every queue.
    """
    found: dict[str, datetime] = {}
    named = list(queues) if queues is not None and len(queues) <= NAMED_AT_MOST else []
    if queues is not None and not queues:
        return found
    which = f"AND q.name IN ({', '.join(['%s'] * len(named))})" if named else ""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST.format(which=which), named)
        for queue, created_at, run_after in cursor.fetchall():
            since = max(moment for moment in (_moment(created_at), _moment(run_after)) if moment is not None)
            found[queue] = min(since, found.get(queue, since))
    return found


def _moment(read: datetime | str | None) -> datetime | None:
    moment = datetime.fromisoformat(read) if isinstance(read, str) else read
    return None if moment is None else moment.replace(tzinfo=UTC)
