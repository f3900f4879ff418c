"""What happens to a worker's machine."""

from msgspec import Raw, Struct

from wire.messages import Assigned, OnWorkerTopic
from workers.why import Why


class AssignedHeard(Struct, frozen=True):
    """The ventilator says on `control` who has which topic."""

    message: Assigned


class FrameHeard(Struct, frozen=True):
    """One frame came on the worker's topic, with at least one readable object."""

    messages: tuple[OnWorkerTopic, ...]


class ChildReady(Struct, frozen=True):
    """A child process has loaded the task functions."""

    child: int


class ChildEnded(Struct, frozen=True):
    """A child process is gone; `how` says it as the end of a sentence: `was killed by signal 9 (SIGKILL)`."""

    child: int
    how: str


class ChildHarmful(Struct, frozen=True):
    """A child goes on with what none may go on with for long: it is to end. `why` is the end of a sentence about it."""

    child: int
    why: str


class OutputRead(Struct, frozen=True):
    """The task function that this child runs has printed or logged that; pieces are cut anywhere."""

    child: int
    stream: str
    piece: bytes


class Progressed(Struct, frozen=True):
    """The task function that this child runs says how far it is."""

    child: int
    fraction: float | None
    message: str | None


class Returned(Struct, frozen=True):
    """The task function returned; `result` is its value as JSON."""

    result: Raw


class Raised(Struct, frozen=True):
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


class RunBegun(Struct, frozen=True):
    """A child has taken what it was given to run, and calls its task function now."""

    child: int


class RunEnded(Struct, frozen=True):
    """A child has run its task function to the end, in `ran` seconds. All that was printed was read before.

    `spent` is why it is to run nothing more, as the end of a sentence; None when it may.
    """

    child: int
    ran: float
    end: Returned | Raised
    spent: str | None = None


class Ticked(Struct, frozen=True):
    """The machine's next deadline has come."""


class StopAsked(Struct, frozen=True):
    """Somebody wants the worker to end: after what runs, or, in a hurry, at once."""

    hurry: bool = False


FromChild = ChildReady | ChildEnded | OutputRead | Progressed | RunEnded
FromChildren = FromChild | RunBegun | ChildHarmful
Event = AssignedHeard | FrameHeard | FromChildren | Ticked | StopAsked
