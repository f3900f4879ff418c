"""What the API takes and tells, typed. Field names are the API's, in Python's spelling."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct


class Status(StrEnum):
    """Where a task stands."""

    QUEUEING = "QUEUEING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"

    @property
    def ended(self) -> bool:
        return self in {Status.FAILED, Status.FINISHED}


class Reason(StrEnum):
    """Why a task is FAILED."""

    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    LOST = "LOST"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


class Options(Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """How a task is to be run; what is None takes the task function's own default. Instants need a time zone."""

    id: str | None = None
    queue: str | None = None
    priority: int | None = None
    run_after: datetime | None = None
    expires_at: datetime | None = None
    timeout: float | None = None
    max_attempts: int | None = None


class Draft(Options, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A task to create."""

    name: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = {}


class Filter(Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """Which tasks: those that fit every field given. A tuple fits when one of its values does; none given fits all."""

    status: tuple[Status, ...] = ()
    reason: tuple[Reason, ...] = ()
    name: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    worker: tuple[str, ...] = ()
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class Seat(Struct, frozen=True):
    """The worker that has a task, or had it when it ended."""

    topic: str


class Attempt(Struct, frozen=True, rename="camel"):
    """One try at a task by one worker."""

    number: int
    worker: str
    outcome: str | None
    error: str | None
    traceback: str | None
    started_at: datetime | None
    finished_at: datetime | None


class Progress(Struct, frozen=True):
    """How far a task says it is: a fraction of 1, and a word about it."""

    fraction: float | None
    message: str | None


class Row(Struct, frozen=True, rename="camel", kw_only=True):
    """A task as lists show it: without what may be large."""

    id: str
    name: str
    queue: str
    priority: int
    status: Status
    reason: Reason | None
    error: str | None
    waiting: str | None
    progress: Progress | None
    attempt: int
    max_attempts: int
    timeout: float | None
    worker: Seat | None
    created_at: datetime
    run_after: datetime | None
    expires_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class Task(Row, frozen=True, rename="camel", kw_only=True):
    """A task, whole."""

    args: list[Any]
    kwargs: dict[str, Any]
    result: Any
    attempts: list[Attempt]


class Key(Struct, frozen=True):
    """What names a task, where it stands, and why it does not run yet, if that was asked for."""

    id: str
    status: Status
    waiting: str | None = None


class LogLine(Struct, frozen=True):
    """A line that an attempt printed or logged; `number` counts the attempt's lines from 1."""

    number: int
    at: datetime
    stream: str
    text: str


class LoggedAttempt(Struct, frozen=True):
    """An attempt with some of its lines."""

    number: int
    worker: str
    log: list[LogLine]


class Logged(Struct, frozen=True):
    """A task with some of the lines of its attempts."""

    status: Status
    attempts: list[LoggedAttempt]


class Created(Struct, frozen=True):
    """What `createTasks` answers."""

    created: int
    existing: int
    tasks: list[Key]


class PageInfo(Struct, frozen=True, rename="camel"):
    """Where a page of tasks stands."""

    has_next_page: bool
    end_cursor: str | None


class Page(Struct, frozen=True, rename="camel"):
    """Some of the tasks that a filter fits, the newest first."""

    nodes: list[Row]
    page_info: PageInfo


class Counts(Struct, frozen=True):
    """How many tasks have each status."""

    queueing: int
    running: int
    failed: int
    finished: int


class Counting(Struct, frozen=True):
    """How many tasks a filter fits; None where that cannot be told cheaply."""

    counts: Counts | None


class Worker(Struct, frozen=True, rename="camel"):
    """A worker: one row of the load table."""

    topic: str
    name: str
    host: str
    pid: int
    queues: list[str]
    slots: int
    current: int
    pending: int
    succeeded: int
    failed: int
    state: str
    last_beat_at: datetime


class Queue(Struct, frozen=True, rename="camel"):
    """A lane that tasks wait in, with how many there are."""

    name: str
    paused: bool
    pause_reason: str | None
    queueing: int
    running: int
    oldest_queued_at: datetime | None


class Counted(Struct, frozen=True):
    """How many tasks something was done to."""

    count: int


class TaskType(Struct, frozen=True):
    """What can be asked for: a task function. `parameters` is the JSON Schema of its signature."""

    name: str
    path: str
    description: str
    queue: str
    parameters: dict[str, Any]
