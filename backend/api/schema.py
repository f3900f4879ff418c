"""The schema, put together."""

import graphene

from backend.api.mutations import Mutation
from backend.api.queries import Query

schema = graphene.Schema(query=Query, mutation=Mutation)
