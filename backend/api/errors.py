"""Errors as clients see them: a message, and a code in `extensions`."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from secrets import token_hex
from typing import Any

from graphql import GraphQLError

from backend.tasks import selectors, unreachable
from backend.tasks.refusals import Refusal

log = logging.getLogger(__name__)


class Code(StrEnum):
    """What `extensions.code` can be."""

    UNKNOWN_TASK = "UNKNOWN_TASK"
    BAD_ARGUMENTS = "BAD_ARGUMENTS"
    BAD_INPUT = "BAD_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    TOO_LARGE = "TOO_LARGE"
    TOO_COMPLEX = "TOO_COMPLEX"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Unauthenticated(Refusal):
    """The request does not say who sends it."""

    code = "UNAUTHENTICATED"


TOO_SLOW = (
    f"Answering took longer than {selectors.LONGEST_READ:.0f} seconds and was given up. "
    "Narrow the filter, such as by createdAfter, or ask for fewer at a time."
)

TOO_MANY = "Too many requests wait already."

RIGHTS_CHANGED = (
    "The rights of this request have changed while it waited. Send it again, with a token that is valid now."
)


def unavailable(why: str = unreachable.UNREACHABLE) -> str:
    """What is said to a client whose request may be sent again as it is."""
    return f"{why} Nothing was changed; try again in a moment."


def formatted(error: GraphQLError) -> Mapping[str, Any]:
    """The error as it goes out. What no Refusal explains is logged with its traceback, and masked."""
    cause = _cause(error)
    content: dict[str, Any] = {"message": error.message}
    if error.locations:
        content["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        content["path"] = error.path
    if cause is None:
        content["extensions"] = {"code": Code.BAD_INPUT, **(error.extensions or {})}
    elif isinstance(cause, Refusal):
        content["message"] = str(cause)
        content["extensions"] = {"code": cause.code, **cause.details}
    elif selectors.gave_up(cause):
        content["message"] = TOO_SLOW
        content["extensions"] = {"code": Code.TOO_COMPLEX, "what": "seconds", "limit": selectors.LONGEST_READ}
    elif isinstance(cause, unreachable.AWAY):
        log.error("record.unavailable", exc_info=cause)
        content["message"] = unavailable(unreachable.why(cause))
        content["extensions"] = {"code": Code.UNAVAILABLE}
    else:
        content.update(masked(cause))
    return content


def masked(cause: BaseException) -> Mapping[str, Any]:
    """An error that says nothing but the id under which the log has the rest."""
    request = token_hex(8)
    log.error("request.failed", extra={"request": request}, exc_info=cause)
    return {"message": "Internal error", "extensions": {"code": Code.INTERNAL, "requestId": request}}


def _cause(error: GraphQLError) -> BaseException | None:
    """What a resolver or a scalar raised, None when GraphQL itself found the fault."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
