"""What can go wrong, each with what to act on.

ClientError
├── BadAddress      the address is none of HTTP's
├── Unavailable     nobody answers there, or the backend says that it cannot just now
│   └── NotZonda    something answers there, and it is not Zonda
├── Refused         the backend refuses what was asked: `code` and `details` say what of it
├── NotDone         the time is over, and the task has not ended; it goes on
└── TaskFailed      the task has ended FAILED: `reason`, `error` and `traceback` say how
"""

from collections.abc import Mapping
from typing import Any

from client.records import Reason, Status, Task


class ClientError(Exception):
    """Something did not go as it was asked for."""


class BadAddress(ClientError, ValueError):
    """The address is none of HTTP's."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is no address: expected http://HOST:PORT/graphql")


class Unavailable(ClientError):
    """Nobody answers at the address, or the backend says that it cannot just now."""


class NotZonda(Unavailable):
    """Something answers at the address, and it is not Zonda."""


class Refused(ClientError):
    """The backend refuses what was asked. `code` is one of the API's codes, `details` what stands beside it."""

    def __init__(self, code: str, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class NotDone(ClientError, TimeoutError):
    """The time is over, and the task has not ended. It goes on."""

    def __init__(self, task_id: str, status: Status, waiting: str | None = None) -> None:
        super().__init__(f"The task {task_id} has not ended yet: it is {status}.{f' {waiting}' if waiting else ''}")
        self.task_id = task_id
        self.status = status
        self.waiting = waiting


class TaskFailed(ClientError):
    """The task has ended FAILED. `traceback` is that of its last attempt, where it has one."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"The task {task.id} failed, {task.reason}: {task.error}")
        self.task = task
        self.task_id = task.id

    @property
    def reason(self) -> Reason | None:
        return self.task.reason

    @property
    def error(self) -> str | None:
        return self.task.error

    @property
    def traceback(self) -> str | None:
        return self.task.attempts[-1].traceback if self.task.attempts else None
