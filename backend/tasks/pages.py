"""Tasks in pages, in one of several orders. A page is found by a place in the order, never by counting rows.

Whoever has no value in the column of the order stands after all who have one, by `seq`, whichever way the order goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import FETCH_PEERS, Q, QuerySet

from backend.tasks.models import Task
from backend.tasks.selectors import LARGE, TaskFilter


class OrderField(StrEnum):
    """What tasks are ordered by; those that are equal in it by the order of creation."""

    CREATED = "CREATED"
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    PRIORITY = "PRIORITY"


@dataclass(frozen=True, slots=True)
class Order:
    """By what, and whether the newest or highest comes first."""

    field: OrderField = OrderField.CREATED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands in the order by a field. `value` is None where the task has none, or `seq` says all."""

    field: OrderField
    seq: int
    value: datetime | int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some tasks in their order, and whether the filter fits others before or after them."""

    tasks: Sequence[Task]
    more_before: bool
    more_after: bool


_COLUMNS = {OrderField.STARTED: "started_at", OrderField.FINISHED: "finished_at", OrderField.PRIORITY: "priority"}


def place(task: Task, field: OrderField) -> Place:
    """Where the task stands."""
    column = _COLUMNS.get(field)
    return Place(field, task.seq, getattr(task, column) if column else None)


def page(
    chosen: TaskFilter,
    order: Order = Order(),
    *,
    limit: int,
    from_end: bool = False,
    after: Place | None = None,
    before: Place | None = None,
) -> Page:
    """At most `limit` tasks between the two places, the first of them in the order; or the last, with `from_end`."""
    fitting = Task.objects.filter(chosen.where())
    found: list[Task] = []
    for segment in _segments(order, reverse=from_end):
        between = segment.between(order, after, before)
        if between is not None and len(found) <= limit:
            rows = segment.sorted(fitting.filter(between), descending=order.descending is not from_end)
            found.extend(rows.defer(*LARGE).fetch_mode(FETCH_PEERS)[: limit + 1 - len(found)])
    more, found = len(found) > limit, found[:limit]
    if from_end:
        return Page(found[::-1], more, more_after=_any_from(fitting, order, before, earlier=False))
    return Page(found, more_before=_any_from(fitting, order, after, earlier=True), more_after=more)


def _any_from(fitting: QuerySet[Task], order: Order, edge: Place | None, *, earlier: bool) -> bool:
    """Whether there is a task at the place, or earlier or later in the order; not where there is no place."""
    if edge is None:
        return False
    descending = order.descending is not earlier
    beside = replace(edge, seq=edge.seq + (1 if descending else -1))
    for segment in _segments(order):
        if segment.number == _number(edge):
            where = segment.where & segment.past(beside, descending=descending)
        elif (segment.number < _number(edge)) is earlier:
            where = segment.where
        else:
            continue
        if fitting.filter(where).exists():
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Segment:
    """The tasks that have a value in the column, or those that have none; all of them where no column may be empty."""

    column: str | None
    where: Q
    number: int

    def sorted(self, tasks: QuerySet[Task], *, descending: bool) -> QuerySet[Task]:
        sign = "-" if descending else ""
        return tasks.order_by(*([f"{sign}{self.column}"] if self.column else []), f"{sign}seq")

    def between(self, order: Order, after: Place | None, before: Place | None) -> Q | None:
        """What of the segment stands between the places, None when nothing can."""
        where = self.where
        if after is not None:
            if _number(after) > self.number:
                return None
            if _number(after) == self.number:
                where &= self.past(after, descending=order.descending)
        if before is not None:
            if _number(before) < self.number:
                return None
            if _number(before) == self.number:
                where &= self.past(before, descending=not order.descending)
        return where

    def past(self, edge: Place, *, descending: bool) -> Q:
        """What comes after the place in an order of this direction, in a form that a database finds by its index."""
        further = Q(seq__lt=edge.seq) if descending else Q(seq__gt=edge.seq)
        if self.column is None:
            return further
        # Instants are compared as text, and may be written with or without their microseconds: never for equality.
        value, next_value = edge.value, _next(edge.value)
        if descending:
            return Q(**{f"{self.column}__lt": next_value}) & (Q(**{f"{self.column}__lt": value}) | further)
        return Q(**{f"{self.column}__gte": value}) & (Q(**{f"{self.column}__gte": next_value}) | further)


def _segments(order: Order, *, reverse: bool = False) -> list[_Segment]:
    column = _COLUMNS.get(order.field)
    if column is None:
        return [_Segment(None, Q(), 0)]
    if order.field is OrderField.PRIORITY:
        return [_Segment(column, Q(), 0)]
    segments = [
        _Segment(column, Q(**{f"{column}__isnull": False}), 0),
        _Segment(None, Q(**{f"{column}__isnull": True}), 1),
    ]
    return segments[::-1] if reverse else segments


def _number(edge: Place) -> int:
    return 1 if edge.field in (OrderField.STARTED, OrderField.FINISHED) and edge.value is None else 0


def _next(value: datetime | int | None) -> datetime | int | None:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return None if value is None else value + 1
