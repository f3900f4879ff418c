"""What happens to the ventilator's machine."""

from msgspec import Struct

from backend.tasks.grants import GrantedTask, Known, Wishes
from wire.messages import OnStatus


class StatusHeard(Struct, frozen=True):
    """These came on `status`, in order."""

    messages: tuple[OnStatus, ...]


class Woken(Struct, frozen=True):
    """Somebody has put tasks into the record."""


class Filled(Struct, frozen=True):
    """The record has written the grants of the Fill in flight.

    `more`: tasks that may be granted now are left. `next_due_in`: seconds until another becomes due or expires, None
    when none will.
    """

    grants: tuple[GrantedTask, ...]
    more: bool
    next_due_in: float | None


class Tended(Struct, frozen=True):
    """What somebody wants of workers, as the record has it now; None when it gave no answer to the Tend in flight.

    `next_due_in` is that of Filled.
    """

    wishes: Wishes | None
    next_due_in: float | None = None


class FillFailed(Struct, frozen=True):
    """The record gave no answer to the Fill in flight: it may have written the grants or not."""


class RecordRead(Struct, frozen=True):
    """What the record knows, read after everything that was asked of it before."""

    known: Known


class EpochRaised(Struct, frozen=True):
    """The record has a new epoch, and it is ours."""

    epoch: int


class Ticked(Struct, frozen=True):
    """The machine's next deadline has come."""


Event = StatusHeard | Woken | Filled | FillFailed | Tended | RecordRead | EpochRaised | Ticked
