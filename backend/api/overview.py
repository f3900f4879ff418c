"""The types for the record as a whole: what went wrong, what was no task."""

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from backend.api.lists import list_of
from backend.api.loading import viewer
from backend.api.scalars import DateTime
from backend.api.stats import asked, minutes_asked
from backend.api.types import Task
from backend.tasks import failures, models, overview


class RejectedMessage(DjangoObjectType):
    """Something that came on `TASKS` and could not become a task."""

    class Meta:
        model = models.RejectedMessage
        fields = ()

    received_at = DateTime(required=True, description="When it came.")
    body = graphene.String(required=True, description="What came, cut.")
    reason = graphene.String(required=True, description="Why it could not become a task.")


class FailureMinute(graphene.ObjectType):
    """One minute of a kind of failure."""

    at = DateTime(required=True, description="When it began.")
    failed = graphene.Int(required=True, description="How many of the group's tasks failed in it.")


class FailureGroup(graphene.ObjectType):
    """The tasks that are FAILED with one kind of failure: the same exception, message and place in the code."""

    key = graphene.ID(required=True, description="Names the kind; the same as long as the code is.")
    title = graphene.String(
        required=True, description="The message, with a sign in the place of each number and each id."
    )
    count = graphene.Int(required=True, description="How many tasks.")
    frame = graphene.String(
        description="Where in the code they failed, as the sample tells it: the last folders of the file and the "
        "function, the innermost that is one's own. Null where there is no traceback."
    )
    first_seen_at = DateTime(
        required=True,
        description="When the first of them failed. A task that is retried is none of them until it fails again.",
    )
    last_seen_at = DateTime(required=True, description="When the last of them failed.")
    names = graphene.Field(list_of(graphene.String), description="The names of their task functions.")
    sample = graphene.Field(Task, required=True, description="The one created last.")
    minutes = graphene.Field(
        list_of(FailureMinute),
        description="When they failed, minute by minute, the oldest first.",
        args=minutes_asked(),
    )

    @staticmethod
    def resolve_title(group: overview.FailureGroup, _info: GraphQLResolveInfo) -> str:
        return failures.title(group.sample.error)

    @staticmethod
    def resolve_frame(group: overview.FailureGroup, info: GraphQLResolveInfo) -> str | None:
        return viewer(info).frame_of(group) or None

    @staticmethod
    def resolve_minutes(
        group: overview.FailureGroup,
        info: GraphQLResolveInfo,
        **which: Any,
    ) -> list[dict[str, Any]]:
        window = asked(info, **which)
        failed = viewer(info).failed_in(group, window)
        return [{"at": at, "failed": failed.get(at, 0)} for at in window.minutes()]
