"""Looking for the tasks that a filter fits, without going through the whole record.

Some parts of a filter have an index: the tasks with one of its values can be had in the order of `seq`, or counted when
they are few. They lead; whether the rest of the filter fits is seen row by row, and for one page only so many rows are
looked at. Rows are counted and not seconds: the same record gives the same answer.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from django.db.models import ExpressionWrapper, F, Field, Max, Min, Q, QuerySet, Value
from msgspec import Struct
from msgspec.structs import replace

from backend.tasks.lifecycle import Status
from backend.tasks.models import Task
from backend.tasks.selectors import TaskFilter

ROWS: Final = 5_000
"""Tasks that are looked at for one page."""

BLOCK: Final = 1_000
"""A look ends where such a block of `seq` does: each new task would move its end otherwise, and with it the answer to
everybody who waits for another one. So many more rows are looked at, at most."""

FEW: Final = 3_000
"""So many tasks are sorted, whatever the order; more are met in the order's own index."""

_MERGED: Final = 20
"""Values of one part whose tasks are merged by their order."""

_AROUND: Final = 1_000
"""Tasks created around an instant of which the outermost counts: a clock that was put back mixed up some."""

_CHUNK: Final = 100

_AS_READ: "Final[Field[Any, Any]]" = Field()
"""Of a kind without a converter: Django would call one for each row, which takes as long as reading it."""

type Found = tuple[int, Any, int | None]
"""A task that was looked at: its `seq`, a value of it, and whether the filter fits it."""


class Span(Struct, frozen=True):
    """From one `seq` to another one, both included. SQLite goes by one limit to each side, and no more."""

    low: int = 0
    high: int = 2**63 - 1

    def where(self) -> Q:
        where = Q()
        if self.low > 0:
            where &= Q(seq__gte=self.low)
        if self.high < 2**63 - 1:
            where &= Q(seq__lte=self.high)
        return where

    def __and__(self, other: "Span") -> "Span":
        return Span(max(self.low, other.low), min(self.high, other.high))


class Lead(Struct, frozen=True):
    """Tasks among which are all that a filter fits: in some streams, each in the order of `seq` unless `ordered` is
    false, within this span; and what else they must fit."""

    streams: Sequence[Q]
    rest: Q
    few: bool = False
    ordered: bool = True
    span: Span = Span()


def lead_of(chosen: TaskFilter, *, by_seq: bool) -> Lead:
    """By which index to look for what the filter fits: that with the fewest tasks. None at all is all there is.

    By seq alone one that is known to be in order is taken as it is.
    """
    found = _leads(chosen)
    if by_seq and len(found) == 1 and found[0].ordered:
        best = found[0]
    else:
        sizes = [_size(lead.streams, FEW) for lead in found]
        least = min(sizes, default=FEW + 1)
        if least <= FEW:
            return replace(found[sizes.index(least)], few=True)
        ordered = [lead for lead in found if lead.ordered]
        best = ordered[0] if ordered else Lead((Q(),), chosen.where())
    return replace(best, span=_span(chosen))


def size(chosen: TaskFilter, most: int) -> int:
    """How many tasks a look for all that the filter fits would meet, up to one more than `most`."""
    counted = [_size(lead.streams, most) for lead in _leads(chosen)]
    return min([*counted, _size((_span(chosen).where(),), most)])


def _leads(chosen: TaskFilter) -> list[Lead]:
    """Those that usually have fewer tasks first."""
    found = []
    if chosen.failure:
        found.append(_lead("failure_key", chosen.failure, replace(chosen, failure=()).where(), ordered=False))
        # No other task has a key.
        found.append(_lead("status", [Status.FAILED], chosen.where()))
    if chosen.reason:
        found.append(_lead("reason", chosen.reason, replace(chosen, reason=()).where()))
    if chosen.worker:
        found.append(_lead("worker_topic", chosen.worker, chosen.where()))
    by_status = _lead("status", chosen.status, replace(chosen, status=()).where())
    # What is FINISHED is most of all there is.
    usual = Status.FINISHED in chosen.status
    if chosen.status and not usual and not chosen.failure:
        found.append(by_status)
    if chosen.name:
        # The last part of a full name is the short one, unless two functions share that.
        names = {*chosen.name, *(name.rpartition(".")[2] for name in chosen.name)}
        rest = chosen if names != set(chosen.name) else replace(chosen, name=())
        found.append(_lead("name", sorted(names), rest.where()))
    if chosen.queue:
        found.append(_lead("queue", chosen.queue, replace(chosen, queue=()).where()))
    if usual and not chosen.failure:
        found.append(by_status)
    if chosen.created_after or chosen.created_before:
        rest = replace(chosen, created_after=None, created_before=None)
        created = TaskFilter(created_after=chosen.created_after, created_before=chosen.created_before)
        found.append(Lead((created.where(),), rest.where(), ordered=False))
    return found


