"""Operations executed in the test's own thread and transaction, and what they find in the record."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import F

from backend.api.answer import Media
from backend.api.documents import prepare
from backend.api.execution import Call, execute
from backend.api.schema import schema
from backend.tasks import models, store
from backend.tasks.drafts import draft
from backend.tasks.ledger import VANISHED


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation answered."""

    status: int
    data: Any
    errors: list[dict[str, Any]]

    @property
    def error(self) -> dict[str, Any]:
        """The only error."""
        assert len(self.errors) == 1, self.errors
        return self.errors[0]

    @property
    def code(self) -> str:
        """The code of the only error."""
        return str(self.error["extensions"]["code"])


Run = Callable[..., Result]


@pytest.fixture
def run(db: None) -> Run:
    """Execute a text with these variables; `service` with the rights of the sink."""

    def running(text: str, *, service: bool = False, **variables: Any) -> Result:
        document = prepare(text, schema.graphql_schema)
        answer = execute(schema.graphql_schema, Call(document, variables, None, Media.RESPONSE, service))
        content = json.loads(answer.body)
        return Result(answer.status, content.get("data"), content.get("errors", []))

    return running


NOW = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)


def a_task(**columns: Any) -> models.Task:
    """A task of `add` in the record, with these columns."""
    (task,) = store.create([draft(name="add", args=[1, 2], queue=columns.pop("queue", None))])
    models.Task.objects.filter(seq=task.seq).update(**columns)
    return models.Task.objects.get(seq=task.seq)


def a_running_task(worker: models.Worker, **columns: Any) -> models.Task:
    """A task that this worker runs, with its attempt."""
    task = a_task(status="QUEUEING", holder=worker.incarnation, worker_topic=worker.topic)
    fence = 1000 + task.seq
    models.Task.objects.filter(seq=task.seq).update(status="RUNNING", fence=fence, attempt=1, started_at=NOW, **columns)
    models.Queue.objects.filter(name=task.queue).update(queueing=F("queueing") - 1, running=F("running") + 1)
    models.Attempt.objects.create(
        task=task, number=1, fence=fence, worker=worker.topic, incarnation=worker.incarnation, started_at=NOW
    )
    return models.Task.objects.get(seq=task.seq)


def a_lost_task(worker: models.Worker, **columns: Any) -> models.Task:
    """A task that waits for its second attempt, since the first was lost with this worker."""
    task = a_running_task(worker)
    models.Attempt.objects.filter(task=task).update(outcome="LOST", error=VANISHED, finished_at=NOW)
    models.Task.objects.filter(seq=task.seq).update(**{"status": "QUEUEING", "holder": None, "losses": 1, **columns})
    models.Queue.objects.filter(name=task.queue).update(queueing=F("queueing") + 1, running=F("running") - 1)
    return models.Task.objects.get(seq=task.seq)


def a_worker(topic: str, **columns: Any) -> models.Worker:
    """A worker that is ready, at this topic."""
    plain = {"name": f"worker-{topic}", "host": "here", "pid": 1, "queues": ["*"], "slots": 1, "state": "READY"}
    return models.Worker.objects.create(
        topic=topic, incarnation=f"incarnation-{topic}", last_beat_at=NOW, **{**plain, **columns}
    )
