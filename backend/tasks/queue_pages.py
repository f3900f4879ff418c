"""Queues in pages, in one of several orders. A page is found by a place in the order, so none is left out or told twice
because others have come or gone before it.

Of every queue its name and what it is ordered by are looked at: no index finds a part of a name, or whose oldest task
waits longest. Of as many as there may be that takes a hundredth of a second; to read and to tell all there is to each,
which is done of a page alone, half a second.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Final

from msgspec import Struct

from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.models import Queue


class QueueOrderField(StrEnum):
    """What queues are ordered by; those that are equal in it by name, and those that have none of it at the end."""

    NAME = "NAME"
    PAUSED = "PAUSED"
    QUEUEING = "QUEUEING"
    RUNNING = "RUNNING"
    OLDEST = "OLDEST"


class QueueOrder(Struct, frozen=True):
    """By what, and whether the last name, the highest number or the newest instant comes first."""

    field: QueueOrderField = QueueOrderField.NAME
    descending: bool = False


BY_NAME: Final = QueueOrder()

Value = datetime | int | None
"""What a queue is ordered by beside its name: an instant for OLDEST, a number for what is counted, 1 for PAUSED."""


class QueuePlace(Struct, frozen=True):
    """Where a queue stands, or stood, in the order by a field."""

    field: QueueOrderField
    name: str
    value: Value = None


class QueuePage(Struct, frozen=True):
    """The places of some queues in their order; `total` is how many there are, and `earlier` of them come before."""

    places: Sequence[QueuePlace]
    total: int
    earlier: int

    @property
    def later(self) -> int:
        """How many come after."""
        return self.total - self.earlier - len(self.places)


def queue_page(
    order: QueueOrder = BY_NAME,
    *,
    limit: int,
    search: str = "",
    from_end: bool = False,
    after: QueuePlace | None = None,
    before: QueuePlace | None = None,
    oldest: Callable[[], Mapping[str, datetime]] = dict,
) -> QueuePage:
    """At most `limit` queues between the two places whose names contain the text, whatever its case: the first of them
    in the order; or the last, with `from_end`. `oldest` is asked, in the order by OLDEST alone, since when the oldest
    task waits in each queue."""
    sought = search.lower()
    found = sorted(
        (_position(order, name, value), name, value) for name, value in _values(order.field, oldest) if sought in name
    )
    low = 0 if after is None else bisect_right(found, _position(order, after.name, after.value), key=itemgetter(0))
    high = len(found)
    if before is not None:
        high = bisect_left(found, _position(order, before.name, before.value), key=itemgetter(0))
    if from_end:
        low = max(low, high - limit)
    high = max(low, min(high, low + limit))
    places = [QueuePlace(order.field, name, value) for _, name, value in found[low:high]]
    return QueuePage(places, len(found), low)


_COLUMNS: Final = {
    QueueOrderField.PAUSED: "paused",
    QueueOrderField.QUEUEING: "queueing",
    QueueOrderField.RUNNING: "running",
}


def _values(field: QueueOrderField, oldest: Callable[[], Mapping[str, datetime]]) -> Sequence[tuple[str, Value]]:
    """Of every queue its name and what it is ordered by."""
    queues = Queue.objects.exclude(name=FORMER_QUEUES)
    if (column := _COLUMNS.get(field)) is not None:
        return [(name, int(value)) for name, value in queues.values_list("name", column)]
    since = oldest() if field is QueueOrderField.OLDEST else {}
    return [(name, since.get(name)) for name in queues.values_list("name", flat=True)]


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Names are compared letter by letter: with each letter mirrored, and after the last one something that is above all,
# they stand the other way round.
_MIRRORED: Final = {code: 126 - code for code in range(127)}
_ABOVE_ALL: Final = "\x7f"


def _position(order: QueueOrder, name: str, value: Value) -> tuple[bool, int, str]:
    """A queue whose position is less stands before."""
    by_name_alone = order.field is QueueOrderField.NAME
    ordinal = (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value or 0
    falling = by_name_alone and order.descending
    return (
        value is None,
        -ordinal if order.descending else ordinal,
        name.translate(_MIRRORED) + _ABOVE_ALL if falling else name,
    )
