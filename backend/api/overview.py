"""The types for the record as a whole: how much was done when, what went wrong, what was no task."""

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from backend.api.scalars import DateTime
from backend.api.types import Task, list_of
from backend.tasks import failures, models, overview


class StatsMinute(graphene.ObjectType):
    """One minute."""

    at = DateTime(required=True, description="When it began.")
    created = graphene.Int(required=True, description="How many tasks were created in it.")
    finished = graphene.Int(required=True, description="How many became FINISHED in it.")
    failed = graphene.Int(required=True, description="How many became FAILED in it.")


class Stats(graphene.ObjectType):
    """How much was done when."""

    minutes = graphene.Field(
        list_of(StatsMinute), description="Every whole minute up to the present one, the oldest first."
    )


class RejectedMessage(DjangoObjectType):
    """Something that came on `TASKS` and could not become a task."""

    class Meta:
        model = models.RejectedMessage
        fields = ()

    received_at = DateTime(required=True, description="When it came.")
    body = graphene.String(required=True, description="What came, cut.")
    reason = graphene.String(required=True, description="Why it could not become a task.")


class FailureGroup(graphene.ObjectType):
    """The tasks that are FAILED with one kind of failure: the same exception, message and place in the code."""

    key = graphene.ID(required=True, description="Names the kind; the same as long as the code is.")
    title = graphene.String(
        required=True, description="The message, with a sign in the place of each number and each id."
    )
    count = graphene.Int(required=True, description="How many tasks.")
    first_seen_at = DateTime(required=True, description="When the first of them failed.")
    last_seen_at = DateTime(required=True, description="When the last of them failed.")
    names = graphene.Field(list_of(graphene.String), description="The names of their task functions.")
    sample = graphene.Field(Task, required=True, description="The one created last.")

    @staticmethod
    def resolve_title(group: overview.FailureGroup, _info: GraphQLResolveInfo) -> str:
        return failures.title(group.sample.error)
