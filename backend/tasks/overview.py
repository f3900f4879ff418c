"""Reads of the record as a whole: its queues, what came and could not become a task, its failures."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import FETCH_PEERS, Count, Max, Min
from msgspec import Struct

from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.models import Queue, RejectedMessage, Task
from backend.tasks.selectors import LARGE


def queues(names: Collection[str] | None = None) -> list[Queue]:
    """Every queue that has been used or paused, by name; or those of them that have one of these names."""
    which = {} if names is None else {"name__in": names}
    return list(Queue.objects.filter(**which).exclude(name=FORMER_QUEUES).order_by("name"))


def rejected_messages(limit: int) -> list[RejectedMessage]:
    """What came on `TASKS` and could not become a task, the last one first."""
    return list(RejectedMessage.objects.order_by("-id")[:limit])


class FailureGroup(Struct, frozen=True):
    """Failed tasks of one kind of failure; `sample` is the one created last."""

    key: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    names: Sequence[str]
    sample: Task


def failure_groups(limit: int) -> list[FailureGroup]:
    """The kinds of failures of the tasks that are FAILED now, the one seen last first."""
    # Whatever else becomes of a task, it has no key then. All that is read of these is in the index.
    failed = Task.objects.filter(failure_key__isnull=False)
    groups = (
        failed.values_list("failure_key")
        .annotate(Count("seq"), Min("finished_at"), last=Max("finished_at"), sample=Max("seq"))
        .order_by("-last", "failure_key")[:limit]
    )
    found = [(str(key), *told) for key, *told in groups]
    samples = Task.objects.defer(*LARGE).fetch_mode(FETCH_PEERS).in_bulk([sample for *_, sample in found])
    names: dict[str, list[str]] = {}
    shown = failed.filter(failure_key__in=[key for key, *_ in found])
    for key, name in shown.values_list("failure_key", "name").distinct().order_by("name"):
        names.setdefault(str(key), []).append(name)
    return [
        FailureGroup(key, count, first, last, names[key], samples[sample]) for key, count, first, last, sample in found
    ]
