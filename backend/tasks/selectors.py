"""Every read of the record that a page or a client asks for.

A question costs a fixed number of queries, however many tasks answer it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from typing import Final

from django.db import OperationalError, connection
from django.db.models import FETCH_PEERS, Count, F, Q, Window
from django.db.models.functions import RowNumber
from msgspec import Struct
from msgspec.structs import replace

from backend.tasks.ledger import VANISHED
from backend.tasks.lifecycle import Outcome, Reason, Status
from backend.tasks.models import Attempt, Event, LogLine, Task, Worker
from backend.tasks.searching import containing
from wire.topics import Topic, seat

# They may be megabytes each. Whoever does need one has them read for all tasks of its list in one query.
VALUES = ("args", "kwargs", "result")
LARGE = (*VALUES, "error")


LONGEST_READ: Final = 10.0
"""Seconds that the reads of one snapshot may take. Nobody waits longer, and others wait for the thread."""


@contextmanager
def snapshot(within: float = LONGEST_READ) -> Iterator[None]:
    """All reads inside see one state of the record; an OperationalError that `gave_up` once they have taken too long.

    Inside a transaction the former is so already, and the latter is up to whoever opened it.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Not `atomic`: on SQLite that takes the write lock.
        cursor.execute("BEGIN")
        deadline = time.monotonic() + within
        # Between steps of the database's own machine: a few thousand a millisecond.
        connection.connection.set_progress_handler(lambda: time.monotonic() > deadline, 50_000)
        try:
            yield
        finally:
            connection.connection.set_progress_handler(None, 0)
            cursor.execute("ROLLBACK")


def gave_up(error: BaseException) -> bool:
    """Whether this is what a snapshot ends reads with that take too long."""
    return isinstance(error, OperationalError) and str(error) == "interrupted"


class TaskFilter(Struct, frozen=True):
    """Which tasks: those that fit every part; an empty part fits all. A name may be the short or the full one.

    `but` is the id of one that is left out.
    """

    status: Sequence[Status] = ()
    reason: Sequence[Reason] = ()
    name: Sequence[str] = ()
    queue: Sequence[str] = ()
    worker: Sequence[str] = ()
    failure: Sequence[str] = ()
    search: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None
    but: str = ""

    def where(self) -> Q:
        where = Q()
        if self.status:
            where &= Q(status__in=self.status)
        if self.reason:
            where &= Q(reason__in=self.reason)
        if self.name:
            where &= Q(name__in=self.name) | Q(path__in=self.name)
        if self.queue:
            where &= Q(queue__in=self.queue)
        if self.worker:
            where &= Q(worker_topic__in=self.worker) & ~_WAITING
        if self.failure:
            where &= Q(failure_key__in=self.failure)
        if self.search:
            where &= containing(self.search)
        if self.but:
            where &= ~Q(key=self.but)
        return where & self._created()

    def _created(self) -> Q:
        where = Q()
        if self.created_after:
            where &= Q(created_at__gte=self.created_after)
        if self.created_before:
            where &= Q(created_at__lt=self.created_before)
        return where


# Whatever worker was granted it before: it is nobody's now.
_WAITING = Q(status=Status.QUEUEING, holder=None)


def worker_topic(task: Task) -> str | None:
    """The topic of the worker that has the task, or had it when it ended; None while it waits for one."""
    waiting = task.status == Status.QUEUEING and task.holder is None
    return None if waiting else task.worker_topic


def task(key: str) -> Task | None:
    return Task.objects.filter(key=key).defer(*VALUES).fetch_mode(FETCH_PEERS).first()


class Counts(Struct, frozen=True):
    """How many tasks have each status."""

    queueing: int = 0
    running: int = 0
    failed: int = 0
    finished: int = 0


def counts(chosen: TaskFilter) -> Counts | None:
    """How many tasks of each status the filter fits, whatever statuses it names; None where only a scan could tell."""
    others = replace(chosen, status=(), queue=())
    if others != TaskFilter():
        return None
    names = list(dict.fromkeys(chosen.queue))
    of_queues = f"WHERE name IN ({', '.join(['%s'] * len(names))})" if names else ""
    with connection.cursor() as cursor:
        # Not `aggregate`, which takes ten times as long to put such a statement together as the database to answer it.
        cursor.execute(f"{_SUMS} {of_queues}", names)
        return Counts(*(int(number) for number in cursor.fetchone()))


_SUMS: Final = (
    "SELECT coalesce(sum(queueing), 0), coalesce(sum(running), 0), coalesce(sum(failed), 0), "
    "coalesce(sum(finished), 0) FROM zonda_queue"
)


