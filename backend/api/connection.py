"""Tasks in pages: a Relay connection whose cursors are places in the order of creation."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from backend.api.types import Task, list_of
from backend.tasks import models, selectors
from backend.tasks.refusals import BadInput
from backend.tasks.selectors import Counts, Page, TaskFilter

DEFAULT_PAGE = 50
MAX_PAGE = 500


class PageInfo(graphene.ObjectType):
    """Where a page stands among the others."""

    has_next_page = graphene.Boolean(required=True, description="Whether there are older tasks after this page.")
    has_previous_page = graphene.Boolean(required=True, description="Whether there are newer tasks before this page.")
    start_cursor = graphene.String(description="The cursor of the first task; null on an empty page.")
    end_cursor = graphene.String(description="The cursor of the last task; null on an empty page.")


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
    """A page of tasks, the newest first."""

    edges = graphene.Field(list_of(TaskEdge), description="The tasks with their cursors.")
    nodes = graphene.Field(list_of(Task), description="The tasks alone.")
    page_info = graphene.Field(PageInfo, required=True, description="Where this page stands.")
    counts = graphene.Field(
        TaskCounts,
        description="How many tasks of each status the filter fits, whatever statuses it names; "
        "null with a filter by anything else than queue and status.",
    )

    @staticmethod
    def resolve_edges(found: "FoundTasks", _info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        return [{"cursor": cursor(task), "node": task} for task in found.page.tasks]

    @staticmethod
    def resolve_nodes(found: "FoundTasks", _info: GraphQLResolveInfo) -> Sequence[models.Task]:
        return found.page.tasks

    @staticmethod
    def resolve_page_info(found: "FoundTasks", _info: GraphQLResolveInfo) -> dict[str, Any]:
        tasks = found.page.tasks
        return {
            "has_next_page": found.page.more_after,
            "has_previous_page": found.page.more_before,
            "start_cursor": cursor(tasks[0]) if tasks else None,
            "end_cursor": cursor(tasks[-1]) if tasks else None,
        }

    @staticmethod
    def resolve_counts(found: "FoundTasks", _info: GraphQLResolveInfo) -> Counts | None:
        return selectors.counts(found.chosen)


@dataclass(frozen=True, slots=True)
class FoundTasks:
    """What a connection is resolved from."""

    chosen: TaskFilter
    page: Page


def find(
    chosen: TaskFilter, *, first: int | None, after: str | None, last: int | None, before: str | None
) -> FoundTasks:
    """The page that these arguments mean. Refuses with BadInput what means none."""
    if first is not None and last is not None:
        raise BadInput("last", "cannot be given together with first: a page begins at one end")
    limit = _size("first", first) if last is None else _size("last", last)
    page = selectors.page(
        chosen, limit=limit, from_end=last is not None, below=_place("after", after), above=_place("before", before)
    )
    return FoundTasks(chosen, page)


def cursor(task: models.Task) -> str:
    return urlsafe_b64encode(f"seq:{task.seq}".encode()).decode()


def _place(field: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        kind, _, seq = urlsafe_b64decode(text.encode()).decode().partition(":")
        place = int(seq)
    except (Error, ValueError):
        kind, place = "", 0
    if kind != "seq" or not 0 < place < 2**63:
        raise BadInput(field, f"{text[:80]!r} is no cursor; take one from an answer's pageInfo or edges")
    return place


def _size(field: str, number: int | None) -> int:
    if number is None:
        return DEFAULT_PAGE
    if not 0 <= number <= MAX_PAGE:
        raise BadInput(field, f"{number} is outside 0 to {MAX_PAGE}")
    return number
