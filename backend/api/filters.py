"""Which tasks a query or a mutation means."""

from datetime import datetime
from typing import Any

import graphene
from django.db.models import Q

from backend.api.scalars import DateTime
from backend.api.types import FailureReason, TaskStatus
from backend.tasks import selectors
from backend.tasks.refusals import BadInput, Zoneless

MAX_SEARCH = 200
"""Characters in the longest text that is searched for."""


class TaskFilter(graphene.InputObjectType):
    """Which tasks: those that fit every field given. A list fits when one of its values does; an empty one fits all."""

    status = graphene.List(graphene.NonNull(TaskStatus), description="Where the task stands.")
    reason = graphene.List(graphene.NonNull(FailureReason), description="Why the task failed.")
    name = graphene.List(graphene.NonNull(graphene.String), description="The task function's short name or full path.")
    queue = graphene.List(graphene.NonNull(graphene.String), description="The queue.")
    worker = graphene.List(graphene.NonNull(graphene.ID), description="The topic of the worker that has or had it.")
    failure = graphene.List(
        graphene.NonNull(graphene.ID), description="FAILED with this kind of failure: its key in `failureGroups`."
    )
    search = graphene.String(
        description="Contains this text in its id, name, path, arguments or error, without regard to case; "
        f"at most {MAX_SEARCH} characters. Arguments may be written as a call has them: `a=89`, `add(a=89, b=178)`. "
        "A page looks through so many tasks: see `lookedBackTo`. The task with this very id is the first page, alone, "
        "however old it is."
    )
    created_after = DateTime(description="Created then or later.")
    created_before = DateTime(description="Created earlier.")


def chosen(given: dict[str, Any]) -> selectors.TaskFilter:
    """The filter as the record takes it. Refuses an instant without a zone."""
    _refuse_zoneless("filter.createdAfter", given.get("created_after"))
    _refuse_zoneless("filter.createdBefore", given.get("created_before"))
    search = searched("filter.search", given.get("search"))
    known = {name: value for name, value in given.items() if value is not None}
    return selectors.TaskFilter(**{**known, "search": search})


def searched(field: str, text: str | None) -> str:
    """The text that is searched for, empty for none. Refuses one that nothing can contain."""
    search = (text or "").strip()
    if len(search) > MAX_SEARCH:
        raise BadInput(field, f"has {len(search)} characters, the limit is {MAX_SEARCH}")
    if any(character < " " or character == "\x7f" for character in search):
        raise BadInput(field, "has a control character, which nothing that is searched contains")
    return search


def meant(given: dict[str, Any]) -> selectors.TaskFilter:
    """The filter of what is to be changed. Refuses one that says nothing: a value that came out empty is not all."""
    found = chosen(given)
    if found.where() == Q():
        raise BadInput(
            "filter",
            "is empty, and would mean every task. If that is meant, say so: "
            "{status: [QUEUEING, RUNNING, FAILED, FINISHED]}",
        )
    return found


def _refuse_zoneless(field: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise Zoneless(field, moment)
