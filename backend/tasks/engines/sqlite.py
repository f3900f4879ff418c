"""The record's statements for SQLite.

`INDEXED BY` keeps a look that comes each second away from the index of all that waits, which SQLite would take for it.
`NOT INDEXED` leaves a batched update only the row's own number to find it by: left to choose, SQLite walks an index of
the tasks and searches the batch for each of them.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from backend.tasks import identity
from backend.tasks.engines import NOTHING, AttemptRow, Change, EndedTask, Inserted, LogRow, NewTask, Row, Told
from backend.tasks.engines.turnstile import Turnstile
from backend.tasks.grants import CancelledGrant, Candidate, Choice, GrantedTask, OpenGrant, WorkerRow
from backend.tasks.lifecycle import Outcome, Reason, Status, TaskState

# So many tasks become due in one transaction at most: the rest follow in the next, and nobody waits for all.
_RIPEN = 5000

_ROW = (
    "t.seq, t.key, t.queue, t.worker_topic, t.status, t.reason, t.fence, t.holder, t.attempt, t.losses, t.unstarted, "
    "t.tries, t.max_attempts, t.round, t.cancelling, t.started_at, t.retry_delay"
)


class SQLite:
    """The statements, on this thread's connection."""

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias
        self._of_thread = threading.local()

    def turn(self) -> AbstractContextManager[None]:
        turnstile: Turnstile | None = getattr(self._of_thread, "turnstile", None)
        if turnstile is None:
            turnstile = self._of_thread.turnstile = Turnstile(str(self._connection.settings_dict["NAME"]))
        return turnstile.turn()

    def recognise(self) -> None:
        identity.recognise(str(self._connection.settings_dict["NAME"]))

    def close(self) -> None:
        """Let go of this thread's turnstile now; otherwise the end of the thread does."""
        self._of_thread.__dict__.clear()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def relax(self) -> None:
        self._run("PRAGMA synchronous=NORMAL")
        self._run("PRAGMA wal_autocheckpoint=1000")

    def raise_epoch(self, above: int) -> int:
        rows = self._all(
            "INSERT INTO zonda_epoch (only, value) VALUES (1, %s + 1) "
            "ON CONFLICT (only) DO UPDATE SET value = max(value, %s) + 1 RETURNING value",
            [above, above],
        )
        return int(rows[0][0])

    def epoch(self) -> int:
        rows = self._all("SELECT value FROM zonda_epoch")
        return int(rows[0][0]) if rows else 0

    def revise(self) -> int:
        rows = self._all(
            "INSERT INTO zonda_revision (only, value) VALUES (1, 1) "
            "ON CONFLICT (only) DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(rows[0][0])

    def insert_tasks(self, rows: Sequence[NewTask], now: datetime, revision: int) -> Mapping[str, Inserted]:
        batch = json.dumps(
            [
                [
                    r.key,
                    r.digest,
                    r.name,
                    r.path,
                    r.args,
                    r.kwargs,
                    r.queue,
                    r.priority,
                    _text(r.run_after),
                    _text(r.expires_at),
                    r.timeout,
                    r.grace,
                    r.max_attempts,
                    r.retry_delay,
                    _plain(r.rejection),
                ]
                for r in rows
            ]
        )
        fresh = self._all(
            "INSERT INTO zonda_task (key, digest, name, path, args, kwargs, queue, priority, run_after, expires_at, "
            "timeout, grace, max_attempts, retry_delay, error, status, reason, finished_at, due_at, round, attempt, "
            "tries, losses, unstarted, fence, cancelling, created_at, revision) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, "
            "value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, "
            "CASE WHEN value->>14 IS NULL THEN 'QUEUEING' ELSE 'FAILED' END, "
            "CASE WHEN value->>14 IS NOT NULL THEN 'REJECTED' END, CASE WHEN value->>14 IS NOT NULL THEN %s END, "
            "CASE WHEN value->>14 IS NULL AND value->>8 > %s THEN value->>8 END, 1, 0, 0, 0, 0, 0, false, %s, %s "
            "FROM json_each(%s) WHERE true ON CONFLICT (key) DO NOTHING RETURNING key, seq, digest",
            [_text(now), _text(now), _text(now), revision, batch],
        )
        found = {key: Inserted(seq, digest, fresh=True) for key, seq, digest in fresh}
        missing = [row.key for row in rows if row.key not in found]
        if missing:
            there = self._all(
                "SELECT key, seq, digest FROM zonda_task WHERE key IN (SELECT value FROM json_each(%s))",
                [json.dumps(missing)],
            )
            found.update({key: Inserted(seq, digest, fresh=False) for key, seq, digest in there})
        return found

    def rows(self, wanted: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], Row]:
        found = self._all(
            f"SELECT r.value->>1, a.outcome, {_ROW} "
            "FROM json_each(%s) r JOIN zonda_task t ON t.key = r.value->>0 "
            "LEFT JOIN zonda_attempt a ON a.fence = r.value->>1 AND a.task_id = t.seq",
            [json.dumps([list(pair) for pair in wanted])],
        )
        return {(row[3], row[0]): _row(row[2:], row[1]) for row in found}

    def rows_of(self, seqs: Sequence[int]) -> Sequence[Row]:
        found = self._all(
            f"SELECT {_ROW} FROM json_each(%s) r JOIN zonda_task t ON t.seq = r.value ORDER BY t.seq",
            [json.dumps(list(seqs))],
        )
        return [_row(row, None) for row in found]

    def held_by(self, holder: str) -> Sequence[Row]:
        found = self._all(f"SELECT {_ROW} FROM zonda_task t WHERE t.holder = %s ORDER BY t.fence", [holder])
        return [_row(row, None) for row in found]

    def expired(self, now: datetime, limit: int) -> Sequence[Row]:
        found = self._all(
            f"SELECT {_ROW} FROM zonda_task t INDEXED BY zonda_task_expiring "
            "WHERE t.status = 'QUEUEING' AND t.holder IS NULL AND t.expires_at IS NOT NULL AND t.expires_at <= %s "
            "ORDER BY t.expires_at LIMIT %s",
            [_text(now), limit],
        )
        return [_row(row, None) for row in found]

    def open_grants(self) -> Sequence[OpenGrant]:
        found = self._all(
            "SELECT key, seq, path, queue, priority, fence, holder, status = 'RUNNING' "
            "FROM zonda_task WHERE holder IS NOT NULL ORDER BY fence"
        )
        return [
            OpenGrant(key, seq, path, queue, priority, fence, holder, bool(started))
            for key, seq, path, queue, priority, fence, holder, started in found
        ]

    def cancelled_grants(self) -> Sequence[CancelledGrant]:
        found = self._all(
            "SELECT key, fence, holder FROM zonda_task INDEXED BY zonda_task_cancelling "
            "WHERE cancelling = 1 AND holder IS NOT NULL"
        )
        return [CancelledGrant(key, fence, holder) for key, fence, holder in found]

    def drain_asked(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._all("SELECT incarnation FROM zonda_worker WHERE drain_asked"))

    def change(self, changes: Sequence[Change], revision: int) -> int:
        batch = json.dumps(
            [
                [
                    c.seq,
                    c.state.fence,
                    c.was_holder,
                    c.state.status,
                    c.state.reason,
                    c.state.holder,
                    c.state.attempt,
                    c.state.losses,
                    c.state.unstarted,
                    c.state.tries,
                    c.state.cancelling,
                    _plain(c.error),
                    c.result,
                    _text(c.due_at),
                    _text(c.started_at),
                    _text(c.finished_at),
                    c.failure_key,
                ]
                for c in changes
            ]
        )
        return self._run(
            "UPDATE zonda_task NOT INDEXED SET status = r.value->>3, reason = r.value->>4, holder = r.value->>5, "
            "attempt = r.value->>6, losses = r.value->>7, unstarted = r.value->>8, tries = r.value->>9, "
            "cancelling = r.value->>10, error = r.value->>11, result = r.value->>12, due_at = r.value->>13, "
            "started_at = coalesce(r.value->>14, started_at), finished_at = r.value->>15, "
            "failure_key = r.value->>16, "
            # What an attempt said of its progress is over when the task waits for another one.
            "progress_fraction = CASE WHEN r.value->>3 <> 'QUEUEING' THEN progress_fraction END, "
            "progress_message = CASE WHEN r.value->>3 <> 'QUEUEING' THEN progress_message END, "
            "revision = %s FROM json_each(%s) r "
            "WHERE zonda_task.seq = r.value->>0 AND fence = r.value->>1 "
            "AND coalesce(zonda_task.holder, '') = r.value->>2",
            [revision, batch],
        )

    def reopen(self, seqs: Sequence[int], revision: int) -> int:
        return self._run(
            "UPDATE zonda_task NOT INDEXED SET status = 'QUEUEING', reason = NULL, error = NULL, result = NULL, "
            "round = round + 1, tries = 0, losses = 0, unstarted = 0, cancelling = false, due_at = NULL, "
            "started_at = NULL, finished_at = NULL, expires_at = NULL, failure_key = NULL, "
            "progress_fraction = NULL, progress_message = NULL, revision = %s "
            "FROM json_each(%s) r WHERE zonda_task.seq = r.value AND status IN ('FAILED', 'FINISHED')",
            [revision, json.dumps(list(seqs))],
        )

    def put_attempts(self, rows: Sequence[AttemptRow]) -> None:
        batch = json.dumps(
            [
                [
                    r.seq,
                    r.number,
                    r.fence,
                    r.worker,
                    r.incarnation,
                    r.outcome,
                    _plain(r.error),
                    _plain(r.exception),
                    _plain(r.traceback),
                    _text(r.started_at),
                    _text(r.finished_at),
                ]
                for r in rows
            ]
        )
        self._run(
            "INSERT INTO zonda_attempt (task_id, number, fence, worker, incarnation, outcome, error, exception, "
            "traceback, started_at, finished_at) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, "
            "value->>9, value->>10 FROM json_each(%s) WHERE true "
            "ON CONFLICT (task_id, number) DO UPDATE SET outcome = excluded.outcome, error = excluded.error, "
            "exception = excluded.exception, traceback = excluded.traceback, "
            "started_at = coalesce(excluded.started_at, zonda_attempt.started_at), finished_at = excluded.finished_at "
            "WHERE zonda_attempt.outcome IS NULL AND zonda_attempt.fence = excluded.fence",
            [batch],
        )

    def put_progress(self, rows: Sequence[Told]) -> None:
        self._run(
            "UPDATE zonda_task NOT INDEXED SET progress_fraction = r.value->>2, progress_message = r.value->>3 "
            "FROM json_each(%s) r WHERE zonda_task.seq = r.value->>0 AND fence = r.value->>1",
            [json.dumps([[r.seq, r.fence, r.fraction, _plain(r.message)] for r in rows])],
        )

    def put_log(self, rows: Sequence[LogRow]) -> None:
        self._run(
            "INSERT INTO zonda_log_line (task_id, fence, number, at, stream, text) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(%s) WHERE true "
            "ON CONFLICT (fence, number) DO NOTHING",
            [json.dumps([[r.seq, r.fence, r.number, _text(r.at), _plain(r.stream), _plain(r.text)] for r in rows])],
        )

    def put_events(self, seqs: Sequence[int], kind: str, by: str | None, now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_event (task_id, at, kind, by) SELECT value, %s, %s, %s FROM json_each(%s)",
            [_text(now), kind, by, json.dumps(list(seqs))],
        )

    def count(self, deltas: Mapping[str, Mapping[str, int]], created: Mapping[str, int] = NOTHING) -> None:
        batch = json.dumps(
            [
                [
                    queue,
                    *(
                        deltas.get(queue, NOTHING).get(name, 0)
                        for name in ("QUEUEING", "RUNNING", "FAILED", "FINISHED")
                    ),
                    created.get(queue, 0),
                ]
                for queue in {**deltas, **created}
            ]
        )
        # Two statements, not one upsert: the row that an upsert would insert has a difference below 0, which the
        # columns' checks refuse before the conflict is even looked at.
        self._add_queues([*deltas, *created])
        self._run(
            "UPDATE zonda_queue SET queueing = queueing + (r.value->>1), running = running + (r.value->>2), "
            "failed = failed + (r.value->>3), finished = finished + (r.value->>4), created = created + (r.value->>5) "
            "FROM json_each(%s) r WHERE name = r.value->>0",
            [batch],
        )

    def _add_queues(self, names: Sequence[str]) -> None:
        self._run(
            "INSERT INTO zonda_queue (name, paused, queueing, running, failed, finished, created) "
            "SELECT value, false, 0, 0, 0, 0, 0 FROM json_each(%s) WHERE true ON CONFLICT (name) DO NOTHING",
            [json.dumps(list(names))],
        )

    def count_settled(self, ended: Mapping[tuple[str, str, str], int]) -> None:
        self._run(
            "INSERT INTO zonda_settled (queue, status, reason, total) "
            "SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(%s) WHERE true "
            "ON CONFLICT (queue, status, reason) DO UPDATE SET total = total + excluded.total",
            [json.dumps([[*key, number] for key, number in ended.items()])],
        )

    def count_minute(self, now: datetime, *, created: int = 0, finished: int = 0, failed: int = 0) -> None:
        self._run(
            "INSERT INTO zonda_minute (at, created, finished, failed) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (at) DO UPDATE SET created = created + excluded.created, "
            "finished = finished + excluded.finished, failed = failed + excluded.failed",
            [_text(now.replace(second=0, microsecond=0)), created, finished, failed],
        )

    def count_outcomes(self, deltas: Mapping[str, tuple[int, int]]) -> None:
        self._run(
            "UPDATE zonda_worker SET succeeded = succeeded + (r.value->>1), failed = failed + (r.value->>2) "
            "FROM json_each(%s) r WHERE incarnation = r.value->>0",
            [json.dumps([[incarnation, *outcomes] for incarnation, outcomes in deltas.items()])],
        )

    def waiting(self, queues: frozenset[str] | None, now: datetime) -> bool:
        if self._all("SELECT 1 FROM zonda_task WHERE due_at <= %s LIMIT 1", [_text(now)]):
            return True
        return any(
            self._all(
                "SELECT 1 FROM zonda_task INDEXED BY zonda_task_grantable "
                "WHERE status = 'QUEUEING' AND holder IS NULL AND due_at IS NULL AND queue = %s LIMIT 1",
                [queue],
            )
            for queue in self._queues(queues)
        )

    def ripen(self, now: datetime) -> None:
        self._run(
            "UPDATE zonda_task SET due_at = NULL WHERE seq IN "
            "(SELECT seq FROM zonda_task WHERE due_at <= %s ORDER BY due_at LIMIT %s)",
            [_text(now), _RIPEN],
        )

    def next_due(self) -> datetime | None:
        rows = self._all(
            "SELECT min(due_at) FROM zonda_task WHERE due_at IS NOT NULL UNION ALL "
            "SELECT min(expires_at) FROM zonda_task INDEXED BY zonda_task_expiring "
            "WHERE status = 'QUEUEING' AND holder IS NULL AND expires_at IS NOT NULL"
        )
        return min((moment for row in rows if (moment := _moment(row[0]))), default=None)

    def candidates(self, queues: frozenset[str] | None, limit: int, now: datetime) -> Sequence[Candidate]:
        found: list[Candidate] = []
        for queue in self._queues(queues):
            rows = self._all(
                "SELECT seq, key, path, queue, priority FROM zonda_task "
                "WHERE status = 'QUEUEING' AND holder IS NULL AND due_at IS NULL AND queue = %s "
                "AND (expires_at IS NULL OR expires_at > %s) ORDER BY priority DESC, seq LIMIT %s",
                [queue, _text(now), limit],
            )
            found.extend(Candidate(*row) for row in rows)
        return sorted(found, key=lambda candidate: (-candidate.priority, candidate.seq))

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
                created_at=_moment(created_at),
                timeout=timeout,
                grace=grace,
                tries=tries,
                max_attempts=max_attempts,
            )
            for key, path, args, kwargs, queue, priority, attempt, fence, holder, *limits in rows
            for created_at, timeout, grace, tries, max_attempts in [limits]
        ]
        return sorted(granted, key=lambda task: task.fence)

    def delete(self, seqs: Sequence[int]) -> None:
        batch = [json.dumps(list(seqs))]
        for table in ("zonda_log_line", "zonda_event", "zonda_attempt"):
            self._run(f"DELETE FROM {table} WHERE task_id IN (SELECT value FROM json_each(%s))", batch)
        self._run("DELETE FROM zonda_task WHERE seq IN (SELECT value FROM json_each(%s))", batch)

    def delete_lines(self, seqs: Sequence[int], limit: int) -> int:
        return self._run(
            "DELETE FROM zonda_log_line WHERE id IN "
            "(SELECT id FROM zonda_log_line WHERE task_id IN (SELECT value FROM json_each(%s)) LIMIT %s)",
            [json.dumps(list(seqs)), limit],
        )

    def ended_before(self, moment: datetime, limit: int) -> Sequence[EndedTask]:
        found = self._all(
            "SELECT seq, queue, status FROM zonda_task WHERE finished_at IS NOT NULL AND finished_at < %s "
            "ORDER BY finished_at, seq LIMIT %s",
            [_text(moment), limit],
        )
        return [EndedTask(seq, queue, Status(status)) for seq, queue, status in found]

    def forget_minutes(self, before: datetime, limit: int) -> int:
        return self._run(
            "DELETE FROM zonda_minute WHERE at IN (SELECT at FROM zonda_minute WHERE at < %s ORDER BY at LIMIT %s)",
            [_text(before), limit],
        )

    def forget_tombstones(self, before: datetime, limit: int) -> int:
        # They are made in the order of their numbers, and there is no index on their times.
        return self._run(
            "DELETE FROM zonda_tombstone WHERE id IN "
            "(SELECT id FROM (SELECT id, at FROM zonda_tombstone ORDER BY id LIMIT %s) WHERE at < %s)",
            [limit, _text(before)],
        )

    def forget_rejected(self, keep: int, limit: int) -> int:
        return self._run(
            "DELETE FROM zonda_rejected_message WHERE id IN (SELECT id FROM zonda_rejected_message "
            "WHERE id <= (SELECT id FROM zonda_rejected_message ORDER BY id DESC LIMIT 1 OFFSET %s) "
            "ORDER BY id LIMIT %s)",
            [keep, limit],
        )

    def forget_lost_workers(self, before: datetime) -> int:
        return self._run(
            "DELETE FROM zonda_worker WHERE state = 'LOST' AND last_beat_at < %s "
            "AND NOT EXISTS (SELECT 1 FROM zonda_task WHERE holder = zonda_worker.incarnation)",
            [_text(before)],
        )

    def put_tombstones(self, keys: Sequence[str], revision: int, now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_tombstone (key, revision, at) SELECT value, %s, %s FROM json_each(%s)",
            [revision, _text(now), json.dumps(list(keys))],
        )

    def put_rejected(self, bodies: Sequence[tuple[str, str]], now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_rejected_message (received_at, body, reason) "
            "SELECT %s, value->>0, value->>1 FROM json_each(%s)",
            [_text(now), json.dumps([[_plain(body), _plain(reason)] for body, reason in bodies])],
        )

    def pause(self, queue: str, reason: str | None, now: datetime) -> None:
        self._add_queues([queue])
        self._run(
            "UPDATE zonda_queue SET paused_at = CASE WHEN paused THEN paused_at ELSE %s END, paused = true, "
            "pause_reason = %s WHERE name = %s",
            [_text(now), _plain(reason), queue],
        )

    def resume(self, queue: str) -> None:
        self._run(
            "UPDATE zonda_queue SET paused = false, pause_reason = NULL, paused_at = NULL WHERE name = %s", [queue]
        )

    def ask_to_drain(self, topic: str) -> bool:
        return bool(
            self._run("UPDATE zonda_worker SET drain_asked = true WHERE topic = %s AND state <> 'LOST'", [topic])
        )

    def put_workers(self, rows: Sequence[WorkerRow], now: datetime) -> None:
        batch = json.dumps(
            [
                [
                    r.topic,
                    r.incarnation,
                    r.name,
                    r.host,
                    r.pid,
                    json.dumps(r.queues),
                    r.slots,
                    r.state,
                    _text(now),
                    r.beat,
                ]
                for r in rows
            ]
        )
        self._run(
            "INSERT INTO zonda_worker (topic, incarnation, name, host, pid, queues, slots, state, last_beat_at, "
            "succeeded, failed, drain_asked) SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, "
            "value->>6, value->>7, value->>8, 0, 0, false FROM json_each(%s) WHERE true "
            "ON CONFLICT (topic) DO UPDATE SET "
            "succeeded = CASE WHEN incarnation = excluded.incarnation THEN succeeded ELSE 0 END, "
            "failed = CASE WHEN incarnation = excluded.incarnation THEN failed ELSE 0 END, "
            "incarnation = excluded.incarnation, name = excluded.name, host = excluded.host, pid = excluded.pid, "
            "queues = excluded.queues, slots = excluded.slots, state = excluded.state, "
            "drain_asked = drain_asked AND zonda_worker.incarnation = excluded.incarnation",
            [batch],
        )
        self._run(
            "UPDATE zonda_worker SET last_beat_at = r.value->>8 FROM json_each(%s) r "
            "WHERE topic = r.value->>0 AND r.value->>9",
            [batch],
        )

    def remove_workers(self, topics: Sequence[str]) -> None:
        self._run(
            "DELETE FROM zonda_worker WHERE topic IN (SELECT value FROM json_each(%s))", [json.dumps(list(topics))]
        )

    def _queues(self, queues: frozenset[str] | None) -> Sequence[str]:
        names = [
            row[0] for row in self._all("SELECT name FROM zonda_queue WHERE queueing > 0 AND NOT paused ORDER BY name")
        ]
        return names if queues is None else [name for name in names if name in queues]

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[self._alias]

    def _all(self, sql: str, parameters: Sequence[str | int | None] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _run(self, sql: str, parameters: Sequence[str | int | None] = ()) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)