def _lead(column: str, values: Sequence[str], rest: Q, *, ordered: bool = True) -> Lead:
    different = list(dict.fromkeys(values))
    if ordered and len(different) <= _MERGED:
        return Lead([Q(**{column: value}) for value in different], rest)
    return Lead([Q(**{f"{column}__in": different})], rest, ordered=False)


def _size(streams: Iterable[Q], most: int) -> int:
    """How many tasks are in the streams, up to one more than `most`. Read from their index alone."""
    total = 0
    for stream in streams:
        total += Task.objects.filter(stream).order_by()[: most + 1 - total].count()
        if total > most:
            break
    return total


def _span(chosen: TaskFilter) -> Span:
    """In which tasks were created at these times: they are numbered in that order."""
    span = Span()
    if (before := chosen.created_before) and not _created(Task.objects.order_by("-seq"), before=before):
        earlier = Task.objects.filter(created_at__lt=before).order_by("-created_at")[:_AROUND]
        span &= Span(high=earlier.aggregate(last=Max("seq"))["last"] or 0)
    if (after := chosen.created_after) and _created(Task.objects.order_by("seq"), before=after):
        later = Task.objects.filter(created_at__gte=after).order_by("created_at")[:_AROUND]
        first = later.aggregate(first=Min("seq"))["first"]
        span &= Span(high=0) if first is None else Span(low=first)
    return span


def _created(tasks: QuerySet[Task], *, before: datetime) -> bool:
    """Whether the first of the tasks was created before the instant."""
    first = tasks.values_list("created_at", flat=True).first()
    return first is not None and first < before


@contextmanager
def rows(
    streams: Iterable[Q], fits: Q, order: Sequence[str], *, value: str | None = None
) -> Generator[Iterator[Found]]:
    """The tasks of the streams as they are asked for, with this value; in an order that ends with `seq`, or in none."""
    descending = bool(order) and order[-1].startswith("-")
    with ExitStack() as stack:
        read = [stack.enter_context(closing(_read(stream, fits, order, value))) for stream in streams]
        yield merge(*read, key=itemgetter(0), reverse=descending) if len(read) != 1 else read[0]


def _read(stream: Q, fits: Q, order: Sequence[str], value: str | None) -> Generator[Found]:
    found = (
        Task.objects.filter(stream)
        .order_by(*order)
        .annotate(
            value=F(value) if value else Value(0, _AS_READ),
            fits=ExpressionWrapper(fits, _AS_READ) if fits else Value(1, _AS_READ),
        )
    )
    yield from found.values_list("seq", "value", "fits").iterator(_CHUNK)


def following(chosen: TaskFilter, span: Span, limit: int) -> list[int]:
    """The `seq` of the first tasks in this span that the filter fits, in order: up to `limit`, however many must be
    looked at."""
    lead = lead_of(chosen, by_seq=True)
    if lead.few:
        with rows([stream & span.where() for stream in lead.streams], lead.rest, ()) as found:
            return sorted(seq for seq, _, fits in found if fits)[:limit]
    streams = [stream & (lead.span & span).where() for stream in lead.streams]
    with rows(streams, lead.rest, ("seq",)) as found:
        return list(islice((seq for seq, _, fits in found if fits), limit))


class Looked(Struct):
    """What a look has met: the `seq` of the tasks that fit, and the last task of all, should it have ended there."""

    fitting: list[int]
    rows: int = 0
    last: Found | None = None
    stopped: bool = False


def look(found: Iterable[Found], looked: Looked, limit: int) -> None:
    """Go on until so many fit, or as many rows have been looked at as are for one page."""
    for row in found:
        if looked.rows >= ROWS and looked.last is not None and row[0] // BLOCK != looked.last[0] // BLOCK:
            looked.stopped = True
            return
        looked.rows += 1
        looked.last = row
        if row[2]:
            looked.fitting.append(row[0])
            if len(looked.fitting) == limit:
                return
