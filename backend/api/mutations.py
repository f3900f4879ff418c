"""What can be changed."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from backend.api import reports as reporting
from backend.api.filters import TaskFilter, meant
from backend.api.lists import list_of
from backend.api.loading import viewer
from backend.api.scalars import JSON, DateTime
from backend.api.types import Queue, Task, Worker
from backend.tasks import models, selectors, store
from backend.tasks.drafts import Draft, draft
from backend.tasks.refusals import Conflict, Refusal, TooManyQueues
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
        "expires_at": DateTime(description="It does not start after; then it is FAILED, reason EXPIRED."),
        "timeout": graphene.Float(
            description="Seconds after which an attempt is told to end, and killed after the task function's grace."
        ),
        "max_attempts": graphene.Int(
            description="Attempts that may end by an error or a timeout; the task function's own unless given."
        ),
    }


def _which_tasks(what: str) -> dict[str, Any]:
    return {
        "ids": graphene.List(
            graphene.NonNull(graphene.ID), description=f"The tasks, all or none; up to 10,000. {what}"
        ),
        "filter": TaskFilter(
            description="Instead of ids: every task that it fits, as they are when it comes to them. "
            "One that says nothing is refused."
        ),
    }


class BulkResult(graphene.ObjectType):
    """What was done to many tasks."""

    count = graphene.Int(required=True, description="How many tasks it was done to.")


TaskInput = type(
    "TaskInput",
    (graphene.InputObjectType,),
    {"__doc__": "A task to create, with the arguments of `createTask`.", **_what_a_task_is()},
)


class CreateTasks(graphene.ObjectType):
    """What `createTasks` did."""

    created = graphene.Int(required=True, description="How many tasks stand in the record for what was asked.")
    existing = graphene.Int(
        required=True, description="How many of them were there before, with the same id and the same content."
    )
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
    retry_tasks = graphene.Field(
        BulkResult,
        required=True,
        description="Run tasks that have ended once more: a new round on the same task, which keeps its attempts. "
        "It does not start before its runAfter either; an expiresAt no longer counts.",
        **_which_tasks("Those that have not ended are refused."),
    )
    cancel_tasks = graphene.Field(
        BulkResult,
        required=True,
        description="Cancel tasks. What waits is FAILED at once, reason CANCELLED; what runs is told to end, "
        "and killed after its grace.",
        **_which_tasks("Those that have ended are left as they are."),
    )
    delete_tasks = graphene.Field(
        BulkResult,
        required=True,
        description="Take tasks that have ended off the record, with their attempts and logs.",
        **_which_tasks("Those that have not ended are refused."),
    )
    pause_queue = graphene.Field(
        Queue,
        required=True,
        description="Start nothing more of this queue, whether it has been used yet or not.",
        name=graphene.String(required=True, description="The queue."),
        reason=graphene.String(description="Why, for whoever waits."),
    )
    resume_queue = graphene.Field(
        Queue,
        required=True,
        description="Start tasks of this queue again.",
        name=graphene.String(required=True, description="The queue."),
    )
    drain_worker = graphene.Field(
        Worker,
        required=True,
        description="Have a worker take nothing more, and end when all that it runs has ended. It is not started again "
        "before Zonda is; `python -m workers` starts another one.",
        topic=graphene.ID(required=True, description='Its topic, such as "W1".'),
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
        # The same task may have been asked for more than once.
        different = {task.key: task for task in created}.values()
        return {"created": len(different), "existing": sum(map(store.was_there, different)), "tasks": created}

    @staticmethod
    def resolve_retry_tasks(_: None, _info: GraphQLResolveInfo, **which: Any) -> dict[str, int]:
        return {"count": store.retry(*_which(**which))}

    @staticmethod
    def resolve_cancel_tasks(_: None, _info: GraphQLResolveInfo, **which: Any) -> dict[str, int]:
        return {"count": store.cancel(*_which(**which))}

    @staticmethod
    def resolve_delete_tasks(_: None, _info: GraphQLResolveInfo, **which: Any) -> dict[str, int]:
        return {"count": store.delete(*_which(**which))}

    @staticmethod
    def resolve_pause_queue(_: None, _info: GraphQLResolveInfo, name: str, reason: str | None = None) -> models.Queue:
        return store.pause_queue(name, reason)

    @staticmethod
    def resolve_resume_queue(_: None, _info: GraphQLResolveInfo, name: str) -> models.Queue:
        return store.resume_queue(name)

    @staticmethod
    def resolve_drain_worker(_: None, info: GraphQLResolveInfo, topic: str) -> models.Worker:
        return viewer(info).saw_workers([store.drain_worker(topic)])[0]

    @staticmethod
    def resolve_report_attempts(_: None, info: GraphQLResolveInfo, reports: Any) -> list[Answer]:
        return reporting.settle(reports, service=viewer(info).service)


def _which(
    ids: list[str] | None = None, filter: dict[str, Any] | None = None
) -> tuple[list[str] | None, selectors.TaskFilter | None]:
    return ids, None if filter is None else meant(filter)


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
    except TooManyQueues as full:
        place = next(place for place, draft in enumerate(drafts) if draft.queue == full.details["queue"])
        raise _at(place, full) from full


def _at(place: int, refusal: Refusal) -> Refusal:
    """The refusal, saying which of the tasks it is about."""
    refusal.args = (f"tasks[{place}]: {refusal}",)
    refusal.details["index"] = place
    return refusal
