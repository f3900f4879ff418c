"""The types of the schema. What a field promises stands in its description."""

from datetime import datetime
from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo
from msgspec import Raw

from backend.api.lists import list_of
from backend.api.loading import viewer
from backend.api.scalars import JSON, DateTime
from backend.api.sizes import size
from backend.api.stats import Stats, asked, by_minute, minutes_asked
from backend.tasks import history, lifecycle, models, registry, waiting
from backend.tasks.minutes import Stats as FoundStats
from backend.tasks.texts import Column

TaskStatus = graphene.Enum.from_enum(lifecycle.Status, name="TaskStatus", description="Where a task stands.")
FailureReason = graphene.Enum.from_enum(lifecycle.Reason, name="FailureReason", description="Why a task is FAILED.")
AttemptOutcome = graphene.Enum.from_enum(lifecycle.Outcome, name="AttemptOutcome", description="How an attempt ended.")
WorkerState = graphene.Enum.from_enum(
    models.WorkerState, name="WorkerState", description="Whether a worker takes tasks; LOST once it has fallen silent."
)


class LogLine(DjangoObjectType):
    """A line of what an attempt printed or logged."""

    class Meta:
        model = models.LogLine
        fields = ()

    number = graphene.Int(required=True, description="Counted from 1 in each attempt; one that is missing was lost.")
    at = DateTime(required=True, description="When it was printed.")
    stream = graphene.String(
        required=True, description="stdout, stderr, log, or worker for what the worker says of the lines."
    )
    text = graphene.String(required=True, description="The line, without its end.")


class Attempt(DjangoObjectType):
    """One try at a task by one worker."""

    class Meta:
        model = models.Attempt
        fields = ()

    number = graphene.Int(required=True, description="Counted from 1, without gaps.")
    worker = graphene.String(required=True, description="The topic of the worker that had it.")
    outcome = graphene.Field(AttemptOutcome, description="How it ended; null while it runs.")
    error = graphene.String(description="What went wrong, in one line.")
    traceback = graphene.String(description="Where the task function raised.")
    started_at = DateTime(description="When the task function was called; null when the worker was lost before.")
    finished_at = DateTime(description="When the record heard how it ended.")
    next_due_at = DateTime(
        description="Until when its task had to wait after it; null when it may go on at once, or has ended with it."
    )
    log = graphene.Field(
        list_of(LogLine),
        first=graphene.Int(description="So many lines; 100 unless given, at most 500."),
        after=graphene.Int(description="Only lines with higher numbers than this one."),
        description="What it printed and logged, in its order, while it runs too.",
    )

    @staticmethod
    def resolve_log(
        attempt: models.Attempt, info: GraphQLResolveInfo, first: int | None = None, after: int | None = None
    ) -> list[models.LogLine]:
        limit = size("first", first, usual=100)
        return viewer(info).log(attempt, after=max(0, after or 0), limit=limit)


class TaskEvent(graphene.ObjectType):
    """Something that happened to a task."""

    at = DateTime(required=True, description="When.")
    kind = graphene.String(
        required=True,
        description="created, started, succeeded, failed, timed-out, lost, cancelled, expired, rejected or retried.",
    )
    attempt = graphene.Int(description="The attempt that it happened to, if it did to one.")
    worker = graphene.String(description="The topic of the worker that had the attempt.")
    by = graphene.String(description="Who did it by hand, where that is known.")


class Progress(graphene.ObjectType):
    """How far a running attempt is."""

    fraction = graphene.Float(description="From 0 to 1.")
    message = graphene.String(description="In words.")


