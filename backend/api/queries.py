"""What can be asked."""

from datetime import datetime
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from backend.api.connection import FoundTasks, TaskConnection, find
from backend.api.loading import viewer
from backend.api.scalars import DateTime
from backend.api.types import FailureReason, Task, TaskStatus, TaskType, Worker, list_of
from backend.tasks import models, pages, registry, selectors
from backend.tasks.refusals import BadInput, NotFound, Zoneless

TaskOrderField = graphene.Enum.from_enum(
    pages.OrderField, name="TaskOrderField", description="What tasks can be ordered by."
)

MAX_SEARCH = 200


class TaskFilter(graphene.InputObjectType):
    """Which tasks: those that fit every field given. A list fits when one of its values does; an empty one fits all."""

    status = graphene.List(graphene.NonNull(TaskStatus), description="Where the task stands.")
    reason = graphene.List(graphene.NonNull(FailureReason), description="Why the task failed.")
    name = graphene.List(graphene.NonNull(graphene.String), description="The task function's short name or full path.")
    queue = graphene.List(graphene.NonNull(graphene.String), description="The queue.")
    worker = graphene.List(graphene.NonNull(graphene.ID), description="The topic of the worker that has or had it.")
    search = graphene.String(
        description="Contains this text in its id, name, path, arguments or error, without regard to case; "
        f"at most {MAX_SEARCH} characters."
    )
    created_after = DateTime(description="Created then or later.")
    created_before = DateTime(description="Created earlier.")


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
        found = find(chosen(filter or {}), order, first=first, after=after, last=last, before=before)
        viewer(info).saw_tasks(found.page.tasks)
        return found

    @staticmethod
    def resolve_task_types(_: None, _info: GraphQLResolveInfo) -> Any:
        return registry.registry().types

    @staticmethod
    def resolve_workers(_: None, info: GraphQLResolveInfo) -> list[models.Worker]:
        return viewer(info).saw_workers(selectors.workers())


def chosen(given: dict[str, Any]) -> selectors.TaskFilter:
    """The filter as the record takes it. Refuses an instant without a zone."""
    _refuse_zoneless("filter.createdAfter", given.get("created_after"))
    _refuse_zoneless("filter.createdBefore", given.get("created_before"))
    search = (given.get("search") or "").strip()
    if len(search) > MAX_SEARCH:
        raise BadInput("filter.search", f"has {len(search)} characters, the limit is {MAX_SEARCH}")
    known = {name: value for name, value in given.items() if value is not None}
    return selectors.TaskFilter(**{**known, "search": search})


def ordered(given: dict[str, Any]) -> pages.Order:
    """The order as the record takes it."""
    return pages.Order(**{name: value for name, value in given.items() if value is not None})


def _refuse_zoneless(field: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise Zoneless(field, moment)
