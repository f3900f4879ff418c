"""What runs task functions in a child process, as the child sees it: its entry point returns one of these."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from workers.why import Why

type Tell = Callable[[float | None, str | None], None]
"""Says how far the task function is: a fraction from 0 to 1, words, or both."""


class Call(Struct, frozen=True, kw_only=True):
    """One attempt: which task function is to be called with what, for which task."""

    task: str
    task_id: str
    args: list[object]
    kwargs: dict[str, object]
    queue: str
    priority: int
    attempt: int
    created_at: str | None
    tries: int
    max_attempts: int
    worker: str


class Verdict(Protocol):
    """What an error means for its task.

    `again`: whether a further attempt may help; `delay`: the seconds before it that the function chose itself;
    `interrupted`: why it was told to end, when that is what it raised.
    """

    @property
    def again(self) -> bool: ...
    @property
    def delay(self) -> float | None: ...
    @property
    def interrupted(self) -> str | None: ...


class Executor(Protocol):
    """Calls task functions, one at a time: `run`, and then either `succeeded` or `failed`."""

    def run(self, call: Call, tell: Tell) -> object:
        """What the function returned: it becomes JSON as `json.dumps` has it, with text as the only keys and no NaN."""

    def interrupt(self, why: Why) -> None:
        """What runs is to end. Comes at most once a run, in the main thread between any two steps of it; may raise."""

    def succeeded(self, result: bytes) -> None:
        """What the function returned is the attempt's result, as JSON."""

    def failed(self, error: BaseException, traceback: str) -> Verdict:
        """It raised this, or returned what this says cannot be a result."""

    def why_spent(self) -> str | None:
        """After each: why this process is to run no further one, as the end of a sentence; None when it may."""

    def shared_lock(self) -> tuple[str, int, int] | None:
        """What its functions may not keep locked for long, as the fields of `channel.SharedLock`; None without any."""

    def why_harmful(self) -> str | None:
        """While none runs: why this process is to end at once, as the end of a sentence; None when it may stay."""
