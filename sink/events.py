"""What happens to the sink's machine."""

from msgspec import Struct

from wire.messages import OnResults


class ReportsHeard(Struct, frozen=True):
    """A frame came on `results`."""

    reports: tuple[OnResults, ...]


class CallAnswered(Struct, frozen=True):
    """The backend has answered for each report of the call in flight, in order."""

    answers: tuple[str, ...]


class CallRefused(Struct, frozen=True):
    """The backend has read the call in flight, and refuses or fails at what it says; `why` is one line.

    `sure` when it has said itself that it is what the call says. Else it may be a backend that is not well.
    """

    why: str
    sure: bool = True


class CallFailed(Struct, frozen=True):
    """The call in flight has no answer, or one that does not depend on what it says; `why` is one line."""

    why: str


class Ticked(Struct, frozen=True):
    """The machine's next deadline has come."""


class StopAsked(Struct, frozen=True):
    """Somebody wants the sink to end."""


Event = ReportsHeard | CallAnswered | CallRefused | CallFailed | Ticked | StopAsked
