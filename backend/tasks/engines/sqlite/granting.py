"""What waits, what is granted, and to whom."""

import json
from collections.abc import Sequence
from datetime import datetime

from backend.tasks.engines.sqlite.statements import Statements, moment_of, text_of
from backend.tasks.grants import CancelledGrant, Candidate, Choice, GrantedTask, OpenGrant

RIPEN = 5_000
"""So many tasks become due in one transaction at most: the rest follow in the next, and nobody waits for all."""


# SQLite counts the characters of a text. To read so much of a row costs nothing beside finding what stands after it.
_SIZE = "length(CAST({task}.args AS BLOB)) + length(CAST({task}.kwargs AS BLOB))"


class Grants(Statements):
    """Grants, from what waits to what is open."""

    def waiting(self, queues: frozenset[str] | None, now: datetime) -> bool:
        if self.ripe(now):
            return True
        found = self._all(
            "SELECT 1 FROM json_each(%s) q WHERE EXISTS (SELECT 1 FROM zonda_task INDEXED BY zonda_task_grantable "
            "WHERE status = 'QUEUEING' AND holder IS NULL AND due_at IS NULL AND queue = q.value) LIMIT 1",
            [json.dumps(self.offering(queues))],
        )
        return bool(found)

    def ripe(self, now: datetime) -> bool:
        return bool(self._all("SELECT 1 FROM zonda_task WHERE due_at <= %s LIMIT 1", [text_of(now)]))

    def ripen(self, now: datetime) -> None:
        self._run(
            "UPDATE zonda_task SET due_at = NULL WHERE seq IN "
            "(SELECT seq FROM zonda_task WHERE due_at <= %s ORDER BY due_at, seq LIMIT %s)",
            [text_of(now), RIPEN],
        )

    def next_due(self) -> datetime | None:
        rows = self._all(
            "SELECT min(due_at) FROM zonda_task WHERE due_at IS NOT NULL UNION ALL "
            "SELECT min(expires_at) FROM zonda_task INDEXED BY zonda_task_expiring "
            "WHERE status = 'QUEUEING' AND holder IS NULL AND expires_at IS NOT NULL"
        )
        return min((moment for row in rows if (moment := moment_of(row[0]))), default=None)

    def offering(self, queues: frozenset[str] | None) -> Sequence[str]:
        names = [row[0] for row in self._all("SELECT name FROM zonda_queue WHERE queueing > 0 AND NOT paused")]
        return names if queues is None else [name for name in names if name in queues]

    def candidates(self, queues: Sequence[str], now: datetime, limit: int, skip: int) -> Sequence[Candidate]:
        rows = self._all(
            f"SELECT t.seq, t.key, t.path, t.queue, t.priority, {_SIZE.format(task='t')} "
            "FROM json_each(%s) q CROSS JOIN zonda_task t "
            "WHERE t.seq IN (SELECT seq FROM zonda_task INDEXED BY zonda_task_grantable "
            "WHERE status = 'QUEUEING' AND holder IS NULL AND due_at IS NULL AND queue = q.value "
            "AND (expires_at IS NULL OR expires_at > %s) ORDER BY priority DESC, seq LIMIT %s OFFSET %s)",
            [json.dumps(queues), text_of(now), limit, skip],
        )
        return [Candidate(*row) for row in rows]

    def grant(self, choices: Sequence[Choice], revision: int) -> Sequence[GrantedTask]:
        batch = json.dumps([[c.seq, c.fence, c.holder, c.topic] for c in choices])
        rows = self._all(
            "UPDATE zonda_task NOT INDEXED SET fence = r.value->>1, holder = r.value->>2, worker_topic = r.value->>3, "
            "revision = %s FROM json_each(%s) r WHERE zonda_task.seq = r.value->>0 AND status = 'QUEUEING' "
            "AND zonda_task.holder IS NULL AND due_at IS NULL AND zonda_task.fence < r.value->>1 "
            "RETURNING zonda_task.key, path, args, kwargs, queue, priority, attempt + 1, fence, holder, "
            "created_at, timeout, grace, tries, max_attempts",
            [revision, batch],
        )
        granted = [
            GrantedTask(
                task_id=key,
                path=path,
                args=args.encode(),
                kwargs=kwargs.encode(),
                queue=queue,
                priority=priority,
                attempt=attempt,
                fence=fence,
                holder=holder,
                created_at=moment_of(created_at),
                timeout=timeout,
                grace=grace,
                tries=tries,
                max_attempts=max_attempts,
            )
            for key, path, args, kwargs, queue, priority, attempt, fence, holder, *limits in rows
            for created_at, timeout, grace, tries, max_attempts in [limits]
        ]
        return sorted(granted, key=lambda task: task.fence)

    def open_grants(self) -> Sequence[OpenGrant]:
        found = self._all(
            f"SELECT key, seq, path, queue, priority, fence, holder, status = 'RUNNING', {_SIZE.format(task='t')} "
            "FROM zonda_task t WHERE holder IS NOT NULL ORDER BY fence"
        )
        return [
            OpenGrant(key, seq, path, queue, priority, fence, holder, bool(started), size)
            for key, seq, path, queue, priority, fence, holder, started, size in found
        ]

    def cancelled_grants(self) -> Sequence[CancelledGrant]:
        found = self._all(
            "SELECT key, fence, holder FROM zonda_task INDEXED BY zonda_task_cancelling "
            "WHERE cancelling = 1 AND holder IS NOT NULL"
        )
        return [CancelledGrant(key, fence, holder) for key, fence, holder in found]
