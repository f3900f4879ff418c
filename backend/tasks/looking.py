"""Looking for the tasks that a filter fits, without going through the whole record.

Some parts of a filter have an index: the tasks with one of its values can be had in the order of `seq`, or counted when
they are few. They lead; what other indexes know of each of these tasks is asked of them, whether the rest of the filter
fits is seen row by row, and for one page only so many rows are looked at. Rows are counted and not seconds: the same
record gives the same answer.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import reduce
from heapq import merge
from itertools import islice
from operator import and_, itemgetter, or_
from typing import Any, Final

from django.db.models import Case, Exists, ExpressionWrapper, F, Field, Max, Min, OuterRef, Q, QuerySet, Value, When
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
    false, within this span; and what else they must fit: `also` by other indexes, `rest` by the row.

    It is by one `part` of the filter, which it tells as a `whole` or only as far as its index goes.
    """

    part: str
    streams: Sequence[Q]
    whole: bool = True
    rest: Q = Q()
    also: Sequence[Q] = ()
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
            return replace(_with_rest(found[sizes.index(least)], chosen, found), few=True)
        ordered = [lead for lead in found if lead.ordered]
        best = ordered[0] if ordered else Lead("", (Q(),), whole=False)
    return replace(_with_rest(best, chosen, found), span=_span(chosen))


def _with_rest(best: Lead, chosen: TaskFilter, found: Sequence[Lead]) -> Lead:
    """This lead, with what the others know of its tasks and what nobody knows without the row."""
    others = [lead for lead in found if lead.ordered and lead.part != best.part]
    told = {lead.part for lead in (best, *others) if lead.whole}
    rest = replace(chosen, **{name: none for part in told for name, none in _EMPTY[part].items()})
    return replace(best, rest=rest.where(), also=[reduce(or_, lead.streams) for lead in others])


def size(chosen: TaskFilter, most: int) -> int:
    """How many tasks a look for all that the filter fits would meet, up to one more than `most`."""
    counted = [_size(lead.streams, most) for lead in _leads(chosen)]
    return min([*counted, _size((_span(chosen).where(),), most)])


def _leads(chosen: TaskFilter) -> list[Lead]:
    """Those that usually have fewer tasks first."""
    found = []
    if chosen.failure:
        found.append(_lead("failure", "failure_key", chosen.failure, ordered=False))
        # No other task has a key.
        found.append(_lead("failure", "status", [Status.FAILED], whole=False))
    if chosen.reason:
        found.append(_lead("reason", "reason", chosen.reason))
    if chosen.worker:
        found.append(_lead("worker", "worker_topic", chosen.worker, whole=False))
    by_status = _lead("status", "status", chosen.status)
    # What is FINISHED is most of all there is.
    usual = Status.FINISHED in chosen.status
    if chosen.status and not usual and not chosen.failure:
        found.append(by_status)
    if chosen.name:
        # The last part of a full name is the short one, unless two functions share that.
        names = {*chosen.name, *(name.rpartition(".")[2] for name in chosen.name)}
        found.append(_lead("name", "name", sorted(names), whole=names == set(chosen.name)))
    if chosen.queue:
        found.append(_lead("queue", "queue", chosen.queue))
    if usual and not chosen.failure:
        found.append(by_status)
    if chosen.created_after or chosen.created_before:
        created = TaskFilter(created_after=chosen.created_after, created_before=chosen.created_before)
        found.append(Lead("created", (created.where(),), ordered=False))
    return found


_EMPTY: Final[Mapping[str, Mapping[str, Any]]] = {
    **{part: {part: ()} for part in ("failure", "reason", "worker", "status", "name", "queue")},
    "created": {"created_after": None, "created_before": None},
}
"""A part of a filter that does not matter."""


def _lead(part: str, column: str, values: Sequence[str], *, whole: bool = True, ordered: bool = True) -> Lead:
    different = list(dict.fromkeys(values))
    if ordered and len(different) <= _MERGED:
        return Lead(part, [Q(**{column: value}) for value in different], whole)
    return Lead(part, [Q(**{f"{column}__in": different})], whole, ordered=False)


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
    streams: Iterable[Q], fits: Q, order: Sequence[str], *, also: Sequence[Q] = (), value: str | None = None
) -> Generator[Iterator[Found]]:
    """The tasks of the streams as they are asked for, with this value; in an order that ends with `seq`, or in none.

    What they must `also` fit is looked for in an index before their row is.
    """
    descending = bool(order) and order[-1].startswith("-")
    with ExitStack() as stack:
        read = [stack.enter_context(closing(_read(stream, fits, order, also, value))) for stream in streams]
        yield merge(*read, key=itemgetter(0), reverse=descending) if len(read) != 1 else read[0]


def _read(stream: Q, fits: Q, order: Sequence[str], also: Sequence[Q], value: str | None) -> Generator[Found]:
    fit: Case | ExpressionWrapper[Q] | Value = ExpressionWrapper(fits, _AS_READ) if fits else Value(1, _AS_READ)
    if also:
        known = reduce(and_, (Q(Exists(Task.objects.filter(_SAME, where))) for where in also))
        # Not AND, of which SQLite looks at both sides whatever the first one is.
        fit = Case(When(known, then=fit), default=Value(0, _AS_READ), output_field=_AS_READ)
    found = (
        Task.objects.filter(stream)
        .order_by(*order)
        .annotate(
            value=F(value) if value else Value(0, _AS_READ),
            fits=fit,
        )
    )
    yield from found.values_list("seq", "value", "fits").iterator(_CHUNK)


# Not equal: SQLite would find the row by its number then, and read it.
_SAME: Final = Q(seq__gte=OuterRef("seq"), seq__lte=OuterRef("seq"))


def following(chosen: TaskFilter, span: Span, limit: int) -> list[int]:
    """The `seq` of the first tasks in this span that the filter fits, in order: up to `limit`, however many must be
    looked at."""
    lead = lead_of(chosen, by_seq=True)
    if lead.few:
        with rows([stream & span.where() for stream in lead.streams], lead.rest, (), also=lead.also) as found:
            return sorted(seq for seq, _, fits in found if fits)[:limit]
    streams = [stream & (lead.span & span).where() for stream in lead.streams]
    with rows(streams, lead.rest, ("seq",), also=lead.also) as found:
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
