"""What the mirror reads of the record. Nothing here waits for a writer, and nothing writes."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from itertools import batched
from typing import Any, Final

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Q, QuerySet, TextField
from django.db.models.functions import Cast

from backend.mirror.plan import Batch, Extent, Place, Row
from backend.tasks.lifecycle import Status
from backend.tasks.models import Revision, Task, Tombstone
from backend.tasks.selectors import snapshot

CHANGED_AT_ONCE: Final = 500
OLDER_AT_ONCE: Final = 500
GONE_AT_ONCE: Final = 1_000

HEAVIEST: Final = 4 * 1024 * 1024
"""Characters of results and errors in each half of a batch, but for the one that passes it."""

_STATUSES: Final = {status.value: status for status in Status}
_FETCHED_AT_ONCE: Final = 20  # results may be megabytes each


def identity() -> str:
    """What tells this record from every other one, and stays when it is moved: the moment it was made."""
    made = MigrationRecorder.Migration.objects.filter(app="zonda").order_by("id").values_list("applied", flat=True)
    first: datetime = made[0]
    return sha256(first.isoformat().encode()).hexdigest()[:12]


def extent() -> Extent:
    """How far the record goes now."""
    with snapshot():
        newest = Task.objects.aggregate(newest=Max("seq"))["newest"]
        return Extent(_revision(), newest or 0)


def read(place: Place) -> Batch:
    """What comes next after this place."""
    with snapshot():
        revision = _revision()
        later = Q(revision__gte=place.revision) & (Q(revision__gt=place.revision) | Q(seq__gt=place.seq))
        changed, more = _rows(Task.objects.filter(later).order_by("revision", "seq"), CHANGED_AT_ONCE)
        older: list[Row] = []
        unfilled = False
        if place.below:
            older, unfilled = _rows(Task.objects.filter(seq__lt=place.below).order_by("-seq"), OLDER_AT_ONCE)
        buried = list(
            Tombstone.objects.filter(id__gt=place.tombstone).order_by("id").values_list("id", "key")[:GONE_AT_ONCE]
        )
        gone = missing(key for _, key in buried)
    return Batch(
        revision=revision,
        changed=changed,
        older=older,
        gone=gone,
        tombstone=buried[-1][0] if buried else place.tombstone,
        filled=not unfilled,
        more=more or len(buried) == GONE_AT_ONCE,
    )


def missing(keys: Iterable[str]) -> list[str]:
    """Those of these ids, each once, of which the record has no task."""
    found: list[str] = []
    for some in batched(dict.fromkeys(keys), 500):
        there = set(Task.objects.filter(key__in=some).values_list("key", flat=True))
        found += [key for key in some if key not in there]
    return found


def _revision() -> int:
    return Revision.objects.values_list("value", flat=True).first() or 0


def _rows(tasks: QuerySet[Task], limit: int) -> tuple[list[Row], bool]:
    """The first of these tasks, and whether there may be more of them."""
    # As text: whoever asks Redis gets the very words of the record.
    columns = tasks.annotate(result_text=Cast("result", TextField())).values_list(
        "seq", "key", "revision", "status", "attempt", "holder", "worker_topic", "error", "result_text", "finished_at"
    )
    rows: list[Row] = []
    weight = 0
    with closing(_streamed(columns[:limit])) as found:
        for seq, key, revision, status, attempt, holder, topic, error, result, finished_at in found:
            worker = None if status == Status.QUEUEING and holder is None else topic
            rows.append(Row(seq, key, revision, _STATUSES[status], attempt, worker, error, result, finished_at))
            weight += len(error or "") + len(result or "")
            if weight >= HEAVIEST:
                return rows, True
    return rows, len(rows) == limit


def _streamed(columns: "QuerySet[Task, Sequence[Any]]") -> Generator[Sequence[Any]]:
    yield from columns.iterator(chunk_size=_FETCHED_AT_ONCE)
