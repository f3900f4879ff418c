"""Queues in pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import graphene
from graphql import GraphQLResolveInfo
from msgspec import Struct

from backend.api.cursors import encoded, no_cursor, of_another_order, parts
from backend.api.filters import searched
from backend.api.lists import list_of
from backend.api.loading import Viewer
from backend.api.page_info import PageInfo, one_end
from backend.api.sizes import MAX_PAGE
from backend.api.types import Queue
from backend.tasks import models, overview, queue_pages
from backend.tasks.queue_pages import QueueOrder as FoundOrder
from backend.tasks.queue_pages import QueueOrderField as FoundField
from backend.tasks.queue_pages import QueuePage, QueuePlace, Value
from backend.tasks.refusals import BadInput

QueueOrderField = graphene.Enum.from_enum(
    FoundField,
    name="QueueOrderField",
    description="What queues can be ordered by: NAME, PAUSED, the number QUEUEING or RUNNING, or OLDEST, the instant "
    "`oldestQueuedAt`.",
)


class QueueOrder(graphene.InputObjectType):
    """In which order. Queues that are equal in it follow by name; those in which nothing waits stand at the end of the
    order by OLDEST."""

    field = QueueOrderField(required=True, description="By what.")
    descending = graphene.Boolean(
        default_value=False,
        description="Whether the last name, the highest number, the newest instant, or what is paused comes first.",
    )


class QueueConnection(graphene.ObjectType):
    """A page of queues, in the order asked for."""

    nodes = graphene.Field(list_of(Queue), description="The queues.")
    page_info = graphene.Field(PageInfo, required=True, description="Where this page stands.")
    total = graphene.Int(required=True, description="How many queues the search fits, on whatever page.")
    earlier = graphene.Int(required=True, description="How many of them come before this page.")

    @staticmethod
    def resolve_nodes(found: "FoundQueues", _info: GraphQLResolveInfo) -> Sequence[models.Queue]:
        return found.queues

    @staticmethod
    def resolve_page_info(found: "FoundQueues", _info: GraphQLResolveInfo) -> dict[str, Any]:
        places = found.page.places
        return {
            "has_next_page": found.page.later > 0,
            "has_previous_page": found.page.earlier > 0,
            "start_cursor": written(places[0]) if places else None,
            "end_cursor": written(places[-1]) if places else None,
        }

    @staticmethod
    def resolve_total(found: "FoundQueues", _info: GraphQLResolveInfo) -> int:
        return found.page.total

    @staticmethod
    def resolve_earlier(found: "FoundQueues", _info: GraphQLResolveInfo) -> int:
        return found.page.earlier


class FoundQueues(Struct, frozen=True, dict=True):  # for its cached property
    """What a connection is resolved from. Rows are read when something of them is asked for."""

    viewer: Viewer
    page: QueuePage

    @cached_property
    def queues(self) -> Sequence[models.Queue]:
        named = {queue.name: queue for queue in overview.queues([place.name for place in self.page.places])}
        # Whoever asks reads one state of the record, in which all of them are there.
        return self.viewer.saw_queues([named[place.name] for place in self.page.places])


def find_queues(
    viewer: Viewer,
    *,
    search: str | None = None,
    order_by: dict[str, Any] | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> FoundQueues:
    """The queues that these arguments mean. Refuses with BadInput what means none."""
    order = FoundOrder(**{name: value for name, value in (order_by or {}).items() if value is not None})
    limit, from_end = one_end(first, last)
    page = queue_pages.queue_page(
        order,
        limit=limit,
        search=searched("search", search),
        from_end=from_end,
        after=_place("after", after, order),
        before=_place("before", before, order),
        oldest=viewer.every_oldest_queued,
    )
    return FoundQueues(viewer, page)


def named(names: Sequence[str] | None) -> Sequence[str] | None:
    """The names of the queues that are asked for. Refuses too many."""
    if names is not None and len(names) > MAX_PAGE:
        raise BadInput("names", f"has {len(names)} names, the limit is {MAX_PAGE}; ask for them in parts")
    return names


_INSTANTS: Final = {FoundField.OLDEST}
_NUMBERS: Final = {FoundField.PAUSED, FoundField.QUEUEING, FoundField.RUNNING}


def written(place: QueuePlace) -> str:
    """The place as a cursor."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return encoded(f"{place.field.lower()}:{place.name}" + ("" if value is None else f":{value}"))


def _place(argument: str, text: str | None, order: FoundOrder) -> QueuePlace | None:
    if text is None:
        return None
    try:
        kind, name, *value = parts(text)
        field = FoundField(kind.upper())
        found = QueuePlace(field, name, _value(field, value[0] if value else None))
    except (ValueError, OverflowError) as error:
        raise no_cursor(argument, text) from error
    if found.field is not order.field:
        raise of_another_order(argument, found.field, order.field)
    return found


def _value(field: FoundField, text: str | None) -> Value:
    """ValueError where no queue can have it."""
    if text is None and field not in _NUMBERS:
        return None
    if text is not None and field in _NUMBERS:
        return int(text)
    if text is not None and field in _INSTANTS:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise ValueError(text)
