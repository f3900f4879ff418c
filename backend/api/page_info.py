"""Where a page stands among the others, and at which end it was asked for."""

import graphene

from backend.api.sizes import size
from backend.tasks.refusals import BadInput


class PageInfo(graphene.ObjectType):
    """Where a page stands among the others."""

    has_next_page = graphene.Boolean(required=True, description="Whether there is anything after this page.")
    has_previous_page = graphene.Boolean(required=True, description="Whether there is anything before this page.")
    start_cursor = graphene.String(description="The cursor of the first entry, or of where the look for it ended.")
    end_cursor = graphene.String(description="The cursor of the last entry, or of where the look for it ended.")


def one_end(first: int | None, last: int | None) -> tuple[int, bool]:
    """How many are asked for, and whether from the end. Refuses both ends at once, and a size that is out of range."""
    if first is not None and last is not None:
        raise BadInput("last", "cannot be given together with first: a page begins at one end")
    return (size("first", first), False) if last is None else (size("last", last), True)
