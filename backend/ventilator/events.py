"""What happens to the ventilator's machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.tasks.engines import GrantedTask, OpenGrant
from wire.messages import OnStatus


class KnownWorker(Protocol):
    """A worker that the record names."""

    @property
    def topic(self) -> str: ...
    @property
    def incarnation(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def pid(self) -> int: ...
    @property
    def queues(self) -> tuple[str, ...]: ...
    @property
    def slots(self) -> int: ...
    @property
    def state(self) -> str: ...


class Known(Protocol):
    """What the record knows of workers: the seats they had, and every grant that is open."""

    @property
    def workers(self) -> Sequence[KnownWorker]: ...
    @property
    def grants(self) -> Sequence[OpenGrant]: ...


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
class FillFailed:
    """The record gave no answer to the Fill in flight: it may have written the grants or not."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What the record knows, read after everything that was asked of it before."""

    known: Known


@dataclass(frozen=True, slots=True)
class EpochRaised:
    """The record has a new epoch, and it is ours."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """The machine's next deadline has come."""


Event = StatusHeard | Woken | Filled | FillFailed | Reread | EpochRaised | Ticked
