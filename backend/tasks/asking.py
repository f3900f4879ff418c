"""A task as a message on `TASKS` asks for it. Nobody can be told that it is refused, so the refused task is told of."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from msgspec import UNSET, Struct

from backend.tasks.drafts import (
    Arguments,
    Draft,
    arguments,
    checked_max_attempts,
    checked_priority,
    checked_queue,
    checked_timeout,
    draft,
    kind_of,
)
from backend.tasks.ids import new_id
from backend.tasks.lifecycle import RETRY_DELAY
from backend.tasks.refusals import BadInput, Refusal, UnknownTask, Zoneless
from backend.tasks.registry import Limits, TaskType, registry
from wire.messages import GRACE, Ask

DEFAULT_QUEUE: Final = "default"

BODY_AT_MOST: Final = 2_000
"""Characters that are kept of a message that could not become a task."""

_UNLIMITED: Final = Limits(max_attempts=1, timeout=None, grace=GRACE, retry_delay=RETRY_DELAY, expires_after=None)
_NOTHING: Final = Arguments([], {}, "[]", "{}")
_NOWHERE: Final = ""  # the path of no task function: a task whose arguments were not kept can never run
_SPELLED: Final = {"runAfter": "run-after", "expiresAt": "expires-at", "maxAttempts": "max-attempts"}


class Asked(Struct, frozen=True):
    """What a message asks for, and a cut of the message.

    `as_refused` is the digest that a refused task has of it: the same message is the same task though its task
    function has come, or gone, in between.
    """

    draft: Draft
    body: str
    as_refused: str


class Rejected(Struct, frozen=True):
    """A message that cannot become a task: a cut of it, and why."""

    body: str
    reason: str


def asked(ask: Ask, piece: bytes) -> Asked:
    """The task that this message, with these bytes, asks for; what is wrong with it is the draft's `rejection`."""
    key = ask.task_id or new_id()
    as_refused = _digest(ask, piece)
    options, wrong = _options(ask)
    if wrong is None:
        try:
            drafted = draft(name=ask.task, args=_given(ask.args), kwargs=_given(ask.kwargs), id=key, **options)
            return Asked(drafted, body(piece), as_refused)
        except Refusal as refusal:
            wrong = refusal
    return Asked(_refused(ask, key, as_refused, options, wrong), body(piece), as_refused)


def body(piece: bytes) -> str:
    """The beginning of the message, as text."""
    text = piece[: 4 * BODY_AT_MOST].decode("utf-8", "backslashreplace")
    # As the record has to write it, so that it gets no longer there.
    return text.replace("\x00", "\\x00")[:BODY_AT_MOST]


def _refused(ask: Ask, key: str, digest: str, options: dict[str, Any], wrong: Refusal) -> Draft:
    """The draft of a task that can only be FAILED, with all that was right of what was asked."""
    kind = _kind(ask.task)
    limits = kind.limits if kind else _UNLIMITED
    try:
        kept, path = arguments(ask.task, _given(ask.args), _given(ask.kwargs)), kind.path if kind else ask.task[:400]
    except Refusal:
        kept, path = _NOTHING, _NOWHERE
    return Draft(
        key=key,
        digest=digest,
        name=kind.name if kind else ask.task[:200],
        path=path,
        args=kept.args,
        kwargs=kept.kwargs,
        args_json=kept.args_json,
        kwargs_json=kept.kwargs_json,
        queue=options.get("queue") or (kind.queue if kind else DEFAULT_QUEUE),
        priority=options.get("priority", kind.priority if kind else 0),
        run_after=options.get("run_after"),
        expires_at=options.get("expires_at"),
        expires_after=None,
        timeout=options.get("timeout", limits.timeout),
        max_attempts=options.get("max_attempts", limits.max_attempts),
        grace=limits.grace,
        retry_delay=limits.retry_delay,
        rejection=_why(wrong)[:BODY_AT_MOST],
    )


def _kind(name: str) -> TaskType | None:
    try:
        return registry().find(name)
    except UnknownTask:
        return None


def _why(refusal: Refusal) -> str:
    """What is wrong, with the key as the message spells it."""
    text, field = str(refusal), str(refusal.details.get("field", ""))
    return _SPELLED[field] + text.removeprefix(field) if field in _SPELLED else text


def _digest(ask: Ask, piece: bytes) -> str:
    given = [_given(getattr(ask, field)) for field in Ask.__struct_fields__]
    try:
        text = json.dumps(given, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        text = piece
    return sha256(text).hexdigest()


def _given(value: Any) -> Any:
    """The value; None for what is absent or null."""
    return None if value is UNSET else value


# --- what goes beside the arguments -----------------------------------------------------------------------------------


def _options(ask: Ask) -> tuple[dict[str, Any], Refusal | None]:
    """What is right of them, and the first thing that is wrong."""
    right: dict[str, Any] = {}
    wrong: Refusal | None = None
    for field, (key, read) in _READERS.items():
        value = _given(getattr(ask, field))
        if value is None:
            continue
        try:
            right[field] = read(key, value)
        except Refusal as refusal:
            wrong = wrong or refusal
    return right, wrong


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(key, f"must be a string, not {kind_of(value)}")
    return value


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(key, f"must be a number, not {kind_of(value)}")
    try:
        return float(value)
    except OverflowError as error:
        raise BadInput(key, "is too large a number") from error


def _whole(key: str, value: Any) -> int:
    number = _number(key, value)
    if not number.is_integer():
        raise BadInput(key, f"{value} is not a whole number")
    return int(value)


def _instant(key: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(key, value))
    except ValueError as error:
        raise BadInput(
            key, f"{value[:80]!r} is no instant; write it as ISO 8601 with a zone, such as 2026-11-21T22:04:00Z"
        ) from error
    if moment.utcoffset() is None:
        raise Zoneless(key, moment)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(key, f"{value} is outside the years 1 to 9999 in UTC") from error


_READERS: Final[dict[str, tuple[str, Callable[[str, Any], Any]]]] = {
    "queue": ("queue", lambda key, value: checked_queue(_text(key, value))),
    "priority": ("priority", lambda key, value: checked_priority(_whole(key, value))),
    "run_after": ("run-after", _instant),
    "expires_at": ("expires-at", _instant),
    "timeout": ("timeout", lambda key, value: checked_timeout(_number(key, value))),
    "max_attempts": ("max-attempts", lambda key, value: checked_max_attempts(_whole(key, value))),
}