class Task(DjangoObjectType):
    """One thing asked for; lasting."""

    class Meta:
        model = models.Task
        fields = ()

    id = graphene.ID(required=True, description="The id the client gave, or a UUIDv7.")
    name = graphene.String(required=True, description="The short name of its task function.")
    path = graphene.String(required=True, description="The full path of its task function.")
    args = JSON(required=True, description="The arguments by position: an array.")
    kwargs = JSON(required=True, description="The arguments by name: an object.")
    queue = graphene.String(required=True, description="The lane it waits in.")
    priority = graphene.Int(required=True, description="−100 to 100; a higher one is granted first in its queue.")
    status = TaskStatus(required=True, description="Where it stands.")
    reason = FailureReason(description="Why it is FAILED; null otherwise.")
    error = graphene.String(description="What went wrong, in one line; null unless it is FAILED.")
    result = JSON(description="What the task function returned; null unless it is FINISHED.")
    waiting = graphene.String(
        description="Why it is not running yet, in one sentence with instants; null unless it is QUEUEING."
    )
    estimated_start_at = DateTime(description="When it starts, where only time is in the way; null otherwise.")
    progress = graphene.Field(
        Progress, description="How far its attempt is, by the task function's own word; null when it says nothing."
    )
    attempt = graphene.Int(required=True, description="The number of the last attempt started; 0 before the first.")
    max_attempts = graphene.Int(
        required=True, description="How many attempts of one round may end by an error or a timeout."
    )
    tries = graphene.Int(required=True, description="How many attempts of this round have ended by themselves.")
    round = graphene.Int(required=True, description="Counts from 1 how often it was asked for: retries by hand.")
    timeout = graphene.Float(description="Seconds after which an attempt is told to end; null for never.")
    cancelling = graphene.Boolean(
        required=True, description="Whether it was cancelled while a worker had it, so that it gets no further attempt."
    )
    attempts = graphene.Field(list_of(Attempt), description="Every try at it, the first one first.")
    worker = graphene.Field(
        lambda: Worker, description="The worker that has it, or had it when it ended; null while it waits for one."
    )
    events = graphene.Field(list_of(TaskEvent), description="What has happened to it, the first first.")
    created_at = DateTime(required=True, description="When the record took it.")
    run_after = DateTime(description="It does not start before; null when it may at once.")
    due_at = DateTime(
        description="It is not granted before: it is scheduled, or between attempts; null when it may be."
    )
    expires_at = DateTime(description="It is not started after; null for never.")
    first_started_at = DateTime(description="When its first attempt started, in whichever round; null before.")
    started_at = DateTime(description="When its last attempt started.")
    finished_at = DateTime(description="When it became FAILED or FINISHED.")

    @staticmethod
    def resolve_id(task: models.Task, _info: GraphQLResolveInfo) -> str:
        return task.key

    @staticmethod
    def resolve_args(task: models.Task, info: GraphQLResolveInfo) -> Raw | None:
        return viewer(info).values.of(task, Column.ARGS)

    @staticmethod
    def resolve_kwargs(task: models.Task, info: GraphQLResolveInfo) -> Raw | None:
        return viewer(info).values.of(task, Column.KWARGS)

    @staticmethod
    def resolve_result(task: models.Task, info: GraphQLResolveInfo) -> Raw | None:
        return viewer(info).values.of(task, Column.RESULT)

    @staticmethod
    def resolve_waiting(task: models.Task, info: GraphQLResolveInfo) -> str | None:
        facts = viewer(info).facts(task)
        return None if facts is None else waiting.why(facts)

    @staticmethod
    def resolve_estimated_start_at(task: models.Task, info: GraphQLResolveInfo) -> datetime | None:
        facts = viewer(info).facts(task)
        return None if facts is None else waiting.estimated_start(facts)

    @staticmethod
    def resolve_events(task: models.Task, info: GraphQLResolveInfo) -> list[history.Happening]:
        return history.happenings(task, viewer(info).attempts(task), viewer(info).events(task))

    @staticmethod
    def resolve_progress(task: models.Task, _info: GraphQLResolveInfo) -> dict[str, float | str | None] | None:
        if task.progress_fraction is None and task.progress_message is None:
            return None
        return {"fraction": task.progress_fraction, "message": task.progress_message}

    @staticmethod
    def resolve_attempts(task: models.Task, info: GraphQLResolveInfo) -> list[models.Attempt]:
        return viewer(info).attempts(task)

    @staticmethod
    def resolve_first_started_at(task: models.Task, info: GraphQLResolveInfo) -> datetime | None:
        return viewer(info).first_started_at(task)

    @staticmethod
    def resolve_worker(task: models.Task, info: GraphQLResolveInfo) -> models.Worker | None:
        return viewer(info).worker(task)


