"""Queues, and how many tasks there are and were."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from backend.tasks.engines import FORMER_QUEUES, NOTHING
from backend.tasks.engines.sqlite.statements import Statements, plain, text_of


class Counters(Statements):
    """The counters of queues, minutes and workers, and the queues themselves."""

    def count(self, deltas: Mapping[str, Mapping[str, int]], created: Mapping[str, int] = NOTHING) -> Sequence[str]:
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
        new = self._add_queues([*deltas, *created])
        self._run(
            "UPDATE zonda_queue SET queueing = queueing + (r.value->>1), running = running + (r.value->>2), "
            "failed = failed + (r.value->>3), finished = finished + (r.value->>4), created = created + (r.value->>5) "
            "FROM json_each(%s) r WHERE name = r.value->>0",
            [batch],
        )
        return new

    def queues(self) -> int:
        ((number,),) = self._all("SELECT count(*) FROM zonda_queue WHERE name <> %s", [FORMER_QUEUES])
        return int(number)

    def new_queues(self, names: Sequence[str]) -> Sequence[str]:
        found = self._all(
            "SELECT value FROM json_each(%s) "
            "WHERE NOT EXISTS (SELECT 1 FROM zonda_queue WHERE name = value) ORDER BY key",
            [json.dumps(list(names))],
        )
        return [name for (name,) in found]

    def forget_queues(self, limit: int, keep: Collection[str]) -> int:
        gone = self._all(
            "DELETE FROM zonda_queue WHERE name IN (SELECT name FROM zonda_queue "
            "WHERE NOT paused AND queueing + running + failed + finished = 0 AND name <> %s "
            "AND name NOT IN (SELECT value FROM json_each(%s)) ORDER BY rowid DESC LIMIT %s) RETURNING name, created",
            [FORMER_QUEUES, json.dumps(list(keep)), limit],
        )
        if not gone:
            return 0
        ended = self._all(
            "DELETE FROM zonda_settled WHERE queue IN (SELECT value FROM json_each(%s)) "
            "RETURNING status, reason, total",
            [json.dumps([name for name, _ in gone])],
        )
        self.count({}, created={FORMER_QUEUES: sum(created for _, created in gone)})
        settled: Counter[tuple[str, str, str]] = Counter()
        for status, reason, total in ended:
            settled[FORMER_QUEUES, status, reason] += total
        self.count_settled(settled)
        return len(gone)

    def _add_queues(self, names: Sequence[str]) -> Sequence[str]:
        added = self._all(
            "INSERT INTO zonda_queue (name, paused, queueing, running, failed, finished, created) "
            "SELECT value, false, 0, 0, 0, 0, 0 FROM json_each(%s) WHERE true ON CONFLICT (name) DO NOTHING "
            "RETURNING name",
            [json.dumps(list(names))],
        )
        return [name for (name,) in added]

    def count_settled(self, ended: Mapping[tuple[str, str, str], int]) -> None:
        self._run(
            "INSERT INTO zonda_settled (queue, status, reason, total) "
            "SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(%s) WHERE true "
            "ON CONFLICT (queue, status, reason) DO UPDATE SET total = total + excluded.total",
            [json.dumps([[*key, number] for key, number in ended.items()])],
        )

    def tally(self, now: datetime, counted: Mapping[tuple[str, str, str, int], int]) -> None:
        # Exactly as Django's ORM writes it: minutes are looked for by themselves.
        at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:00")
        # Of a batch in as many queues as tasks these rows are the most: by JSON they would cost half as much again.
        self._run_each(
            "INSERT INTO zonda_tally (at, queue, path, what, bucket, total) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (at, queue, path, what, bucket) DO UPDATE SET total = total + excluded.total",
            [(at, *key, number) for key, number in counted.items()],
        )

    def count_outcomes(self, deltas: Mapping[str, tuple[int, int]]) -> None:
        self._run(
            "UPDATE zonda_worker SET succeeded = succeeded + (r.value->>1), failed = failed + (r.value->>2) "
            "FROM json_each(%s) r WHERE incarnation = r.value->>0",
            [json.dumps([[incarnation, *outcomes] for incarnation, outcomes in deltas.items()])],
        )

    def pause(self, queue: str, reason: str | None, now: datetime) -> bool:
        new = self._add_queues([queue])
        self._run(
            "UPDATE zonda_queue SET paused_at = CASE WHEN paused THEN paused_at ELSE %s END, paused = true, "
            "pause_reason = %s WHERE name = %s",
            [text_of(now), plain(reason), queue],
        )
        return bool(new)

    def resume(self, queue: str) -> None:
        self._run(
            "UPDATE zonda_queue SET paused = false, pause_reason = NULL, paused_at = NULL WHERE name = %s", [queue]
        )
