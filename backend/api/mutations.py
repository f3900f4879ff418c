"""What can be changed."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from backend.api import reports as reporting
from backend.api.loading import viewer
from backend.api.scalars import JSON, DateTime
from backend.api.types import Task, list_of
from backend.tasks import models, store
from backend.tasks.drafts import Draft, draft
from backend.tasks.refusals import Conflict, Refusal
from wire.messages import Answer

MAX_TASKS = 10_000
"""Tasks in one `createTasks`."""


class TooManyTasks(Refusal):
    """More tasks than one `createTasks` takes."""

    code = "TOO_LARGE"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"tasks: {size} at once, the limit is {MAX_TASKS}; ask in several requests.",
            what="tasks",
            size=size,
            limit=MAX_TASKS,
        )


def _what_a_task_is() -> dict[str, Any]:
    return {
        "name": graphene.String(required=True, description="The task function: its short name, or its full path."),
        "args": JSON(description="Arguments by position: an array."),
        "kwargs": JSON(description="Arguments by name: an object."),
        "id": graphene.ID(
            description="1 to 200 of A-Z a-z 0-9 . _ : -; made when absent. "
            "The same id with the same content is the same task."
        ),
        "queue": graphene.String(description="1 to 64 of a-z 0-9 . _ -; the task function's own unless given."),
        "priority": graphene.Int(description="−100 to 100; the task function's own unless given."),
        "run_after": DateTime(description="It does not start before."),
    }


TaskInput = type(
    "TaskInput",
    (graphene.InputObjectType,),
    {"__doc__": "A task to create, with the arguments of `createTask`.", **_what_a_task_is()},
)


class CreateTasks(graphene.ObjectType):
    """What `createTasks` did."""

    created = graphene.Int(required=True, description="How many tasks stand in the record for what was asked.")
    tasks = graphene.Field(list_of(Task), description="The tasks, in the order asked.")


class Mutation(graphene.ObjectType):
    """What can be changed. An answer means that it is on disk."""

    create_task = graphene.Field(
        Task,
        required=True,
        description="Ask for one task. It is on disk before the answer, and starts when a worker has room.",
        # Its arguments `args` and `name` would be taken for the field's own.
        args=_what_a_task_is(),
    )
    create_tasks = graphene.Field(
        CreateTasks,
        required=True,
        description="Ask for up to 10,000 tasks, all or none. An error says which one: `tasks[17]: …`.",
        tasks=graphene.List(graphene.NonNull(TaskInput), required=True, description="The tasks."),
    )
    report_attempts = graphene.Field(
        JSON,
        required=True,
        description=reporting.description(),
        reports=JSON(required=True, description="An array of reports."),
    )

    @staticmethod
    def resolve_create_task(_: None, _info: GraphQLResolveInfo, **given: Any) -> models.Task:
        return store.create([draft(**given)])[0]

    @staticmethod
    def resolve_create_tasks(_: None, info: GraphQLResolveInfo, tasks: list[dict[str, Any]]) -> dict[str, Any]:
        created = _create_all(tasks)
        viewer(info).saw_tasks(created)
        return {"created": len(created), "tasks": created}

    @staticmethod
    def resolve_report_attempts(_: None, info: GraphQLResolveInfo, reports: Any) -> list[Answer]:
        return reporting.settle(reports, service=viewer(info).service)


def _create_all(tasks: list[dict[str, Any]]) -> list[models.Task]:
    if len(tasks) > MAX_TASKS:
        raise TooManyTasks(len(tasks))
    drafts: list[Draft] = []
    for place, given in enumerate(tasks):
        try:
            drafts.append(draft(**given))
        except Refusal as refusal:
            raise _at(place, refusal) from refusal
    try:
        return store.create(drafts)
    except Conflict as conflict:
        # The last one with the id: where two of these tasks disagree, the first could have stood.
        place = max(place for place, draft in enumerate(drafts) if draft.key == conflict.details["id"])
        raise _at(place, conflict) from conflict


def _at(place: int, refusal: Refusal) -> Refusal:
    """The refusal, saying which of the tasks it is about."""
    refusal.args = (f"tasks[{place}]: {refusal}",)
    refusal.details["index"] = place
    return refusal
