"""Tasks in pages: a Relay connection whose cursors are places in an order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import graphene
from graphql import GraphQLResolveInfo
from msgspec import Struct

from backend.api.cursors import encoded, no_cursor, of_another_order, parts
from backend.api.lists import list_of
from backend.api.loading import Viewer
from backend.api.page_info import PageInfo, one_end
from backend.api.scalars import DateTime
from backend.api.types import Task
from backend.tasks import models, pages, selectors
from backend.tasks.pages import Order, OrderField, Page, Place, place
from backend.tasks.selectors import Counts, TaskFilter


class TaskEdge(graphene.ObjectType):
    """A task and its place."""

    cursor = graphene.String(required=True, description="The place, for `after` and `before`; its text means nothing.")
    node = graphene.Field(Task, required=True, description="The task there.")


class TaskCounts(graphene.ObjectType):
    """How many tasks have each status."""

    queueing = graphene.Int(required=True, description="Waiting for a worker, or with one that has not started.")
    running = graphene.Int(required=True, description="Being executed now.")
    failed = graphene.Int(required=True, description="Ended without a result.")
    finished = graphene.Int(required=True, description="Ended with a result.")


class TaskConnection(graphene.ObjectType):
    """A page of tasks, in the order asked for."""

    edges = graphene.Field(list_of(TaskEdge), description="The tasks with their cursors.")
    nodes = graphene.Field(list_of(Task), description="The tasks alone.")
    page_info = graphene.Field(PageInfo, required=True, description="Where this page stands.")
    counts = graphene.Field(
        TaskCounts,
        description="How many tasks of each status the filter fits, whatever statuses it names; "
        "null with a filter by anything else than queue and status.",
    )

    looked_back_to = DateTime(
        description="Where a page has fewer tasks than asked for, because only so many are looked at for one: when the "
        "last one looked at was created. The next page goes on from there. Null otherwise."
    )

    @staticmethod
    def resolve_edges(found: "FoundTasks", _info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        return [{"cursor": found.cursor(task), "node": task} for task in found.page.tasks]

    @staticmethod
    def resolve_nodes(found: "FoundTasks", _info: GraphQLResolveInfo) -> Sequence[models.Task]:
        return found.page.tasks

    @staticmethod
    def resolve_page_info(found: "FoundTasks", _info: GraphQLResolveInfo) -> dict[str, Any]:
        tasks, stopped = found.page.tasks, found.page.stopped
        start, end = (found.cursor(tasks[0]), found.cursor(tasks[-1])) if tasks else (None, None)
        if stopped is not None:
            start, end = (written(stopped), end) if found.from_end else (start, written(stopped))
        return {
            "has_next_page": found.page.more_after,
            "has_previous_page": found.page.more_before,
            "start_cursor": start,
            "end_cursor": end,
        }

    @staticmethod
    def resolve_counts(found: "FoundTasks", _info: GraphQLResolveInfo) -> Counts | None:
        return selectors.counts(found.chosen)

    @staticmethod
    def resolve_looked_back_to(found: "FoundTasks", _info: GraphQLResolveInfo) -> datetime | None:
        return found.page.looked_back_to


class FoundTasks(Struct, frozen=True, dict=True):  # for its cached property
    """What a connection is resolved from. Its page is read when something of it is asked for: counts are none of it."""

    viewer: Viewer
    chosen: TaskFilter
    order: Order
    limit: int
    from_end: bool
    after: Place | None
    before: Place | None

    @cached_property
    def page(self) -> Page:
        found = pages.page(
            self.chosen, self.order, limit=self.limit, from_end=self.from_end, after=self.after, before=self.before
        )
        self.viewer.saw_tasks(found.tasks)
        return found

    def cursor(self, task: models.Task) -> str:
        field = self.order.field
        return written(pages.beginning(field) if self.page.named else place(task, field))


def find(
    viewer: Viewer,
    chosen: TaskFilter,
    order: Order,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> FoundTasks:
    """The tasks that these arguments mean, as this viewer sees them. Refuses with BadInput what means none."""
    limit, from_end = one_end(first, last)
    return FoundTasks(
        viewer,
        chosen,
        order,
        limit=limit,
        from_end=from_end,
        after=_place("after", after, order),
        before=_place("before", before, order),
    )


_KINDS = {
    OrderField.CREATED: "seq",
    OrderField.STARTED: "started",
    OrderField.FINISHED: "finished",
    OrderField.PRIORITY: "priority",
}


def written(place: Place) -> str:
    """The place as a cursor."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    text = f"{_KINDS[place.field]}:{place.seq}" + ("" if value is None else f":{value}")
    return encoded(text)


def _place(argument: str, text: str | None, order: Order) -> Place | None:
    if text is None:
        return None
    try:
        kind, seq, *value = parts(text)
        field = next(field for field, name in _KINDS.items() if name == kind)
        found = Place(field, int(seq), _value(field, value[0] if value else None))
    except (ValueError, StopIteration):
        found = None
    if found is None or not 0 <= found.seq < 2**63:
        raise no_cursor(argument, text)
    if found.field is not order.field:
        raise of_another_order(argument, found.field, order.field)
    return found


def _value(field: OrderField, text: str | None) -> datetime | int | None:
    """ValueError where no task can have it."""
    match field:
        case OrderField.CREATED if text is None:
            return None
        case OrderField.PRIORITY if text is not None and abs(int(text)) <= 100:
            return int(text)
        case OrderField.STARTED | OrderField.FINISHED if text is None:
            return None
        case OrderField.STARTED | OrderField.FINISHED if text is not None:
            moment = datetime.fromisoformat(text)
            # Room for the next one.
            if moment.tzinfo is not None and 1 < moment.year < 9999:
                return moment.astimezone(UTC)
    raise ValueError