def attempts(seqs: Iterable[int]) -> dict[int, list[Attempt]]:
    """The attempts of these tasks, by the task's seq, in their order."""
    found: dict[int, list[Attempt]] = {}
    for some in batched(seqs, 500):
        for attempt in Attempt.objects.filter(task_id__in=some).order_by("task_id", "number"):
            found.setdefault(attempt.task_id, []).append(attempt)
    return found


def first_starts(seqs: Iterable[int]) -> dict[int, datetime]:
    """When the first attempt of each of these tasks started, by the task's seq; of those that had one."""
    found: dict[int, datetime] = {}
    for some in batched(seqs, 500):
        first = Attempt.objects.filter(task_id__in=some, number=1)
        found.update((seq, at) for seq, at in first.values_list("task_id", "started_at") if at is not None)
    return found


def last_tracebacks(seqs: Iterable[int]) -> dict[int, str]:
    """What the last attempt of each of these tasks ended with, by the task's seq; of those that have one."""
    found: dict[int, str] = {}
    for some in batched(seqs, 500):
        last = Attempt.objects.filter(task_id__in=some, number=F("task__attempt"))
        found.update((seq, told) for seq, told in last.values_list("task_id", "traceback") if told)
    return found


def events(seqs: Iterable[int]) -> dict[int, list[Event]]:
    """What was done by hand to these tasks, by the task's seq, in its order."""
    found: dict[int, list[Event]] = {}
    for some in batched(seqs, 500):
        for event in Event.objects.filter(task_id__in=some).order_by("id"):
            found.setdefault(event.task_id, []).append(event)
    return found


def log_lines(fences: Iterable[int], *, after: int, limit: int) -> dict[int, list[LogLine]]:
    """Up to `limit` lines after that number of the attempts with these fences, in their order."""
    found: dict[int, list[LogLine]] = {}
    for some in batched(fences, 500):
        lines = LogLine.objects.filter(fence__in=some, number__gt=after)
        # Numbers may be missing: lines can be lost.
        place = Window(RowNumber(), partition_by="fence", order_by="number")
        for line in lines.annotate(place=place).filter(place__lte=limit).order_by("fence", "number"):
            found.setdefault(line.fence, []).append(line)
    return found


def workers() -> list[Worker]:
    """Every worker, by the number of its topic."""
    return sorted(Worker.objects.all(), key=lambda worker: seat(Topic(worker.topic)))


def workers_at(topics: Iterable[str]) -> dict[str, Worker]:
    """The workers that have these topics now."""
    return Worker.objects.in_bulk(set(topics))


class Load(Struct, frozen=True):
    """How many tasks a worker runs, and how many it has been sent and has not started."""

    current: int = 0
    pending: int = 0


def loads(incarnations: Iterable[str]) -> dict[str, Load]:
    """The load of the workers with these incarnations, as far as they have any."""
    held = Task.objects.filter(holder__in=set(incarnations)).values_list("holder", "status").annotate(Count("seq"))
    found: dict[str, Load] = {}
    for holder, status, number in held.order_by():
        load = found.setdefault(holder or "", Load())
        running = status == Status.RUNNING
        found[holder or ""] = replace(load, current=number) if running else replace(load, pending=number)
    return found


def held(incarnations: Iterable[str]) -> dict[str, list[Task]]:
    """The tasks that the workers with these incarnations have, oldest first."""
    found: dict[str, list[Task]] = {}
    tasks = Task.objects.filter(holder__in=set(incarnations)).order_by("seq").defer(*LARGE).fetch_mode(FETCH_PEERS)
    for task in tasks:
        found.setdefault(task.holder or "", []).append(task)
    return found


def lost_with(incarnations: Iterable[str], *, limit: int) -> dict[str, list[Task]]:
    """Up to `limit` tasks of which an attempt was lost with the worker of each incarnation, the last granted first."""
    lost = Q(attempts__incarnation__in=set(incarnations), attempts__outcome=Outcome.LOST, attempts__error=VANISHED)
    place = Window(RowNumber(), partition_by="attempts__incarnation", order_by="-attempts__fence")
    tasks = Task.objects.filter(lost).annotate(had_by=F("attempts__incarnation"), place=place)
    found: dict[str, dict[int, Task]] = {}
    for task in tasks.filter(place__lte=limit).order_by("place").defer(*LARGE).fetch_mode(FETCH_PEERS):
        # A worker that was given up too early may have lost the same task twice.
        found.setdefault(task.had_by, {}).setdefault(task.seq, task)
    return {incarnation: list(some.values()) for incarnation, some in found.items()}
