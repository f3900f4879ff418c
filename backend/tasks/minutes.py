"""How much was done when: reads of what the record has counted by the minute.

A question costs one query, however many queues and task functions are asked about.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict

from django.db.models import CharField, Count, Max, Q, Sum, Value
from django.db.models.functions import Right, Substr
from django.db.models.lookups import Exact
from msgspec import Struct, field

from backend.tasks.histogram import percentile
from backend.tasks.models import Tally, Task
from backend.tasks.tallying import CREATED, FAILED, FINISHED, RAN, WAITED, WHOLE

MINUTE: Final = timedelta(minutes=1)

_OF_WHOLE: Final = Q(queue=WHOLE[0], path=WHOLE[1])
_OF_PART: Final = ~Q(queue=WHOLE[0])


class Window(Struct, frozen=True):
    """So many whole minutes; `last` is when the last of them began."""

    number: int
    last: datetime

    @property
    def first(self) -> datetime:
        return self.last - MINUTE * (self.number - 1)

    @property
    def end(self) -> datetime:
        return self.last + MINUTE

    def minutes(self) -> Sequence[datetime]:
        """When each of them began, the oldest first."""
        return [self.last - MINUTE * back for back in reversed(range(self.number))]


def window(number: int, now: datetime, *, last_counted: bool = False) -> Window:
    """So many minutes up to the present one; or to the last in which anything was counted, which time alone moves not.

    Without any such minute it is the present one.
    """
    present = now.replace(second=0, microsecond=0)
    if not last_counted:
        return Window(number, present)
    # The clock may have been put back since.
    counted = Tally.objects.filter(at__lt=present + MINUTE).aggregate(last=Max("at"))["last"]
    return Window(number, counted or present)


class Percentiles(Struct, frozen=True):
    """Of `count` spans half took at most `p50` seconds, and 19 in 20 at most `p95`; a tenth more or less."""

    count: int
    p50: float
    p95: float


class Counted(Struct, frozen=True, kw_only=True):
    """How many tasks were created and ended in some time, and what is known of how long they waited and ran."""

    created: int = 0
    finished: int = 0
    failed: int = 0
    waited: Percentiles | None = None
    ran: Percentiles | None = None


class MinuteCounted(Counted, frozen=True, kw_only=True):
    """The minute that begins at `at`."""

    at: datetime


class Stats(Counted, frozen=True, kw_only=True):
    """A window, as a whole and minute by minute; the latter is empty where only the whole was asked for.

    Of a day that is a thousandth of what there is to read.
    """

    minutes: Sequence[MinuteCounted] = ()


def of_record(window: Window, *, queue: str | None = None, name: str | None = None, by_minute: bool = True) -> Stats:
    """What was counted of the whole record; or of one queue, one task function (by its full path or the last part of
    it), or both."""
    whole = queue is None and name is None
    where = _OF_WHOLE if whole else _OF_PART
    if queue is not None:
        where &= Q(queue=queue)
    if name is not None:
        where &= Q(path=name) if "." in name else Q(path=name) | _ends(f".{name}")
    # Minutes come first in the order of the rows: one by one, what else there is of each is not looked at.
    minutes = Q(at__in=window.minutes()) if whole or queue is not None else _within(window)
    return _stats(window, _rows(minutes & where, by_minute=by_minute), by_minute=by_minute)


def _ends(end: str) -> Q:
    """That the path ends so. `endswith` is LIKE, for which Echo is echo."""
    return Q(Exact(Right("path", len(end)), end))


def of_queues(window: Window, queues: Collection[str], *, by_minute: bool = True) -> dict[str, Stats]:
    """What was counted of each of these queues."""
    return _grouped(window, "queue", queues, by_minute=by_minute)


def of_paths(window: Window, paths: Collection[str], *, by_minute: bool = True) -> dict[str, Stats]:
    """What was counted of each of these task functions."""
    return _grouped(window, "path", paths, by_minute=by_minute)


def of_failures(window: Window, keys: Collection[str]) -> dict[str, dict[datetime, int]]:
    """By kind of failure: how many tasks that are FAILED now failed so in each minute that had any."""
    # Whatever else becomes of a task, it has no key then. All that is read of these is in the index.
    failed = Task.objects.filter(failure_key__in=keys)
    # Whole instants would be grouped by a function of Python's, called for each of a million rows.
    minute = _text("finished_at")
    found: dict[str, dict[datetime, int]] = {key: {} for key in keys}
    rows = failed.filter(finished_at__gte=window.first, finished_at__lt=window.end).annotate(minute=minute)
    for key, text, number in rows.values_list("failure_key", "minute").annotate(Count("seq")).order_by():
        found[str(key)][_minute(text)] = number
    return found


def _within(window: Window) -> Q:
    return Q(at__gte=window.first, at__lt=window.end)


def _minute(text: str) -> datetime:
    """When the minute began, as the record writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _text(instant: str) -> Substr:
    """The minute of this column, as the record writes it."""
    return Substr(instant, 1, len("2026-11-21 22:04"), output_field=CharField())


def _rows(where: Q, *by: str, by_minute: bool) -> Iterable[tuple[Any, ...]]:
    """What was counted there: (by…, minute as a text or empty, what, bucket, number)."""
    # Nothing of a kind that is converted, row by row: of a day these are tens of thousands.
    minute, number = _text("at") if by_minute else Value("", CharField()), Sum("total", output_field=CharField())
    counted = Tally.objects.filter(where).annotate(minute=minute)
    return counted.values_list(*by, "minute", "what", "bucket").annotate(number=number).order_by()


def _grouped(window: Window, column: str, names: Collection[str], *, by_minute: bool) -> dict[str, Stats]:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in names}
    where = _within(window) & _OF_PART & Q(**{f"{column}__in": names})
    for name, *row in _rows(where, column, by_minute=by_minute):
        rows[name].append(tuple(row))
    return {name: _stats(window, of_name, by_minute=by_minute) for name, of_name in rows.items()}


class _Told(TypedDict):
    """The fields of Counted."""

    created: int
    finished: int
    failed: int
    waited: Percentiles | None
    ran: Percentiles | None


class _Sums(Struct):
    """What comes together of one minute, or of all."""

    totals: Counter[str] = field(default_factory=Counter)
    buckets: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, what: str, bucket: int, number: int) -> None:
        self.totals[what] += number
        if what in (WAITED, RAN):
            self.buckets[what][bucket] += number

    def told(self) -> _Told:
        return _Told(
            created=self.totals[CREATED],
            finished=self.totals[FINISHED],
            failed=self.totals[FAILED],
            waited=self._percentiles(WAITED),
            ran=self._percentiles(RAN),
        )

    def _percentiles(self, what: str) -> Percentiles | None:
        buckets = self.buckets[what]
        p50, p95 = percentile(buckets, 0.5), percentile(buckets, 0.95)
        return None if p50 is None or p95 is None else Percentiles(self.totals[what], p50, p95)


def _stats(window: Window, rows: Iterable[tuple[Any, ...]], *, by_minute: bool) -> Stats:
    whole = _Sums()
    of_minutes: defaultdict[str, _Sums] = defaultdict(_Sums)
    for text, what, bucket, number in rows:
        whole.add(what, bucket, number)
        if by_minute:
            of_minutes[text].add(what, bucket, number)
    if not by_minute:
        return Stats(**whole.told())
    counted = {_minute(text): MinuteCounted(at=_minute(text), **sums.told()) for text, sums in of_minutes.items()}
    return Stats(**whole.told(), minutes=[counted.get(at) or MinuteCounted(at=at) for at in window.minutes()])
