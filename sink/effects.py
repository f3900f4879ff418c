"""What the sink's machine asks its loop to do."""

from msgspec import Struct

from wire.messages import SettledBySink


class Call(Struct, frozen=True):
    """Send these reports, each one a JSON object, to the backend in one `reportAttempts`, and tell how that ended."""

    reports: tuple[bytes, ...]


class ToStatus(Struct, frozen=True):
    """Send these, in order; they may be lost."""

    messages: tuple[SettledBySink, ...]


class GiveUp(Struct, frozen=True):
    """A report that the backend will not take in any form has been dropped; its worker sends it again."""

    task_id: str
    fence: int
    why: str


class Exit(Struct, frozen=True):
    """End the process. What has not been settled is with the workers."""

    code: int


Effect = Call | ToStatus | GiveUp | Exit
