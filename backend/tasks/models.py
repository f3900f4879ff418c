"""The tables of the record. Read them anywhere; only `store` and its engine write them.

Counts that a page shows at every glance (tasks of a queue by status, outcomes of a worker) are columns kept in the same
transaction as the change they count: they are never counted out of the tasks.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from backend.tasks import lifecycle
from wire.messages import GRACE, PROGRESS_AT_MOST


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

    max_attempts = models.PositiveIntegerField(default=1)
    """Attempts of one round that may end by themselves; the first one counts (I6)."""
    timeout = models.FloatField(null=True)
    """Seconds after which an attempt is told to end; empty for never."""
    grace = models.FloatField(default=GRACE)
    """Seconds from being told to end until being killed."""
    retry_delay = models.FloatField(default=lifecycle.RETRY_DELAY)
    """Seconds before the second attempt; each further one waits twice as long."""

    round = models.PositiveIntegerField(default=1)
    """Counts the retries by hand from 1: in each round `tries`, `losses` and `unstarted` begin at 0."""
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    unstarted = models.PositiveSmallIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=64, null=True)
    """The incarnation that has the open grant; empty when none has."""
    worker_topic = models.CharField(max_length=7, null=True)
    """The topic of the worker that was last granted the task."""
    cancelling = models.BooleanField(default=False)
    """Somebody has cancelled it while a worker had it: it is never granted again, and what ends it ends it for good."""

    progress_fraction = models.FloatField(null=True)
    progress_message = models.CharField(max_length=PROGRESS_AT_MOST, null=True)
    failure_key = models.CharField(max_length=32, null=True)
    """What failed tasks of one kind of failure have in common."""

    created_at = models.DateTimeField()
    run_after = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    """When a task that must still wait may be granted; empty as soon as it may."""
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    revision = models.PositiveBigIntegerField(default=0)
    """That of the last transaction that changed the row: whoever copies rows elsewhere goes by it."""

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
            models.Index("holder", name="zonda_task_cancelling", condition=Q(cancelling=True, holder__isnull=False)),
            models.Index(
                "expires_at",
                name="zonda_task_expiring",
                condition=Q(status="QUEUEING", holder=None, expires_at__isnull=False),
            ),
            models.Index("status", "seq", name="zonda_task_status"),
            models.Index("finished_at", "seq", name="zonda_task_ended", condition=Q(finished_at__isnull=False)),
            # With all that is told of a kind of failure: of the tasks themselves none is looked at.
            models.Index(
                "failure_key", "finished_at", "name", name="zonda_task_kind", condition=Q(failure_key__isnull=False)
            ),
            models.Index("reason", "seq", name="zonda_task_reason", condition=Q(reason__isnull=False)),
            models.Index("name", "seq", name="zonda_task_name"),
            models.Index("queue", "seq", name="zonda_task_queue"),
            models.Index("worker_topic", "seq", name="zonda_task_worker", condition=Q(worker_topic__isnull=False)),
            models.Index("created_at", name="zonda_task_created"),
            models.Index("started_at", "seq", name="zonda_task_started", condition=Q(started_at__isnull=False)),
            # Nearly all tasks have none, and cost nothing.
            models.Index("priority", "seq", name="zonda_task_priority", condition=~Q(priority=0)),
            models.Index("revision", "seq", name="zonda_task_revision"),
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
    next_due_at = models.DateTimeField(null=True)
    """Until when the task had to wait after it; empty when it had not to, or had no further attempt to wait for."""

    class Meta:
        db_table = "zonda_attempt"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="zonda_attempt_number")]
        indexes = [
            # With the error, which tells those that were lost with their worker from those whose process was: of one
            # worker these may be thousands.
            models.Index("incarnation", "error", "fence", name="zonda_attempt_lost", condition=Q(outcome="LOST")),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.task_id}"


class LogLine(models.Model):
    """A line of what an attempt printed or logged, while it ran. `number` counts the attempt's lines from 1."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="log_lines")
    fence = models.BigIntegerField()
    """The attempt's: its row may be written later than its first lines."""
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    stream = models.CharField(max_length=16)
    text = models.TextField()

    class Meta:
        db_table = "zonda_log_line"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["fence", "number"], name="zonda_log_line_number")]

    def __str__(self) -> str:
        return self.text


