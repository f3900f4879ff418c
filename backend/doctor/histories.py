"""What the attempts of a task tell beside what the task says of itself, by the numbers of the invariants."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from backend.doctor.findings import Finding
from backend.doctor.places import BY_CLOCK, CLOCKS, attempts_that, tasks_that
from backend.tasks.lifecycle import BY_THEMSELVES, MAX_LOSSES, Outcome, Reason, Status
from backend.tasks.models import Attempt, Event, Task

_ENDED_BY: Final[Mapping[Reason | None, Outcome]] = {
    None: Outcome.SUCCEEDED,
    Reason.ERROR: Outcome.FAILED,
    Reason.TIMEOUT: Outcome.TIMED_OUT,
    Reason.LOST: Outcome.LOST,
}
"""Why a task has ended, None for a success, and how its last attempt ended then. A cancel may leave any, or none."""

_LATE_START: Final = timedelta(seconds=60)
"""What may lie between a cancel and a start of what was granted before it."""


def endings() -> Iterator[Finding]:
    """I4"""
    last = Attempt.objects.filter(task=OuterRef("pk"), number=OuterRef("attempt"))
    for reason, outcome in _ENDED_BY.items():
        status = Status.FINISHED if reason is None else Status.FAILED
        over = Task.objects.filter(status=status, reason=reason)
        without = over.filter(~Exists(last.filter(outcome=outcome)))
        yield from tasks_that(without, f"are {reason or status} and have no last attempt that is {outcome}")
    unstarted = Task.objects.filter(reason=Reason.REJECTED, attempt__gt=0, round=1)
    yield from tasks_that(unstarted, "were rejected and have attempts all the same")
    won = Attempt.objects.filter(outcome=Outcome.SUCCEEDED).values("task").annotate(n=Count("id")).filter(n__gt=1)
    more = Task.objects.filter(seq__in=won.filter(n__gt=F("task__round")).values("task"))
    yield from tasks_that(more, "have succeeded more often than there were rounds")


def fences() -> Iterator[Finding]:
    """I5"""
    before = Attempt.objects.filter(task=OuterRef("task"), number=OuterRef("number") - 1, fence__gte=OuterRef("fence"))
    yield from attempts_that(
        Attempt.objects.filter(Exists(before), number__gt=1), "have no higher fence than the one before"
    )
    grant = Attempt.objects.filter(
        task=OuterRef("pk"), outcome=None, fence=OuterRef("fence"), incarnation=OuterRef("holder")
    )
    yield from tasks_that(
        Task.objects.filter(~Exists(grant), status=Status.RUNNING), "run under another grant than their attempt has"
    )


def counts() -> Iterator[Finding]:
    """I6"""
    tried = Count("attempts", filter=Q(attempts__outcome__in=BY_THEMSELVES))
    lost = Count("attempts", filter=Q(attempts__outcome=Outcome.LOST))
    # Whoever has one attempt at most can have had neither too often: most have.
    several = Task.objects.filter(attempt__gt=1).annotate(tried=tried, lost=lost)
    yield from tasks_that(
        several.filter(tried__gt=F("max_attempts") * F("round")), "have attempts that ended by themselves too often"
    )
    yield from tasks_that(
        several.filter(lost__gt=MAX_LOSSES * F("round")), f"have more than {MAX_LOSSES} lost attempts for each round"
    )
    yield from tasks_that(
        Task.objects.filter(attempt__lt=F("tries") + F("losses")), "count more tries and losses than attempts"
    )


def early() -> Iterator[Finding]:
    """I8"""
    waiting = Task.objects.filter(status=Status.QUEUEING, run_after__gt=timezone.now() + CLOCKS)
    yield from tasks_that(
        waiting.filter(Q(holder__isnull=False) | Q(due_at=None) | Q(due_at__lt=F("run_after"))),
        "may be started, or granted, before they are due",
        BY_CLOCK,
    )


def after_cancel() -> Iterator[Finding]:
    """I10"""
    asked = Event.objects.filter(task=OuterRef("task"), kind="cancelled", at__lt=OuterRef("started_at") - _LATE_START)
    anew = Event.objects.filter(
        task=OuterRef("task"), kind="retried", id__gt=OuterRef("id"), at__lte=OuterRef(OuterRef("started_at"))
    )
    of_cancelled = Attempt.objects.filter(task__in=Event.objects.filter(kind="cancelled").values("task"))
    yield from attempts_that(
        of_cancelled.filter(Exists(asked.filter(~Exists(anew)))),
        "were started after their task had been cancelled",
        BY_CLOCK,
    )


def durations() -> Iterator[Finding]:
    """I12"""
    yield from attempts_that(Attempt.objects.filter(finished_at__lt=F("started_at")), "ended before they started")
    yield from attempts_that(
        Attempt.objects.filter(outcome__isnull=False).filter(Q(started_at=None) | Q(finished_at=None)),
        "have ended and say not when they started, or ended",
    )
    yield from attempts_that(
        Attempt.objects.filter(outcome=None).filter(Q(started_at=None) | Q(finished_at__isnull=False)),
        "have not ended and say not when they started, or say when they ended",
    )
