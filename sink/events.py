"""What happens to the sink's machine."""

from dataclasses import dataclass

from wire.messages import OnResults


@dataclass(frozen=True, slots=True)
class ReportsHeard:
    """A frame came on `results`."""

    reports: tuple[OnResults, ...]


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The backend has answered for each report of the call in flight, in order."""

    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The backend has read the call in flight, and refuses or fails at what it says; `why` is one line."""

    why: str


@dataclass(frozen=True, slots=True)
class CallFailed:
    """The call in flight has no answer, or one that does not depend on what it says; `why` is one line."""

    why: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """The machine's next deadline has come."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the sink to end."""


Event = ReportsHeard | CallAnswered | CallRefused | CallFailed | Ticked | StopAsked
