"""The types for how much was done when, and the arguments that say of which minutes that is asked."""

from typing import Any, Final

import graphene
from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from backend.api.lists import list_of
from backend.api.loading import viewer
from backend.api.scalars import DateTime
from backend.api.sizes import size
from backend.tasks.minutes import Window

MAX_MINUTES: Final = 1440
USUAL_MINUTES: Final = 15


class Percentiles(graphene.ObjectType):
    """How long something took, in seconds; a tenth more or less."""

    count = graphene.Int(required=True, description="Of how many this is told.")
    p50 = graphene.Float(required=True, description="Half of them took at most so long.")
    p95 = graphene.Float(required=True, description="19 in 20 of them took at most so long.")


class _Counted:
    """What is told of some time."""

    created = graphene.Int(required=True, description="How many tasks were created in that time.")
    finished = graphene.Int(required=True, description="How many became FINISHED.")
    failed = graphene.Int(required=True, description="How many became FAILED.")
    waited = graphene.Field(
        Percentiles, description="From when a task was due to its first start, of the tasks that had it in that time."
    )
    ran = graphene.Field(
        Percentiles,
        description="How long attempts ran, of those that ended in that time, however they did; "
        "but for those whose worker fell silent.",
    )


class StatsMinute(_Counted, graphene.ObjectType):
    """One minute."""

    at = DateTime(required=True, description="When it began.")


class Stats(_Counted, graphene.ObjectType):
    """How much was done when: in all the minutes asked for, and in each of them."""

    minutes = graphene.Field(list_of(StatsMinute), description="Every one of them, the oldest first.")


def minutes_asked() -> dict[str, Any]:
    """The arguments of a field that tells of minutes."""
    return {
        "minutes": graphene.Int(
            default_value=USUAL_MINUTES,
            description=f"So many whole minutes, 1 to {MAX_MINUTES}, up to the present one.",
        ),
        "last_counted": graphene.Boolean(
            default_value=False,
            description="Up to the last minute in which anything was counted, instead of the present one: then the "
            "answer changes with what is counted and never with time alone, as that of a query that waits should.",
        ),
    }


def by_minute(info: GraphQLResolveInfo) -> bool:
    """Whether the minutes of this field may be asked for, one by one, and not the whole alone."""
    return any(_names(node.selection_set, "minutes", info) for node in info.field_nodes)


def _names(chosen: SelectionSetNode | None, name: str, info: GraphQLResolveInfo) -> bool:
    for node in chosen.selections if chosen else ():
        match node:
            case FieldNode() if node.name.value == name:
                return True
            case InlineFragmentNode() if _names(node.selection_set, name, info):
                return True
            case FragmentSpreadNode() if _names(info.fragments[node.name.value].selection_set, name, info):
                return True
    return False


def asked(info: GraphQLResolveInfo, *, minutes: int | None = None, last_counted: bool | None = None) -> Window:
    """The minutes that these arguments mean; BadInput for too few or too many."""
    number = size("minutes", minutes, usual=USUAL_MINUTES, least=1, most=MAX_MINUTES)
    return viewer(info).window(number, last_counted=bool(last_counted))
