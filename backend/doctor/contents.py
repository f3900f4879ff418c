"""What the rows of tasks say by themselves: words that there are, texts that are what they stand for, and an end."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import Substr
from django.db.models.lookups import Exact
from django.utils import timezone

from backend.doctor.findings import Finding
from backend.doctor.places import BY_CLOCK, CLOCKS, attempts_that, tasks_that
from backend.tasks.ledger import LONGEST_RUN
from backend.tasks.lifecycle import BY_THEMSELVES, TERMINAL, Outcome, Reason, Status
from backend.tasks.models import Attempt, Task


def ends() -> Iterator[Finding]:
    """I4"""
    yield from tasks_that(Task.objects.exclude(status__in=list(Status)), "have a status that there is not")
    yield from tasks_that(
        Task.objects.filter(reason__isnull=False).exclude(reason__in=list(Reason)), "have a reason that there is not"
    )
    yield from attempts_that(
        Attempt.objects.filter(outcome__isnull=False).exclude(outcome__in=list(Outcome)),
        "have an outcome that there is not",
    )
    finished = Task.objects.filter(status=Status.FINISHED)
    # A function that returns nothing has the result `null`, which is JSON and no missing value.
    yield from tasks_that(finished.filter(result__isnull=True), "have finished and have no result")
    yield from tasks_that(finished.filter(started_at=None), "have finished and say not when they started")
    yield from tasks_that(Task.objects.filter(status=Status.FAILED, error=None), "have failed without a word")
    yield from tasks_that(
        Task.objects.exclude(status=Status.FINISHED).filter(result__isnull=False), "have a result and have not finished"
    )
    yield from attempts_that(
        Attempt.objects.filter(outcome__in=[Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST], error=None),
        "have failed without a word",
    )
    yield from tasks_that(
        Task.objects.filter(finished_at__lt=F("created_at") - CLOCKS), "ended before they were created", BY_CLOCK
    )


def calls() -> Iterator[Finding]:
    """What is asked for."""
    for column, opening, kind in (("args", "[", "array"), ("kwargs", "{", "object")):
        # As text, of which no more than the beginning is read: all of them may have gigabytes.
        opens = Exact(Substr(column, 1, 1), opening)
        yield from tasks_that(Task.objects.filter(~Q(opens)), f"have {column} that are no JSON {kind}")


def pauses() -> Iterator[Finding]:
    """I8"""
    waiting = Task.objects.filter(due_at__isnull=False)
    yield from tasks_that(
        waiting.filter(attempt=0, losses=0).exclude(due_at=F("run_after")),
        "are to come due at another time than runAfter",
    )
    longest = timezone.now() + timedelta(seconds=LONGEST_RUN)
    yield from tasks_that(
        waiting.filter(due_at__gt=longest).filter(Q(run_after=None) | Q(due_at__gt=F("run_after"))),
        "wait for longer than any pause may be",
        BY_CLOCK,
    )


def tries() -> Iterator[Finding]:
    """I6"""
    tried = Count("attempts", filter=Q(attempts__outcome__in=BY_THEMSELVES))
    lost = Count("attempts", filter=Q(attempts__outcome=Outcome.LOST))
    # Attempts do not say of which round they are.
    going = Task.objects.exclude(status__in=TERMINAL).filter(round=1, attempt__gt=0).annotate(tried=tried, lost=lost)
    yield from tasks_that(
        going.exclude(tries=F("tried"), losses=F("lost")), "count other tries or losses than their attempts show"
    )
