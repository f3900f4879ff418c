"""Lists in the schema."""

from typing import Any

import graphene


def list_of(kind: Any) -> Any:
    """A list that is always there, with nothing missing in it."""
    return graphene.NonNull(graphene.List(graphene.NonNull(kind)))
