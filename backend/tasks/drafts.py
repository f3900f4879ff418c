"""A task as it is asked for, checked whole before anything is written."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from msgspec import Struct

from backend.environment import environment
from backend.tasks.depth import TOO_DEEP, too_deep
from backend.tasks.ids import new_id
from backend.tasks.refusals import BadArguments, BadInput, TooLarge, Zoneless
from backend.tasks.registry import Limits, TaskType, registry
from backend.tasks.signatures import JSON
from backend.tasks.task import LONGEST_SPAN, MOST_ATTEMPTS
from wire import names

LONGEST_REASON = 1_000
"""Characters that say why a queue is paused."""

_KEY = re.compile(names.TASK_ID)
_QUEUE = re.compile(names.QUEUE)


class Draft(Struct, frozen=True):
    """A task that may be created as it stands. `digest` is of what the client gave: path, arguments, options.

    Spans are in seconds. Without `expires_at` it expires `expires_after` it is created, or due; never, if that is None.
    One with a `rejection` can only be FAILED: it was asked for by somebody who cannot be answered.
    """

    key: str
    digest: str
    name: str
    path: str
    args: Sequence[JSON]
    kwargs: Mapping[str, JSON]
    args_json: str
    kwargs_json: str
    queue: str
    priority: int
    run_after: datetime | None
    expires_at: datetime | None
    expires_after: float | None
    timeout: float | None
    max_attempts: int
    grace: float
    retry_delay: float
    rejection: str | None = None


class Arguments(Struct, frozen=True):
    """What a task function is to be called with, and the same as JSON texts."""

    args: list[JSON]
    kwargs: dict[str, JSON]
    args_json: str
    kwargs_json: str


def arguments(name: str, args: object, kwargs: object) -> Arguments:
    """The arguments for the task function of that name, as far as the record can keep them; refuses as `draft` does."""
    placed, named = _array(args), _object(kwargs)
    args_json, kwargs_json = _json(name, "args", placed), _json(name, "kwargs", named)
    size = len(args_json.encode()) + len(kwargs_json.encode())
    if size > environment.max_payload:
        raise TooLarge(f"the arguments of {name}", size, environment.max_payload, "ZONDA_MAX_PAYLOAD")
    return Arguments(placed, named, args_json, kwargs_json)


def draft(
    *,
    name: str,
    args: object = None,
    kwargs: object = None,
    id: str | None = None,
    queue: str | None = None,
    priority: int | None = None,
    run_after: datetime | None = None,
    expires_at: datetime | None = None,
    timeout: float | None = None,
    max_attempts: int | None = None,
    limits: Limits | None = None,
) -> Draft:
    """The draft of one task. Refuses with UnknownTask, BadArguments, BadInput or TooLarge, naming what is wrong.

    `args` is a JSON array and `kwargs` a JSON object, None for empty; what else is None takes the task function's own
    default. `limits` are those that the task has where no other is named.
    """
    kind = registry().find(name)
    limits = limits or kind.limits
    given = arguments(kind.name, args, kwargs)
    kind.signature.bind(kind.name, given.args, given.kwargs)
    options = [queue, priority, _stamp(run_after), _stamp(expires_at), timeout, max_attempts]
    due, expires = _instant("runAfter", run_after), _instant("expiresAt", expires_at)
    if due is not None and expires is not None and expires <= due:
        raise BadInput("expiresAt", f"{expires.isoformat()} is not after runAfter: it could never start")
    return Draft(
        key=_key(id),
        digest=_digest(kind, given, options),
        name=kind.name,
        path=kind.path,
        args=given.args,
        kwargs=given.kwargs,
        args_json=given.args_json,
        kwargs_json=given.kwargs_json,
        queue=checked_queue(kind.queue if queue is None else queue),
        priority=checked_priority(kind.priority if priority is None else priority),
        run_after=due,
        expires_at=expires,
        expires_after=limits.expires_after,
        timeout=limits.timeout if timeout is None else checked_timeout(timeout),
        max_attempts=limits.max_attempts if max_attempts is None else checked_max_attempts(max_attempts),
        grace=limits.grace,
        retry_delay=limits.retry_delay,
    )


def _array(args: object) -> list[JSON]:
    if args is None:
        return []
    if not isinstance(args, list | tuple):
        raise BadInput("args", f"must be a JSON array such as [1, 2], not {kind_of(args)}")
    return list(args)


def _object(kwargs: object) -> dict[str, JSON]:
    if kwargs is None:
        return {}
    if not isinstance(kwargs, Mapping):
        raise BadInput("kwargs", f'must be a JSON object such as {{"a": 1}}, not {kind_of(kwargs)}')
    return dict(kwargs)


def kind_of(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "an array"
        case Mapping():
            return "an object"
    return type(value).__name__


def _json(name: str, what: str, value: object) -> str:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        # Half of a surrogate pair, which a Python string may hold, is no character: nobody could read it again.
        text.encode()
    except RecursionError as error:
        raise BadArguments(name, what, TOO_DEEP) from error
    except UnicodeEncodeError as error:
        raise BadArguments(name, what, f"has a string that is not Unicode text: {error.reason}") from error
    except (TypeError, ValueError) as error:
        raise BadArguments(name, what, f"has no JSON form: {error}") from error
    if too_deep(text):
        raise BadArguments(name, what, TOO_DEEP)
    return text


def _key(key: str | None) -> str:
    if key is None:
        return new_id()
    if not _KEY.fullmatch(key):
        raise BadInput("id", "must have 1 to 200 characters of A-Z a-z 0-9 . _ : -")
    return key


def checked_queue(queue: str) -> str:
    """The name of a queue; BadInput when it can be none."""
    if not _QUEUE.fullmatch(queue):
        raise BadInput("queue", f"{queue[:80]!r} must have 1 to 64 characters of a-z 0-9 . _ -")
    return queue


def checked_reason(reason: str | None) -> str | None:
    """Why a queue is paused, None for no word on that; BadInput when it is too long."""
    if reason is not None and len(reason) > LONGEST_REASON:
        raise BadInput("reason", f"{len(reason)} characters, the limit is {LONGEST_REASON}")
    return (reason or "").strip() or None


def checked_priority(priority: int) -> int:
    if not -100 <= priority <= 100:
        raise BadInput("priority", f"{priority} is outside -100 to 100")
    return priority


def checked_timeout(timeout: float) -> float:
    if not 0 < timeout <= LONGEST_SPAN:
        raise BadInput("timeout", f"{timeout} is not a number of seconds above 0, of at most {LONGEST_SPAN:g}")
    return float(timeout)


def checked_max_attempts(number: int) -> int:
    if not 1 <= number <= MOST_ATTEMPTS:
        raise BadInput("maxAttempts", f"{number} is outside 1 to {MOST_ATTEMPTS}")
    return number


def _instant(field: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.utcoffset() is None:
        raise Zoneless(field, moment)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(field, f"{moment.isoformat()} is outside the years 1 to 9999 in UTC") from error


def _stamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _digest(kind: TaskType, given: Arguments, options: Sequence[object]) -> str:
    content = [kind.path, given.args, given.kwargs, *options]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
