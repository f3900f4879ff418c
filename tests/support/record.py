"""The record as tests fill it: tasks, a ventilator's grants, and what workers report."""

from itertools import count, islice
from typing import Any

from django.db.models import Sum
from msgspec import Raw

from backend.tasks import store
from backend.tasks.drafts import Draft, draft
from backend.tasks.grants import Choice, Closing, Granted, WorkerRow
from backend.tasks.lifecycle import Status
from backend.tasks.models import Attempt, Queue, Tally, Task, Worker
from backend.tasks.offer import Offer
from wire.messages import (
    AttemptCancelled,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
)

X = "incarnation-x"
Y = "incarnation-y"


def a_draft(*args: object, name: str = "echo", **options: Any) -> Draft:
    """A draft of `echo`, which takes one argument of any kind."""
    return draft(name=name, args=list(args) or [None], **options)


def a_task(*args: object, **options: Any) -> Task:
    (task,) = store.create([a_draft(*args, **options)])
    return task


class AVentilator:
    """Grants as the ventilator does, each under the next fence of its epoch."""

    def __init__(self) -> None:
        self.epoch = store.raise_epoch(0)
        self._counter = count(1)

    def fence(self) -> int:
        return self.epoch << 32 | next(self._counter)

    def grant(
        self, limit: int = 100, *, to: str = X, topic: str = "W1", queues: frozenset[str] | None = None
    ) -> Granted:
        """Everything there is, up to `limit`, to one worker."""

        def all_of_them(offer: Offer) -> list[Choice]:
            return [Choice(candidate.seq, self.fence(), to, topic) for candidate in islice(offer, limit)]

        return store.grant(self.epoch, queues=queues, limit=limit, choose=all_of_them)

    def grant_one(self, **options: Any) -> "Grip":
        (granted,) = self.grant(1, **options).grants
        return Grip(granted.task_id, granted.fence, granted.holder)

    def seat(self, incarnation: str = X, topic: str = "W1", *, state: str = "READY", slots: int = 1) -> None:
        row = WorkerRow(topic, incarnation, "a worker", "localhost", 1, ("*",), slots, state)
        store.write_workers(self.epoch, [row])


class Grip:
    """A worker's grant, and the reports that it may make of it."""

    def __init__(self, task_id: str, fence: int, holder: str) -> None:
        self.task_id, self.fence, self.holder = task_id, fence, holder
        self._common: dict[str, Any] = {
            "task_id": task_id,
            "attempt": 1,
            "fence": fence,
            "worker": "W1",
            "incarnation": holder,
        }

    def started(self) -> AttemptStarted:
        return AttemptStarted(**self._common)

    def succeeded(self, result: bytes = b"3", ran: float = 0.0) -> AttemptSucceeded:
        return AttemptSucceeded(**self._common, ran=ran, result=Raw(result))

    def failed(
        self, error: str = "ValueError: no", ran: float = 0.0, traceback: str = "Traceback: no", **more: Any
    ) -> AttemptFailed:
        return AttemptFailed(
            **self._common, ran=ran, error=error, exception="builtins.ValueError", traceback=traceback, **more
        )

    def lost(self, error: str = "killed by SIGKILL") -> AttemptLost:
        return AttemptLost(**self._common, ran=0.0, error=error)

    def timed_out(self, error: str = "not within 0.5 s", traceback: str = "") -> AttemptTimedOut:
        return AttemptTimedOut(**self._common, ran=0.5, error=error, traceback=traceback)

    def cancelled(self, error: str = "cancelled", traceback: str = "") -> AttemptCancelled:
        return AttemptCancelled(**self._common, ran=0.5, error=error, traceback=traceback)

    def closing(self, cause: Any) -> Closing:
        return Closing(self.fence, self.holder, self.task_id, cause)

    def row(self) -> Task:
        return Task.objects.get(key=self.task_id)


def make_due() -> None:
    """Let every pause be over."""
    Task.objects.filter(due_at__isnull=False).update(due_at=None)


def tallied() -> dict[str, int]:
    """How many there were ever, in every minute together, of what the record counts by the minute."""
    whole = Tally.objects.filter(queue="", path="")
    return dict(whole.values_list("what").annotate(Sum("total")).order_by())


def check_record() -> None:
    """What holds after every transaction: I6, I7, I11, and the counters beside what they count."""
    for queue in Queue.objects.all():
        counted = {status: Task.objects.filter(queue=queue.name, status=status).count() for status in Status}
        kept = {
            Status.QUEUEING: queue.queueing,
            Status.RUNNING: queue.running,
            Status.FAILED: queue.failed,
            Status.FINISHED: queue.finished,
        }
        assert kept == counted, f"counters of {queue.name}"
    for worker in Worker.objects.all():
        ended = Attempt.objects.filter(incarnation=worker.incarnation)
        # Not fewer: what was deleted since has been counted too.
        assert worker.succeeded >= ended.filter(outcome="SUCCEEDED").count(), f"successes of {worker.topic}"
        assert worker.failed >= ended.exclude(outcome="SUCCEEDED").exclude(outcome=None).count(), worker.topic
    for task in Task.objects.prefetch_related("attempts"):
        attempts = list(task.attempts.all())
        assert [attempt.number for attempt in attempts] == list(range(1, task.attempt + 1)), "numbered without gaps"
        still_open = [attempt for attempt in attempts if attempt.outcome is None]
        assert len(still_open) == (task.status == Status.RUNNING), "RUNNING means one open attempt"
        assert (task.holder is None) or (task.status in (Status.QUEUEING, Status.RUNNING)), "terminal: no holder"
        assert (task.status != Status.RUNNING) or task.holder, "RUNNING has a holder"
        assert (task.reason is not None) == (task.status == Status.FAILED), "a reason means FAILED"
        assert (task.finished_at is not None) == (task.status in (Status.FAILED, Status.FINISHED)), "ended at"
        assert task.losses <= 3, "losses"
        assert task.tries <= task.max_attempts, "tries"
        assert not (task.cancelling and task.status == Status.QUEUEING and task.holder is None), "cancelled and waiting"
