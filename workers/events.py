"""What happens to a worker's machine."""

from dataclasses import dataclass

from msgspec import Raw

from wire.messages import Assigned, OnWorkerTopic
from workers.why import Why


@dataclass(frozen=True, slots=True)
class AssignedHeard:
    """The ventilator says on `control` who has which topic."""

    message: Assigned


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """One frame came on the worker's topic, with at least one readable object."""

    messages: tuple[OnWorkerTopic, ...]


@dataclass(frozen=True, slots=True)
class ChildReady:
    """A child process has loaded the task functions."""

    child: int


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """A child process is gone; `how` says it as the end of a sentence: `was killed by signal 9 (SIGKILL)`."""

    child: int
    how: str


@dataclass(frozen=True, slots=True)
class OutputRead:
    """The task function that this child runs has printed or logged that; pieces are cut anywhere."""

    child: int
    stream: str
    piece: bytes


@dataclass(frozen=True, slots=True)
class Progressed:
    """The task function that this child runs says how far it is."""

    child: int
    fraction: float | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Returned:
    """The task function returned; `result` is its value as JSON."""

    result: Raw


@dataclass(frozen=True, slots=True)
class Raised:
    """The task function raised, or returned what can't be a result. `error` is one line; both texts have a limit.

    `again` and `delay` (seconds) are what it wants of further attempts; `interrupted` why it was told to end, when that
    is what it raised.
    """

    error: str
    exception: str
    traceback: str
    again: bool = True
    delay: float | None = None
    interrupted: Why | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A child has run its task function to the end, in `ran` seconds. All that was printed was read before.

    `spent` is why it is to run nothing more, as the end of a sentence; None when it may.
    """

    child: int
    ran: float
    end: Returned | Raised
    spent: str | None = None


@dataclass(frozen=True, slots=True)
class Ticked:
    """The machine's next deadline has come."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the worker to end: after what runs, or, in a hurry, at once."""

    hurry: bool = False


FromChildren = ChildReady | ChildEnded | OutputRead | Progressed | RunEnded
Event = AssignedHeard | FrameHeard | FromChildren | Ticked | StopAsked
