"""What can be asked of the record of a million tasks: filters that fit much and little, places deep in its orders."""

import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

_COLUMNS: Final = {"CREATED": None, "STARTED": "started_at", "FINISHED": "finished_at", "PRIORITY": "priority"}
_DEPTHS: Final = (0.1, 0.5, 0.95)

type Filter = dict[str, Any]


class Places:
    """Read from the record's file at each question."""

    def __init__(self, record: Path) -> None:
        self._record = record
        (self._many,) = self._row("SELECT max(seq) FROM zonda_task")
        (self._key,) = self._row("SELECT failure_key FROM zonda_task WHERE status = 'FAILED' AND failure_key NOT NULL")
        self._first, self._last = (self._created(seq) for seq in (1, self._many))

    def filters(self) -> Iterator[tuple[str, Filter]]:
        """Each part of a filter by itself, with what fits many tasks, few and none; and parts that go together."""
        yield "no filter", {}
        yield from ((f"status {one}", {"status": [one]}) for one in ("QUEUEING", "RUNNING", "FAILED", "FINISHED"))
        yield "two statuses", {"status": ["RUNNING", "FINISHED"]}
        yield from ((f"reason {one}", {"reason": [one]}) for one in ("ERROR", "LOST", "CANCELLED", "EXPIRED"))
        yield "name", {"name": ["send_mail"]}
        yield "name rare", {"name": ["close_year"]}
        yield "name by path", {"name": ["shop.tasks.make_pdf"]}
        yield "name of none", {"name": ["nothing"]}
        yield "three names", {"name": ["send_mail", "move_house", "check_feed"]}
        yield "queue", {"queue": ["default"]}
        yield "queue rare", {"queue": ["audit"]}
        yield "queue of none", {"queue": ["nothing"]}
        yield "worker", {"worker": ["W3"]}
        yield "worker of none", {"worker": ["W999"]}
        yield "failure", {"failure": [self._key]}
        yield "created in the last hour", {"createdAfter": self._moment(self._last - timedelta(hours=1))}
        yield "created until two days ago", {"createdBefore": self._moment(self._last - timedelta(days=2))}
        yield "created on the first day", {"createdBefore": self._moment(self._first + timedelta(days=1))}
        day = {
            "createdAfter": self._moment(self._last - timedelta(days=4)),
            "createdBefore": self._moment(self._last - timedelta(days=3)),
        }
        yield "created on one day", day
        yield "status and queue", {"status": ["FAILED"], "queue": ["mail"]}
        yield "status and queue rare", {"status": ["RUNNING"], "queue": ["audit"]}
        yield "status and name", {"status": ["FAILED"], "name": ["make_image"]}
        yield "status and worker", {"status": ["FAILED"], "worker": ["W7"]}
        yield "status and day", {"status": ["FAILED"], **day}
        yield "queue and name", {"queue": ["video"], "name": ["check_index"]}
        yield "queue and name of none", {"queue": ["audit"], "name": ["check_index"]}
        yield "queue and day", {"queue": ["reports"], **day}
        yield "name and worker", {"name": ["send_order"], "worker": ["W3"]}
        yield "reason and queue", {"reason": ["TIMEOUT"], "queue": ["default"]}
        yield "failure and name", {"failure": [self._key], "name": ["send_mail"]}

    def searches(self) -> Iterator[tuple[str, Filter]]:
        """What is near, far, nowhere, and beside a filter."""
        key, deep = (self._row("SELECT key FROM zonda_task WHERE seq = ?", seq)[0] for seq in (self._many, 1000))
        yield "much", {"search": "customer"}
        yield "few", {"search": "customer-77"}
        yield "nowhere", {"search": "Lindwurm"}
        yield "nowhere, not ASCII", {"search": "Ärger"}
        yield "a call that was made nowhere", {"search": 'send_mail(to="Lindwurm", copies=3)'}
        yield "the newest id", {"search": key}
        yield "an old id", {"search": deep}
        yield "a part of an old id", {"search": deep[:23]}
        yield "an error", {"search": "has no lines"}
        yield "an error beside FAILED", {"search": "order 100 has", "status": ["FAILED"]}
        yield "beside a rare queue", {"search": "customer-7", "queue": ["audit"]}
        yield "beside a queue", {"search": "Lindwurm", "queue": ["mail"]}
        yield "beside a worker", {"search": "Lindwurm", "worker": ["W3"]}
        yield "beside a day", {"search": "Lindwurm", "createdBefore": self._moment(self._last - timedelta(days=3))}

    def newest(self, number: int) -> Sequence[str]:
        """The cursors of the newest tasks."""
        return [self._cursor({"field": "CREATED"}, self._many - n) for n in range(number)]

    def deep(self, order: Mapping[str, Any]) -> str:
        return self._cursor(order, self._many // 2)

    def pages(self, order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The first and the last page of the order, and some between."""
        yield {"first": 50}
        yield {"last": 50}
        for depth in _DEPTHS:
            cursor = self._cursor(order, int(self._many * depth))
            yield {"first": 50, "after": cursor}
            yield {"last": 50, "before": cursor}

    def _cursor(self, order: Mapping[str, Any], seq: int) -> str:
        # As `backend.api.connection` writes it.
        column = _COLUMNS[order["field"]]
        kind = "seq" if column is None else order["field"].lower()
        text = f"{kind}:{seq}"
        if column is not None:
            (value,) = self._row(f"SELECT {column} FROM zonda_task WHERE seq = ?", seq)  # noqa: S608
            text += f":{value if isinstance(value, int) else self._moment(datetime.fromisoformat(value))}"
        return urlsafe_b64encode(text.encode()).decode()

    def _created(self, seq: int) -> datetime:
        return datetime.fromisoformat(self._row("SELECT created_at FROM zonda_task WHERE seq = ?", seq)[0])

    @staticmethod
    def _moment(read: datetime) -> str:
        return read.replace(tzinfo=UTC).isoformat()

    def _row(self, sql: str, *parameters: int) -> tuple[Any, ...]:
        with closing(sqlite3.connect(self._record)) as record:
            row: tuple[Any, ...] = record.execute(sql, parameters).fetchone()
            return row