class Event(models.Model):
    """Something that was done to a task by hand: `cancelled`, `retried`. What else happened its attempts tell."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    by = models.CharField(max_length=200, null=True)
    """Who did it, where that is known."""

    class Meta:
        db_table = "zonda_event"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"


class Worker(models.Model):
    """One seat at the ventilator and the worker that last had it.

    That of a LOST worker stays for an hour after it was last heard, or until another one is given its seat.
    """

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
    drain_asked = models.BooleanField(default=False)
    """Somebody wants this incarnation to drain."""

    class Meta:
        db_table = "zonda_worker"

    def __str__(self) -> str:
        return f"{self.topic} {self.name}"


class Queue(models.Model):
    """A queue that has been used or paused, and how many of its tasks have each status.

    `created` counts the tasks that it ever had: it never falls.
    """

    name = models.CharField(max_length=64, primary_key=True)
    paused = models.BooleanField(default=False)
    pause_reason = models.TextField(null=True)
    paused_at = models.DateTimeField(null=True)
    created = models.PositiveBigIntegerField(default=0)
    queueing = models.PositiveBigIntegerField(default=0)
    running = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    finished = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "zonda_queue"

    def __str__(self) -> str:
        return self.name


class Settled(models.Model):
    """How many tasks of a queue have ended so, ever: it never falls. `reason` is empty for FINISHED."""

    queue = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=_choices(lifecycle.Status))
    reason = models.CharField(max_length=9, default="")
    total = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "zonda_settled"
        constraints = [models.UniqueConstraint(fields=["queue", "status", "reason"], name="zonda_settled_of_queue")]

    def __str__(self) -> str:
        return f"{self.queue} {self.status} {self.reason}: {self.total}"


class Tally(models.Model):
    """How many there were in one minute, by the record's clock, of what one queue and one task function had.

    `what` is created, finished, failed; or waited and ran, whose `bucket` is that of a histogram. The rows without
    queue and path count the whole record. What there was nothing of has no row.
    """

    pk = models.CompositePrimaryKey("at", "queue", "path", "what", "bucket")
    at = models.DateTimeField()
    queue = models.CharField(max_length=64)
    path = models.CharField(max_length=400)
    what = models.CharField(max_length=8)
    bucket = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "zonda_tally"

    def __str__(self) -> str:
        return f"{self.at} {self.queue} {self.path} {self.what}: {self.total}"


class RejectedMessage(models.Model):
    """Something that came on `TASKS` and could not become a task. `body` is cut."""

    received_at = models.DateTimeField()
    body = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "zonda_rejected_message"

    def __str__(self) -> str:
        return self.reason


class Tombstone(models.Model):
    """A task that was deleted by hand: whoever copies rows elsewhere takes it away there too."""

    key = models.CharField(max_length=200)
    revision = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "zonda_tombstone"
        indexes = [models.Index("revision", name="zonda_tombstone_revision")]

    def __str__(self) -> str:
        return self.key


class Revision(models.Model):
    """The one row that says how many transactions have changed tasks."""

    only = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField()

    class Meta:
        db_table = "zonda_revision"
        constraints = [models.CheckConstraint(condition=Q(only=1), name="zonda_revision_one_row")]

    def __str__(self) -> str:
        return str(self.value)


class Clock(models.Model):
    """The one row that says how many seconds the wall clock was ahead of the machine's steady one, in which boot.

    `forward`: how many seconds it has jumped forward in all, the last time at `jumped_at`.
    """

    only = models.PositiveSmallIntegerField(primary_key=True, default=1)
    boot = models.CharField(max_length=64)
    ahead = models.FloatField()
    forward = models.FloatField(default=0)
    jumped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "zonda_clock"
        constraints = [models.CheckConstraint(condition=Q(only=1), name="zonda_clock_one_row")]

    def __str__(self) -> str:
        return f"{self.ahead} s since {self.boot}"


class Epoch(models.Model):
    """The one row that says which ventilator may grant: the last that raised it (I13)."""

    only = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField()

    class Meta:
        db_table = "zonda_epoch"
        constraints = [models.CheckConstraint(condition=Q(only=1), name="zonda_epoch_one_row")]

    def __str__(self) -> str:
        return str(self.value)
