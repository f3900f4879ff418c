"""What can be asked."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from backend.api.connection import FoundTasks, TaskConnection, find
from backend.api.filters import TaskFilter, chosen
from backend.api.lists import list_of
from backend.api.loading import viewer
from backend.api.overview import FailureGroup, RejectedMessage
from backend.api.queue_pages import FoundQueues, QueueConnection, QueueOrder, find_queues, named
from backend.api.sizes import MAX_PAGE, size
from backend.api.stats import Stats, asked, by_minute, minutes_asked
from backend.api.types import Queue, Task, TaskType, Worker
from backend.tasks import models, overview, pages, registry, selectors
from backend.tasks.minutes import Stats as FoundStats
from backend.tasks.minutes import of_record
from backend.tasks.refusals import NotFound

TaskOrderField = graphene.Enum.from_enum(
    pages.OrderField, name="TaskOrderField", description="What tasks can be ordered by."
)


class TaskOrder(graphene.InputObjectType):
    """In which order. Tasks that are equal in it, or have no such instant yet, follow the order of creation; the latter
    stand at the end."""

    field = TaskOrderField(required=True, description="By what.")
    descending = graphene.Boolean(default_value=True, description="Whether the newest or highest comes first.")


class Query(graphene.ObjectType):
    """What can be asked. Each answer can be waited on: GET with If-None-Match and Prefer: wait=25."""

    task = graphene.Field(
        Task, id=graphene.ID(required=True, description="The task's id."), description="One task; NOT_FOUND without it."
    )
    tasks = graphene.Field(
        TaskConnection,
        required=True,
        description="The tasks that the filter fits; the newest first unless `orderBy` says otherwise.",
        first=graphene.Int(description="So many from the beginning; 50 unless given, at most 500."),
        after=graphene.String(description="Only tasks after this cursor, which is one of the same order."),
        last=graphene.Int(description="So many from the end, instead of `first`; at most 500."),
        before=graphene.String(description="Only tasks before this cursor, which is one of the same order."),
        filter=TaskFilter(description="Which tasks."),
        order_by=TaskOrder(description="In which order; by creation, the newest first, unless given."),
    )
    task_types = graphene.Field(list_of(TaskType), description="Every task function there is, by name.")
    workers = graphene.Field(list_of(Worker), description="The load table: every worker, with what it runs and holds.")

    queues = graphene.Field(
        list_of(Queue),
        description="Every queue that has been used or paused, by name. There may be thousands: see `queuePage`.",
        names=graphene.List(
            graphene.NonNull(graphene.String),
            description=f"Only those of them with these names, at most {MAX_PAGE}; one that is not there is left out.",
        ),
    )
    queue_page = graphene.Field(
        QueueConnection,
        required=True,
        description="Some of the queues that have been used or paused, and how many there are.",
        first=graphene.Int(description="So many from the beginning; 50 unless given, at most 500."),
        after=graphene.String(description="Only queues after this cursor, which is one of the same order."),
        last=graphene.Int(description="So many from the end, instead of `first`; at most 500."),
        before=graphene.String(description="Only queues before this cursor, which is one of the same order."),
        search=graphene.String(description="Only queues whose name contains this text, without regard to case."),
        order_by=QueueOrder(description="In which order; by name unless given."),
    )
    stats = graphene.Field(
        Stats,
        required=True,
        description="How much was done when.",
        queue=graphene.String(description="Only of this queue."),
        name=graphene.String(description="Only of the task function with this name, short or full."),
        args=minutes_asked(),
    )
    rejected_messages = graphene.Field(
        list_of(RejectedMessage),
        description="What came on `TASKS` and could not become a task, the last one first.",
        first=graphene.Int(description="So many; 50 unless given, at most 500."),
    )
    failure_groups = graphene.Field(
        list_of(FailureGroup),
        description="What the tasks that are FAILED have in common, the kind seen last first.",
        first=graphene.Int(default_value=50, description="So many kinds, at most 500."),
    )

    @staticmethod
    def resolve_task(_: None, _info: GraphQLResolveInfo, id: str) -> models.Task:
        task = selectors.task(id)
        if task is None:
            raise NotFound("task", id)
        return task

    @staticmethod
    def resolve_tasks(
        _: None,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: dict[str, Any] | None = None,
        order_by: dict[str, Any] | None = None,
    ) -> FoundTasks:
        order = ordered(order_by or {})
        which = chosen(filter or {})
        return find(viewer(info), which, order, first=first, after=after, last=last, before=before)

    @staticmethod
    def resolve_task_types(_: None, _info: GraphQLResolveInfo) -> Any:
        return registry.registry().types

    @staticmethod
    def resolve_workers(_: None, info: GraphQLResolveInfo) -> list[models.Worker]:
        return viewer(info).workers()

    @staticmethod
    def resolve_queues(_: None, info: GraphQLResolveInfo, names: list[str] | None = None) -> list[models.Queue]:
        return viewer(info).saw_queues(overview.queues(named(names)))

    @staticmethod
    def resolve_queue_page(_: None, info: GraphQLResolveInfo, **which: Any) -> FoundQueues:
        return find_queues(viewer(info), **which)

    @staticmethod
    def resolve_stats(
        _: None,
        info: GraphQLResolveInfo,
        queue: str | None = None,
        name: str | None = None,
        **which: Any,
    ) -> FoundStats:
        return of_record(asked(info, **which), queue=queue, name=name, by_minute=by_minute(info))

    @staticmethod
    def resolve_rejected_messages(
        _: None, _info: GraphQLResolveInfo, first: int | None = None
    ) -> list[models.RejectedMessage]:
        return overview.rejected_messages(size("first", first))

    @staticmethod
    def resolve_failure_groups(
        _: None, info: GraphQLResolveInfo, first: int | None = None
    ) -> list[overview.FailureGroup]:
        groups = overview.failure_groups(size("first", first))
        viewer(info).saw_failures(groups)
        return groups


def ordered(given: dict[str, Any]) -> pages.Order:
    """The order as the record takes it."""
    return pages.Order(**{name: value for name, value in given.items() if value is not None})
