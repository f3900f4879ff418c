"""What the sink's machine asks its loop to do."""

from dataclasses import dataclass

from wire.messages import SettledBySink


@dataclass(frozen=True, slots=True)
class Call:
    """Send these reports, each one a JSON object, to the backend in one `reportAttempts`, and tell how that ended."""

    reports: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ToStatus:
    """Send these, in order; they may be lost."""

    messages: tuple[SettledBySink, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A report that the backend will not take in any form has been dropped; its worker sends it again."""

    task_id: str
    fence: int
    why: str


@dataclass(frozen=True, slots=True)
class Exit:
    """End the process. What has not been settled is with the workers."""

    code: int


Effect = Call | ToStatus | GiveUp | Exit
