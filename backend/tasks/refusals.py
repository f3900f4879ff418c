"""What a user can be refused, each with its code of the contract and a message that says what was wrong and what to do.

Refusal
├── UnknownTask     no task function has that name; the nearest names are given
├── BadArguments    a parameter of the task function is missing, unknown or of the wrong type
├── BadInput        anything else in the request is not what it must be
│   └── Zoneless    an instant says no time zone
├── NotFound        there is no task, queue or live worker of that name
├── Conflict        the id is taken by a task with other content
├── TooLarge        something is larger than its limit
├── TooWide         a text would have to be looked for in too many tasks
└── TooManyQueues   there is no room for a further queue
"""

from collections.abc import Sequence
from datetime import datetime


class Refusal(Exception):
    """Something that was asked for is refused. `details` go beside the code."""

    code = "BAD_INPUT"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


class UnknownTask(Refusal):
    """No task function has that name."""

    code = "UNKNOWN_TASK"

    def __init__(self, name: str, nearest: Sequence[str], known: int) -> None:
        hint = f" Did you mean {' or '.join(nearest)}?" if nearest else f" The query taskTypes lists all {known}."
        super().__init__(f"There is no task function named {name[:200]!r}.{hint}", nearest=list(nearest))


class BadArguments(Refusal):
    """A parameter of the task function is missing, unknown or of the wrong type; `at` is the place inside it."""

    code = "BAD_ARGUMENTS"

    def __init__(self, task: str, parameter: str, why: str, *, at: str = "") -> None:
        super().__init__(f"{task}: parameter {parameter + at!r} {why}", parameter=parameter, at=at, why=why)


class BadInput(Refusal):
    """Something in the request is not what it must be."""

    code = "BAD_INPUT"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


class Zoneless(BadInput):
    """An instant says no time zone."""

    def __init__(self, field: str, moment: datetime) -> None:
        super().__init__(field, f"{moment.isoformat()} has no time zone; write for example {moment.isoformat()}Z")


class NotFound(Refusal):
    """There is no task, queue or live worker of that name."""

    code = "NOT_FOUND"

    _HINTS = {
        "task": "It may have been deleted, or the id is incomplete.",
        "queue": "A queue is there once it has been used or paused; the query queues lists them.",
        "live worker": "The query workers lists those that are connected.",
    }

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"There is no {what} {key[:200]!r}. {self._HINTS[what]}")


class Conflict(Refusal):
    """The id is taken by a task with other content."""

    code = "CONFLICT"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The id {key!r} belongs to a task with other content. The same id with the same content gives the same "
            "task; choose another id for a new one.",
            id=key,
        )


class TooLarge(Refusal):
    """Something is larger than its limit."""

    code = "TOO_LARGE"

    def __init__(self, what: str, size: int, limit: int, setting: str) -> None:
        super().__init__(
            f"{what}: {size} bytes, the limit is {limit} bytes ({setting}).", what=what, size=size, limit=limit
        )


class TooWide(Refusal):
    """A text would have to be looked for in too many tasks."""

    code = "TOO_LARGE"

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(
            f"{field}: more than {limit:,} tasks would have to be looked through for this text. Narrow them down: by "
            "status, reason, name, queue, worker, failure, or when they were created.",
            what=field,
            limit=limit,
        )


class TooManyQueues(Refusal):
    """There is no room for a further queue."""

    code = "TOO_LARGE"

    def __init__(self, queue: str, limit: int) -> None:
        super().__init__(
            f"queue: {queue!r} would be one more than {limit:,} queues. Use one that is there (the query queues lists "
            "them), or delete the tasks of others: what has none, and is not paused, makes room.",
            what="queues",
            queue=queue,
            limit=limit,
        )