class Worker(DjangoObjectType):
    """A worker process, by the topic it is reached on: one row of the load table.

    One that is LOST stays for an hour after it was last heard, or until another one is given its seat.
    """

    class Meta:
        model = models.Worker
        fields = ()

    topic = graphene.ID(required=True, description='Its seat, such as "W1"; given again once its worker has left.')
    name = graphene.String(required=True, description="What it calls itself.")
    host = graphene.String(required=True, description="The machine it runs on.")
    pid = graphene.Int(required=True, description="Its process there.")
    queues = graphene.Field(list_of(graphene.String), description='The queues it serves; ["*"] is every queue.')
    slots = graphene.Int(required=True, description="How many tasks it runs at a time.")
    current = graphene.Int(required=True, description="How many tasks it runs now.")
    pending = graphene.Int(required=True, description="How many tasks it has been sent and has not started.")
    succeeded = graphene.Int(required=True, description="How many of its attempts succeeded.")
    failed = graphene.Int(required=True, description="How many of its attempts ended otherwise.")
    state = WorkerState(required=True, description="Whether it takes tasks.")
    last_beat_at = DateTime(required=True, description="When it was last heard, in steps of ten seconds.")
    tasks = graphene.Field(list_of(Task), description="What it has now, the oldest first.")
    lost_tasks = graphene.Field(
        list_of(Task),
        first=graphene.Int(description="So many tasks; 50 unless given, at most 500."),
        description="What it ran when it was lost, as it is now, the last granted first; empty unless it is LOST.",
    )

    @staticmethod
    def resolve_current(worker: models.Worker, info: GraphQLResolveInfo) -> int:
        return viewer(info).load(worker).current

    @staticmethod
    def resolve_pending(worker: models.Worker, info: GraphQLResolveInfo) -> int:
        return viewer(info).load(worker).pending

    @staticmethod
    def resolve_tasks(worker: models.Worker, info: GraphQLResolveInfo) -> list[models.Task]:
        return viewer(info).held(worker)

    @staticmethod
    def resolve_lost_tasks(
        worker: models.Worker, info: GraphQLResolveInfo, first: int | None = None
    ) -> list[models.Task]:
        return viewer(info).lost_with(worker, limit=size("first", first))


class Queue(DjangoObjectType):
    """A lane that tasks wait in."""

    class Meta:
        model = models.Queue
        fields = ()

    name = graphene.String(required=True, description="Its name.")
    paused = graphene.Boolean(required=True, description="Whether nothing of it is started for now.")
    pause_reason = graphene.String(description="Why it is paused, if somebody said so.")
    queueing = graphene.Int(required=True, description="How many of its tasks wait, or are with a worker unstarted.")
    running = graphene.Int(required=True, description="How many of its tasks run.")
    oldest_queued_at = DateTime(
        description="Since when the task that waits longest in it could have been running; null when none waits."
    )
    stats = graphene.Field(Stats, required=True, description="How much was done of it when.", args=minutes_asked())

    @staticmethod
    def resolve_oldest_queued_at(queue: models.Queue, info: GraphQLResolveInfo) -> datetime | None:
        return viewer(info).oldest_queued_at(queue)

    @staticmethod
    def resolve_stats(queue: models.Queue, info: GraphQLResolveInfo, **which: Any) -> FoundStats:
        return viewer(info).stats_of_queue(queue, asked(info, **which), by_minute=by_minute(info))


class TaskType(graphene.ObjectType):
    """What can be asked for: a task function, with what it takes."""

    name = graphene.String(required=True, description="Its short name; its full path where two share the short one.")
    path = graphene.String(required=True, description="Where it stands in the code.")
    description = graphene.String(required=True, description="Its docstring.")
    queue = graphene.String(required=True, description="The queue its tasks wait in unless they name another.")
    max_attempts = graphene.Int(required=True, description="Attempts a task has unless it asks for others.")
    timeout = graphene.Float(description="Seconds an attempt has unless its task asks for others; null for no limit.")
    parameters = JSON(required=True, description="JSON Schema of its signature.")
    stats = graphene.Field(
        Stats, required=True, description="How much was done of its tasks when.", args=minutes_asked()
    )

    @staticmethod
    def resolve_max_attempts(kind: registry.TaskType, _info: GraphQLResolveInfo) -> int:
        return kind.limits.max_attempts

    @staticmethod
    def resolve_timeout(kind: registry.TaskType, _info: GraphQLResolveInfo) -> float | None:
        return kind.limits.timeout

    @staticmethod
    def resolve_stats(kind: registry.TaskType, info: GraphQLResolveInfo, **which: Any) -> FoundStats:
        return viewer(info).stats_of_type(kind, asked(info, **which), by_minute=by_minute(info))
