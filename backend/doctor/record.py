"""The invariants of the record that a query can check, by the numbers that they have in the contract.

Each check asks for what must not be there, and names it. They are asked within one snapshot, beside everybody who reads
and writes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Final

from django.apps import apps
from django.db import connection
from django.db.models import Count, F, Max, Min, Q

from backend.doctor import contents, histories, integrity, schema
from backend.doctor.findings import Check, Finding, breach
from backend.doctor.places import BY_CLOCK, BY_HAND, CLOCKS, attempts_that, tasks_that
from backend.tasks.lifecycle import MAX_LOSSES, TERMINAL, Status
from backend.tasks.models import Attempt, Epoch, Queue, Revision, Settled, Task, Tombstone, Worker, WorkerState
from backend.ventilator.choosing import BEYOND_SLOTS

_RECOUNT: Final = (
    "Stop Zonda, keep a copy of the database file and report it; the numbers on the page are wrong until then."
)
_LATE_START: Final = timedelta(seconds=60)
"""What may lie between a grant and a start: a worker hands back what has waited half a second in it."""


def ids() -> Iterator[Finding]:
    """I3"""
    rule = list(schema.unique(connection, Task, "key"))
    if not rule:
        # The database has looked at each of millions when it was written.
        return
    yield from rule
    twice = Task.objects.values("key").annotate(n=Count("seq")).filter(n__gt=1)
    yield from tasks_that(Task.objects.filter(key__in=twice.values("key")), "share their id with another one")


def ended() -> Iterator[Finding]:
    """I4"""
    over = Task.objects.filter(status__in=TERMINAL)
    yield from tasks_that(over.filter(finished_at=None), "have ended and say not when")
    yield from tasks_that(over.filter(holder__isnull=False), "have ended and are still held by a worker")
    yield from tasks_that(Task.objects.filter(status=Status.FAILED, reason=None), "have failed without a reason")
    yield from tasks_that(
        Task.objects.exclude(status=Status.FAILED).filter(reason__isnull=False), "have a reason without having failed"
    )
    yield from tasks_that(
        Task.objects.exclude(status__in=TERMINAL).filter(finished_at__isnull=False),
        "say when they ended, and have not",
    )
    yield from schema.guard(connection)


def fences() -> Iterator[Finding]:
    """I5"""
    epoch = Epoch.objects.values_list("value", flat=True).first() or 0
    above = (epoch + 1) << 32
    above_all = f"have a fence above that of epoch {epoch}, the newest"
    yield from tasks_that(Task.objects.filter(fence__gte=above), above_all)
    yield from attempts_that(Attempt.objects.filter(fence__gte=above), above_all)
    twice = Task.objects.filter(fence__gt=0).values("fence").annotate(n=Count("seq")).filter(n__gt=1).values("fence")
    yield from tasks_that(Task.objects.filter(fence__in=twice), "share their fence with another one")
    yield from attempts_that(
        Attempt.objects.filter(fence__gt=F("task__fence")), "have a fence that their task never had"
    )


def tries() -> Iterator[Finding]:
    """I6"""
    yield from tasks_that(Task.objects.filter(tries__gt=F("max_attempts")), "were tried more often than they may be")
    yield from tasks_that(
        Task.objects.filter(losses__gt=MAX_LOSSES), f"were lost more than {MAX_LOSSES} times in a round"
    )
    going = Task.objects.exclude(status__in=TERMINAL)
    yield from tasks_that(
        going.filter(Q(tries__gte=F("max_attempts")) | Q(losses__gte=MAX_LOSSES)),
        "go on though they have no attempt left",
    )


def numbers() -> Iterator[Finding]:
    """I7"""
    of_task = Attempt.objects.order_by().values("task")
    gaps = of_task.annotate(n=Count("id"), first=Min("number"), last=Max("number")).exclude(first=1, last=F("n"))
    yield from tasks_that(
        Task.objects.filter(seq__in=gaps.values("task")), "have attempts that are not numbered from 1 without gaps"
    )
    yield from tasks_that(
        Task.objects.annotate(n=Count("attempts")).exclude(n=F("attempt")), "have not as many attempts as they say"
    )
    unended = of_task.filter(outcome=None)
    yield from tasks_that(
        Task.objects.filter(seq__in=unended.annotate(n=Count("id")).filter(n__gt=1).values("task")),
        "have more than one attempt that has not ended",
    )
    running = Task.objects.filter(status=Status.RUNNING)
    yield from tasks_that(running.exclude(seq__in=unended), "run without an attempt that has not ended")
    yield from tasks_that(
        Task.objects.exclude(status=Status.RUNNING).filter(seq__in=unended),
        "have an attempt that has not ended and do not run",
    )


def moments() -> Iterator[Finding]:
    """I8"""
    # The spans go to `started_at`, which is of our own clock: what a client gave may be at an end of the calendar.
    yield from attempts_that(
        Attempt.objects.filter(task__run_after__isnull=False, task__run_after__gt=F("started_at") + CLOCKS),
        "were started before their task was due",
        BY_CLOCK,
    )
    yield from attempts_that(
        Attempt.objects.filter(task__expires_at__isnull=False, task__expires_at__lt=F("started_at") - _LATE_START),
        "were started after their task had expired",
        BY_CLOCK,
    )
    yield from tasks_that(
        Task.objects.filter(due_at__isnull=False).filter(~Q(status=Status.QUEUEING) | Q(holder__isnull=False)),
        "are to become due though they do not wait",
    )


def cancelled() -> Iterator[Finding]:
    """I10"""
    yield from tasks_that(
        Task.objects.filter(cancelling=True, status=Status.QUEUEING, holder=None),
        "were cancelled and wait all the same",
    )


def loads() -> Iterator[Finding]:
    """I11"""
    slots = dict(Worker.objects.values_list("incarnation", "slots"))
    held = Task.objects.filter(holder__isnull=False).values_list("holder").annotate(n=Count("seq")).order_by()
    over = [
        f"{holder}: {n} tasks, {slots[holder]} slots"
        for holder, n in held
        if holder in slots and n > slots[holder] + BEYOND_SLOTS
    ]
    if over:
        yield breach(
            f"{len(over)} workers have been granted more than their slots and {BEYOND_SLOTS} tasks", over, BY_HAND
        )


def holders() -> Iterator[Finding]:
    """L3"""
    start = "If Zonda runs, look for `worker.lost` in ventilator.log; if it does not, the next start takes them back."
    yield from tasks_that(Task.objects.filter(status=Status.RUNNING, holder=None), "run and nobody has them", BY_HAND)
    known = Worker.objects.exclude(state=WorkerState.LOST).values("incarnation")
    yield from tasks_that(
        Task.objects.filter(holder__isnull=False).exclude(holder__in=known),
        "are held by a worker that is lost, or that nobody knows",
        start,
    )


def counters() -> Iterator[Finding]:
    """What the page shows at every glance."""
    there: dict[str, Counter[str]] = {}
    for queue, status, number in Task.objects.values_list("queue", "status").annotate(n=Count("seq")).order_by():
        there.setdefault(queue, Counter())[status] = number
    wrong = []
    for row in Queue.objects.all():
        counted = there.pop(row.name, Counter())
        for status in Status:
            name = status.lower()
            if getattr(row, name) != counted[status]:
                wrong.append(f"queue {row.name}: {name} {getattr(row, name)}, there are {counted[status]}")
        if row.created < counted.total():
            wrong.append(f"queue {row.name}: created {row.created}, there are {counted.total()}")
    wrong += [f"queue {queue}: no counters, there are {counted.total()} tasks" for queue, counted in there.items()]
    if wrong:
        yield breach(f"{len(wrong)} counters of queues are not what they count", wrong, _RECOUNT)


def totals() -> Iterator[Finding]:
    """What /metrics shows."""
    kept = {(row.queue, row.status, row.reason): row.total for row in Settled.objects.all()}
    ended = Task.objects.filter(status__in=TERMINAL).values_list("queue", "status", "reason").annotate(n=Count("seq"))
    wrong = [
        f"queue {queue} {status} {reason or ''}: {kept.get((queue, status, reason or ''), 0)} ever, there are {number}"
        for queue, status, reason, number in ended.order_by()
        if kept.get((queue, status, reason or ""), 0) < number
    ]
    if wrong:
        yield breach(f"{len(wrong)} totals of tasks that ever ended are below what is there", wrong, _RECOUNT)


def revisions() -> Iterator[Finding]:
    """What the mirror goes by."""
    newest = Revision.objects.aggregate(newest=Max("value"))["newest"] or 0
    yield from tasks_that(
        Task.objects.filter(revision__gt=newest),
        f"have a revision above {newest}, the newest: their mirror lags for ever",
    )
    if number := Tombstone.objects.filter(revision__gt=newest).count():
        yield breach(f"{number} tombstones have a revision above {newest}, the newest", [], BY_HAND)


_AT_REST_WITHIN: Final = 5.0
"""Seconds in which what is between two transactions of a running Zonda comes to rest."""


def _check(number: str, says: str, *looks: Callable[[], Iterable[Finding]], passes: float = 0.0) -> Check:
    return Check(number, says, lambda: chain.from_iterable(look() for look in looks), passes)


CHECKS: Final = (
    _check("I3", "no id belongs to two tasks, and the database refuses a second one", ids),
    _check(
        "I4",
        "every task that has ended says when and why, as its last attempt does",
        ended,
        histories.endings,
        contents.ends,
    ),
    _check(
        "I5", "fences are unique, rise with the attempts, and none is above the newest epoch", fences, histories.fences
    ),
    _check("I6", "no task was tried or lost more often than it may be", tries, histories.counts, contents.tries),
    _check("I7", "attempts are numbered without gaps, and exactly the running ones are open", numbers),
    _check(
        "I8", "nothing was started before it was due or after it had expired", moments, histories.early, contents.pauses
    ),
    _check("I10", "nothing that was cancelled waits, or was started afterwards", cancelled, histories.after_cancel),
    _check("I11", "no worker has more tasks than it has room for", loads),
    _check("I12", "every attempt that has ended has lasted some time, or none", histories.durations),
    _check("L3", "every task that runs or is granted has a worker that is there", holders, passes=_AT_REST_WITHIN),
    _check("calls", "arguments are what a function can be called with", contents.calls),
    _check("counters", "the counters of queues are what they count", counters),
    _check("totals", "no total of what ever ended is below what is there", totals),
    _check("revisions", "no row is newer than the newest revision", revisions),
)


def _schema() -> Iterator[Finding]:
    models = list(apps.get_app_config(Task._meta.app_label).get_models())
    yield from schema.uniques(connection, models)
    yield from schema.indexes(connection, models)
    yield from schema.strangers(connection)


DATABASE: Final = (
    Check("schema", "the database has the rules and the indexes of this code, and no others", _schema),
    Check("references", "whatever refers to a row finds it", lambda: integrity.references(connection)),
    Check("integrity", "the database file is whole", lambda: integrity.whole(connection)),
)
"""What the database knows of itself. Each is one statement, and may take its time: no snapshot is kept open for it."""
