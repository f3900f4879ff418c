"""The tables of the record. Read them anywhere; only `store` and its engine write them.

Counts that a page shows at every glance (tasks of a queue by status, outcomes of a worker) are columns kept in the same
transaction as the change they count: they are never counted out of the tasks.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from backend.tasks import lifecycle


class WorkerState(StrEnum):
    """Whether a worker takes tasks."""

    STARTING = "STARTING"
    READY = "READY"
    DRAINING = "DRAINING"
    LOST = "LOST"


def _choices(values: type[StrEnum]) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Task(models.Model):
    """One thing asked for. Order is by `seq`; `key` is its id to the outside and its idempotency key."""

    seq = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=64)
    """SHA-256 of what the client gave: the same id with another digest is a conflict (I3)."""

    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    args = models.JSONField()
    kwargs = models.JSONField()
    queue = models.CharField(max_length=64)
    priority = models.SmallIntegerField()

    status = models.CharField(max_length=8, choices=_choices(lifecycle.Status))
    reason = models.CharField(max_length=9, choices=_choices(lifecycle.Reason), null=True)
    error = models.TextField(null=True)
    result = models.JSONField(null=True)

    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    unstarted = models.PositiveSmallIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=64, null=True)
    """The incarnation that has the open grant; empty when none has."""
    worker_topic = models.CharField(max_length=7, null=True)
    """The topic of the worker that was last granted the task."""

    created_at = models.DateTimeField()
    run_after = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    """When a task that must still wait may be granted; empty as soon as it may."""
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "zonda_task"
        indexes = [
            # What may be granted, in the order of granting. Running and ended tasks are not in it, so it stays small.
            models.Index(
                "queue",
                F("priority").desc(),
                "seq",
                name="zonda_task_grantable",
                condition=Q(status="QUEUEING", holder=None, due_at=None),
            ),
            models.Index("due_at", name="zonda_task_scheduled", condition=Q(due_at__isnull=False)),
            models.Index("holder", "status", name="zonda_task_held", condition=Q(holder__isnull=False)),
            models.Index("status", "seq", name="zonda_task_status"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class Attempt(models.Model):
    """One try at a task by one worker. Written when it starts, or when its outcome overtakes the start."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    fence = models.BigIntegerField(unique=True)
    worker = models.CharField(max_length=7)
    incarnation = models.CharField(max_length=64)
    outcome = models.CharField(max_length=9, choices=_choices(lifecycle.Outcome), null=True)
    error = models.TextField(null=True)
    exception = models.TextField(null=True)
    traceback = models.TextField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "zonda_attempt"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="zonda_attempt_number")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.task_id}"


class Worker(models.Model):
    """One seat at the ventilator and the worker that last had it."""

    topic = models.CharField(max_length=7, primary_key=True)
    incarnation = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    host = models.CharField(max_length=255)
    pid = models.BigIntegerField()
    queues = models.JSONField()
    slots = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=_choices(WorkerState))
    succeeded = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    last_beat_at = models.DateTimeField()

    class Meta:
        db_table = "zonda_worker"

    def __str__(self) -> str:
        return f"{self.topic} {self.name}"


class Queue(models.Model):
    """A queue that has been used, and how many of its tasks have each status."""

    name = models.CharField(max_length=64, primary_key=True)
    queueing = models.PositiveBigIntegerField(default=0)
    running = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    finished = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "zonda_queue"

    def __str__(self) -> str:
        return self.name


class Epoch(models.Model):
    """The one row that says which ventilator may grant: the last that raised it (I13)."""

    only = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField()

    class Meta:
        db_table = "zonda_epoch"
        constraints = [models.CheckConstraint(condition=Q(only=1), name="zonda_epoch_one_row")]

    def __str__(self) -> str:
        return str(self.value)
