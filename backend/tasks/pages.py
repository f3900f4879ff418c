"""Tasks in pages, in one of several orders. A page is found by a place in the order, never by counting rows.

Whoever has no value in the column of the order stands after all who have one, by `seq`, whichever way the order goes.
For one page only so many tasks are looked at: where few of them fit, it says how far it has looked, and the next page
goes on from there.

Whoever searches for a whole id means its task, however old: it is the first page, alone. What else contains the text
comes after.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Final, assert_never

from django.db.models import FETCH_PEERS, Q
from msgspec import Struct
from msgspec.structs import replace

from backend.tasks.lifecycle import UNENDED, Reason, Status
from backend.tasks.looking import Found, Lead, Looked, Span, lead_of, look, rows
from backend.tasks.models import Task
from backend.tasks.selectors import LARGE, TaskFilter


class OrderField(StrEnum):
    """What tasks are ordered by; those that are equal in it by the order of creation."""

    CREATED = "CREATED"
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    PRIORITY = "PRIORITY"


class Order(Struct, frozen=True):
    """By what, and whether the newest or highest comes first."""

    field: OrderField = OrderField.CREATED
    descending: bool = True


NEWEST_FIRST: Final = Order()


class Place(Struct, frozen=True):
    """Where a task stands in the order by a field. `value` is None where the task has none, or `seq` says all.

    With the `seq` 0 it is the beginning, before every task.
    """

    field: OrderField
    seq: int
    value: datetime | int | None = None


def beginning(field: OrderField) -> Place:
    """The place before every task."""
    return Place(field, 0, 0 if field is OrderField.PRIORITY else None)


class Page(Struct, frozen=True):
    """Some tasks in their order, and whether the filter may fit others before or after them.

    Where the look ended before the page was full, `stopped` is the place of the last task that was looked at, and
    `looked_back_to` is when that one was created. `named`: its task was found by its id, at the beginning.
    """

    tasks: Sequence[Task]
    more_before: bool
    more_after: bool
    stopped: Place | None = None
    looked_back_to: datetime | None = None
    named: bool = False


_COLUMNS = {OrderField.STARTED: "started_at", OrderField.FINISHED: "finished_at", OrderField.PRIORITY: "priority"}


def place(task: Task, field: OrderField) -> Place:
    """Where the task stands."""
    column = _COLUMNS.get(field)
    return Place(field, task.seq, getattr(task, column) if column else None)


def page(
    chosen: TaskFilter,
    order: Order = NEWEST_FIRST,
    *,
    limit: int,
    from_end: bool = False,
    after: Place | None = None,
    before: Place | None = None,
) -> Page:
    """At most `limit` tasks between the two places, the first of them in the order; or the last, with `from_end`."""
    if chosen.search and (named := _named(chosen)) is not None:
        if after is None and before is None:
            return Page([named][:limit], more_before=False, more_after=True, named=True)
        chosen = replace(chosen, but=chosen.search)
    if before is not None and before.seq == 0:
        return Page([], more_before=False, more_after=True)
    if after is not None and after.seq == 0:
        after = None
    lead = lead_of(chosen, by_seq=order.field is OrderField.CREATED)
    if lead.few:
        return _of_few(lead, order, limit, after, before, from_end=from_end)
    looked = Looked([])
    with closing(_walked(chosen, lead, order, after, before, reverse=from_end)) as found:
        look(found, looked, limit + 1)
    seqs = looked.fitting[:limit]
    tasks = _tasks(seqs[::-1] if from_end else seqs)
    more = len(looked.fitting) > limit or looked.stopped
    stopped, back_to = _stop(order, looked)
    if from_end:
        return Page(tasks, more, _any_from(chosen, lead, order, before, earlier=False), stopped, back_to)
    return Page(tasks, _any_from(chosen, lead, order, after, earlier=True), more, stopped, back_to)


def _named(chosen: TaskFilter) -> Task | None:
    """The task with the id that is searched for, if the rest of the filter fits it."""
    rest = replace(chosen, search="").where()
    named = Task.objects.filter(rest, key=chosen.search).order_by()
    return next(iter(named.defer(*LARGE).fetch_mode(FETCH_PEERS)), None)


def _of_few(lead: Lead, order: Order, limit: int, after: Place | None, before: Place | None, *, from_end: bool) -> Page:
    """The page out of all that the filter fits."""
    column = _COLUMNS.get(order.field)
    with rows(lead.streams, lead.rest, (), also=lead.also, value=column) as found:
        fitting = sorted((_position(order, seq, value), seq) for seq, value, fits in found if fits)
    first = 0 if after is None else bisect_right(fitting, _position(order, after.seq, after.value), key=itemgetter(0))
    last = len(fitting)
    if before is not None:
        last = bisect_left(fitting, _position(order, before.seq, before.value), key=itemgetter(0))
    between = fitting[first:last]
    chosen = between[max(0, len(between) - limit) :] if from_end else between[:limit]
    more = len(between) > limit
    if from_end:
        return Page(_tasks([seq for _, seq in chosen]), more, before is not None and last < len(fitting))
    # The place itself has a task, unless it is gone.
    return Page(_tasks([seq for _, seq in chosen]), after is not None and first > 0, more)


def _tasks(seqs: Sequence[int]) -> list[Task]:
    # Not `in_bulk`, which asks once more for each that is in none of its batches.
    found = {task.seq: task for task in Task.objects.filter(seq__in=seqs).defer(*LARGE).fetch_mode(FETCH_PEERS)}
    return [found[seq] for seq in seqs]


def _stop(order: Order, looked: Looked) -> tuple[Place | None, datetime | None]:
    if not looked.stopped or looked.last is None:
        return None, None
    seq, number, _ = looked.last
    last = Task.objects.defer(*LARGE).get(seq=seq)
    segment = _segments(order)[number]
    # Among those that go by their `seq` others are looked at too, which stand elsewhere in the order.
    value = getattr(last, segment.column) if segment.column else segment.value
    return Place(order.field, seq, value), last.created_at


def _any_from(chosen: TaskFilter, lead: Lead, order: Order, edge: Place | None, *, earlier: bool) -> bool:
    """Whether there may be a task at the place, or earlier or later in the order; not where there is no place."""
    if edge is None:
        return False
    descending = order.descending is not earlier
    beside = replace(edge, seq=edge.seq + (1 if descending else -1))
    after, before = (None, beside) if earlier else (beside, None)
    looked = Looked([])
    if chosen.search:
        # A look through all their texts is not worth it.
        chosen = replace(chosen, search="")
        lead = lead_of(chosen, by_seq=order.field is OrderField.CREATED)
    with closing(_walked(chosen, lead, order, after, before, reverse=earlier)) as found:
        look(found, looked, 1)
    return bool(looked.fitting) or looked.stopped


def _walked(
    chosen: TaskFilter, lead: Lead, order: Order, after: Place | None, before: Place | None, *, reverse: bool
) -> Generator[Found]:
    """The tasks between the places, the last one first with `reverse`; each with the number of its segment."""
    sign = "-" if order.descending is not reverse else ""
    for segment in _segments(order)[:: -1 if reverse else 1]:
        if not segment.reaches(order, after, before):
            continue
        if segment.column is not None:
            between = segment.where & segment.between(order, after, before)
            read = rows([between], chosen.where(), (f"{sign}{segment.column}", f"{sign}seq"))
        else:
            # Those of the segment are fewer than any that lead.
            among = Lead("", segment.of(chosen), rest=chosen.where()) if segment.streams else lead
            span = (lead.span & segment.span(order, after, before)).where()
            streams = [stream & span for stream in among.streams]
            read = rows(streams, among.rest & segment.where, (f"{sign}seq",), also=among.also)
        with read as found:
            for seq, _, fits in found:
                yield seq, segment.number, fits


class _Segment(Struct, frozen=True):
    """A part of the order: tasks that all have a value in its column, or that all go by their `seq`.

    The latter all have the same value, and may be in few of all `streams`, each of one status.
    """

    number: int
    column: str | None
    where: Q
    value: int | None = None
    streams: Sequence[tuple[Status, Q]] = ()

    def of(self, chosen: TaskFilter) -> list[Q]:
        """The streams in which tasks that the filter fits can be."""
        return [stream for status, stream in self.streams if not chosen.status or status in chosen.status]

    def reaches(self, order: Order, after: Place | None, before: Place | None) -> bool:
        """Whether anything of the segment can stand between the places."""
        return (after is None or _number(order, after.value) <= self.number) and (
            before is None or _number(order, before.value) >= self.number
        )

    def span(self, order: Order, after: Place | None, before: Place | None) -> Span:
        """What of the segment stands between the places, where it goes by `seq`."""
        span = Span()
        for edge, descending in ((after, order.descending), (before, not order.descending)):
            if edge is not None and _number(order, edge.value) == self.number:
                span &= Span(high=edge.seq - 1) if descending else Span(low=edge.seq + 1)
        return span

    def between(self, order: Order, after: Place | None, before: Place | None) -> Q:
        """What of the segment stands between the places, where it goes by its column."""
        where = Q()
        for edge, descending in ((after, order.descending), (before, not order.descending)):
            if edge is not None and _number(order, edge.value) == self.number:
                where &= self._past(edge, descending=descending)
        return where

    def _past(self, edge: Place, *, descending: bool) -> Q:
        """What comes after the place in an order of this direction, in a form that a database finds by its index."""
        # Instants are compared as text, and may be written with or without their microseconds: never for equality.
        value, next_value = edge.value, _next(edge.value)
        if descending:
            further = Q(**{f"{self.column}__lt": value}) | Q(seq__lt=edge.seq)
            return Q(**{f"{self.column}__lt": next_value}) & further
        further = Q(**{f"{self.column}__gte": next_value}) | Q(seq__gt=edge.seq)
        return Q(**{f"{self.column}__gte": value}) & further


_UNSTARTED_REASONS = [reason for reason in Reason if reason not in (Reason.ERROR, Reason.TIMEOUT)]
_NOT_STARTED = [
    (Status.QUEUEING, Q(status=Status.QUEUEING)),
    *((Status.FAILED, Q(reason=reason)) for reason in _UNSTARTED_REASONS),
]
_NOT_ENDED = [(status, Q(status=status)) for status in UNENDED]
_PRIORITISED = ~Q(priority=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _segments(order: Order) -> list[_Segment]:
    """In the order that they follow each other."""
    match order.field:
        case OrderField.CREATED:
            return [_Segment(0, None, Q())]
        case OrderField.STARTED | OrderField.FINISHED:
            column = _COLUMNS[order.field]
            # All others have the value.
            without = _NOT_STARTED if order.field is OrderField.STARTED else _NOT_ENDED
            return [
                _Segment(0, column, Q(**{f"{column}__isnull": False})),
                _Segment(1, None, Q(**{f"{column}__isnull": True}), streams=without),
            ]
        case OrderField.PRIORITY:
            # Nearly all tasks have none, and are not in the index.
            signs = [Q(priority__gt=0) & _PRIORITISED, Q(priority=0), Q(priority__lt=0) & _PRIORITISED]
            wheres = signs if order.descending else signs[::-1]
            return [
                _Segment(0, "priority", wheres[0]),
                _Segment(1, None, wheres[1], value=0),
                _Segment(2, "priority", wheres[2]),
            ]
        case _:
            assert_never(order.field)


def _number(order: Order, value: datetime | int | None) -> int:
    """That of the segment that a task with this value is in."""
    match order.field:
        case OrderField.CREATED:
            return 0
        case OrderField.STARTED | OrderField.FINISHED:
            return 0 if isinstance(value, datetime) else 1
        case OrderField.PRIORITY:
            priority = value if isinstance(value, int) else 0
            sign = (priority > 0) - (priority < 0)
            return 1 - sign if order.descending else 1 + sign
        case _:
            assert_never(order.field)


def _position(order: Order, seq: int, value: datetime | int | None) -> tuple[int, int, int]:
    """A task whose position is less stands before."""
    sign = -1 if order.descending else 1
    ordinal = (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value or 0
    return _number(order, value), sign * ordinal, sign * seq


def _next(value: datetime | int | None) -> datetime | int | None:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return None if value is None else value + 1
