"""What goes: old tasks with all that is theirs, old counters, and what came of messages that were none."""

import json
from collections.abc import Sequence
from datetime import datetime

from backend.tasks.engines import EndedTask
from backend.tasks.engines.sqlite.statements import Statements, plain, text_of
from backend.tasks.lifecycle import Status


class Pruning(Statements):
    """What is taken off the record, and what is kept in its place."""

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
            [text_of(moment), limit],
        )
        return [EndedTask(seq, queue, Status(status)) for seq, queue, status in found]

    def forget_tallies(self, before: datetime, limit: int) -> int:
        key = "at, queue, path, what, bucket"
        return self._run(
            f"DELETE FROM zonda_tally WHERE ({key}) IN "
            f"(SELECT {key} FROM zonda_tally WHERE at < %s ORDER BY {key} LIMIT %s)",
            [text_of(before), limit],
        )

    def forget_tombstones(self, before: datetime, limit: int) -> int:
        # They are made in the order of their numbers, and there is no index on their times.
        return self._run(
            "DELETE FROM zonda_tombstone WHERE id IN "
            "(SELECT id FROM (SELECT id, at FROM zonda_tombstone ORDER BY id LIMIT %s) WHERE at < %s)",
            [limit, text_of(before)],
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
            [text_of(before)],
        )

    def put_tombstones(self, keys: Sequence[str], revision: int, now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_tombstone (key, revision, at) SELECT value, %s, %s FROM json_each(%s)",
            [revision, text_of(now), json.dumps(list(keys))],
        )

    def put_rejected(self, bodies: Sequence[tuple[str, str]], now: datetime) -> None:
        self._run(
            "INSERT INTO zonda_rejected_message (received_at, body, reason) "
            "SELECT %s, value->>0, value->>1 FROM json_each(%s)",
            [text_of(now), json.dumps([[plain(body), plain(reason)] for body, reason in bodies])],
        )
