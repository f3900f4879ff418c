"""Tasks and what is theirs: made, read, changed."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.tasks.engines import AttemptRow, Change, Inserted, LogRow, NewTask, Row, Told
from backend.tasks.engines.sqlite.statements import Statements, moment_of, plain, text_of
from backend.tasks.lifecycle import Outcome, Reason, Status, TaskState

_ROW = (
    "t.seq, t.key, t.queue, t.path, t.worker_topic, t.status, t.reason, t.fence, t.holder, t.attempt, t.losses, "
    "t.unstarted, t.tries, t.max_attempts, t.round, t.cancelling, max(t.created_at, coalesce(t.run_after, '')), "
    "t.started_at, t.retry_delay, t.run_after"
)


class Tasks(Statements):
    """Tasks, their attempts, lines and events."""

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
                    text_of(r.run_after),
                    text_of(r.expires_at),
                    r.timeout,
                    r.grace,
                    r.max_attempts,
                    r.retry_delay,
                    plain(r.rejection),
                    r.failure_key,
                ]
                for r in rows
            ]
        )
        fresh = self._all(
            "INSERT INTO zonda_task (key, digest, name, path, args, kwargs, queue, priority, run_after, expires_at, "
            "timeout, grace, max_attempts, retry_delay, error, status, reason, finished_at, due_at, round, attempt, "
            "tries, losses, unstarted, fence, cancelling, failure_key, created_at, revision) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, "
            "value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, "
            "CASE WHEN value->>14 IS NULL THEN 'QUEUEING' ELSE 'FAILED' END, "
            "CASE WHEN value->>14 IS NOT NULL THEN 'REJECTED' END, CASE WHEN value->>14 IS NOT NULL THEN %s END, "
            "CASE WHEN value->>14 IS NULL AND value->>8 > %s THEN value->>8 END, 1, 0, 0, 0, 0, 0, false, value->>15, "
            "%s, %s "
            "FROM json_each(%s) WHERE true ON CONFLICT (key) DO NOTHING RETURNING key, seq, digest",
            [text_of(now), text_of(now), text_of(now), revision, batch],
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
            [text_of(now), limit],
        )
        return [_row(row, None) for row in found]

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
                    plain(c.error),
                    c.result,
                    text_of(c.due_at),
                    text_of(c.started_at),
                    text_of(c.finished_at),
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

    def reopen(self, seqs: Sequence[int], revision: int, now: datetime) -> int:
        return self._run(
            "UPDATE zonda_task NOT INDEXED SET status = 'QUEUEING', reason = NULL, error = NULL, result = NULL, "
            "round = round + 1, tries = 0, losses = 0, unstarted = 0, cancelling = false, "
            "due_at = CASE WHEN run_after > %s THEN run_after END, "
            "started_at = NULL, finished_at = NULL, expires_at = NULL, failure_key = NULL, "
            "progress_fraction = NULL, progress_message = NULL, revision = %s "
            "FROM json_each(%s) r WHERE zonda_task.seq = r.value AND status IN ('FAILED', 'FINISHED')",
            [text_of(now), revision, json.dumps(list(seqs))],
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
                    plain(r.error),
                    plain(r.exception),
                    plain(r.traceback),
                    text_of(r.started_at),
                    text_of(r.finished_at),
                    text_of(r.next_due_at),
                ]
                for r in rows
            ]
        )
        self._run(
            "INSERT INTO zonda_attempt (task_id, number, fence, worker, incarnation, outcome, error, exception, "
            "traceback, started_at, finished_at, next_due_at) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, "
            "value->>9, value->>10, value->>11 FROM json_each(%s) WHERE true "
            "ON CONFLICT (task_id, number) DO UPDATE SET outcome = excluded.outcome, error = excluded.error, "
            "exception = excluded.exception, traceback = excluded.traceback, "
            "started_at = coalesce(excluded.started_at, zonda_attempt.started_at), finished_at = excluded.finished_at, "
            "next_due_at = excluded.next_due_at "
            "WHERE zonda_attempt.outcome IS NULL AND zonda_attempt.fence = excluded.fence",
            [batch],
        )

    def put_progress(self, rows: Sequence[Told]) -> None:
        self._run(
            "UPDATE zonda_task NOT INDEXED SET progress_fraction = r.value->>2, progress_message = r.value->>3 "
            "FROM json_each(%s) r WHERE zonda_task.seq = r.value->>0 AND fence = r.value->>1",
            [json.dumps([[r.seq, r.fence, r.fraction, plain(r.message)] for r in rows])],
        )

    def put_log(self, rows: Sequence[LogRow]) -> None:
        self._run(
            "INSERT INTO zonda_log_line (task_id, fence, number, at, stream, text) "
            "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(%s) WHERE true "
            "ON CONFLICT (fence, number) DO NOTHING",
            [json.dumps([[r.seq, r.fence, r.number, text_of(r.at), plain(r.stream), plain(r.text)] for r in rows])],
        )

    def put_events(self, seqs: Sequence[int], kind: str, by: str | None, now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_event (task_id, at, kind, by) SELECT value, %s, %s, %s FROM json_each(%s)",
            [text_of(now), kind, by, json.dumps(list(seqs))],
        )


def _row(columns: Sequence[Any], ended: str | None) -> Row:
    seq, key, queue, path, worker_topic, status, reason, fence, holder, attempt, losses, unstarted = columns[:12]
    tries, max_attempts, round_, cancelling, first_due_at, started_at, retry_delay, run_after = columns[12:]
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
        seq=seq,
        key=key,
        queue=queue,
        path=path,
        worker_topic=worker_topic,
        state=state,
        first_due_at=datetime.fromisoformat(first_due_at).replace(tzinfo=UTC),
        started_at=moment_of(started_at),
        retry_delay=retry_delay,
        run_after=moment_of(run_after),
        ended=Outcome(ended) if ended else None,
    )
