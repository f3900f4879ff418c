"""What happens to the ventilator's machine."""

from dataclasses import dataclass

from backend.tasks.grants import GrantedTask, Known, Wishes
from wire.messages import OnStatus


@dataclass(frozen=True, slots=True)
class StatusHeard:
    """These came on `status`, in order."""

    messages: tuple[OnStatus, ...]


@dataclass(frozen=True, slots=True)
class Woken:
    """Somebody has put tasks into the record."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The record has written the grants of the Fill in flight.

    `more`: tasks that may be granted now are left. `next_due_in`: seconds until another becomes due, None when none
    will.
    """

    grants: tuple[GrantedTask, ...]
    more: bool
    next_due_in: float | None


@dataclass(frozen=True, slots=True)
class Tended:
    """What somebody wants of workers, as the record has it now; None when it gave no answer to the Tend in flight."""

    wishes: Wishes | None


@dataclass(frozen=True, slots=True)
class FillFailed:
    """The record gave no answer to the Fill in flight: it may have written the grants or not."""


@dataclass(frozen=True, slots=True)
class RecordRead:
    """What the record knows, read after everything that was asked of it before."""

    known: Known


@dataclass(frozen=True, slots=True)
class EpochRaised:
    """The record has a new epoch, and it is ours."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """The machine's next deadline has come."""


Event = StatusHeard | Woken | Filled | FillFailed | Tended | RecordRead | EpochRaised | Ticked
