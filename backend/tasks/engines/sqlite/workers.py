"""The workers that there are and were."""

import json
from collections.abc import Sequence
from datetime import datetime

from backend.tasks.engines.sqlite.statements import Statements, text_of
from backend.tasks.grants import WorkerRow


class Workers(Statements):
    """Workers, and what somebody wants of them."""

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
                    text_of(now),
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

    def ask_to_drain(self, topic: str) -> bool:
        return bool(
            self._run("UPDATE zonda_worker SET drain_asked = true WHERE topic = %s AND state <> 'LOST'", [topic])
        )

    def drain_asked(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._all("SELECT incarnation FROM zonda_worker WHERE drain_asked"))