def _row(columns: Sequence[Any], ended: str | None) -> Row:
    seq, key, queue, worker_topic, status, reason, fence, holder, attempt, losses, unstarted = columns[:11]
    tries, max_attempts, round_, cancelling, started_at, retry_delay = columns[11:]
    state = TaskState(
        status=Status(status),
        reason=Reason(reason) if reason else None,
        fence=fence,
        holder=holder,
        attempt=attempt,
        losses=losses,
        unstarted=unstarted,
        tries=tries,
        max_attempts=max_attempts,
        round=round_,
        cancelling=bool(cancelling),
    )
    return Row(
        seq, key, queue, worker_topic, state, _moment(started_at), retry_delay, Outcome(ended) if ended else None
    )


def _moment(read: datetime | str | None) -> datetime | None:
    """What was read of an instant: Django's connection makes a datetime of a column, of an expression a text."""
    moment = datetime.fromisoformat(read) if isinstance(read, str) else read
    return None if moment is None else moment.replace(tzinfo=UTC)


def _text(moment: datetime | None) -> str | None:
    """As Django's ORM writes it, but always with six digits, so that text compares as time does."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _plain(text: str | None) -> str | None:
    """SQLite ends a JSON string at U+0000, and half a surrogate pair is no character: show both as escapes."""
    return None if text is None else text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
