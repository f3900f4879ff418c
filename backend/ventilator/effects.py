"""What the ventilator's machine asks its loop to do, in the order given.

Those for the record (RaiseEpoch, Fill, Tend, ReadRecord, Close, Lose, WriteWorkers) are carried out one after the
other, under the epoch that is the ventilator's by then; all but Fill and Tend are asked again until the record has
answered. Disbelieve is only for the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.tasks.grants import Closing, WorkerRow
from backend.ventilator.choosing import Room
from wire.messages import Assigned, OnWorkerTopic
from wire.topics import Topic


@dataclass(frozen=True, slots=True)
class RaiseEpoch:
    """Make the ventilator's epoch higher than this one, if it is still the record's; EpochRaised answers."""

    above: int


@dataclass(frozen=True, slots=True)
class Fill:
    """Grant at most `limit` tasks to workers with room, under fences from `first_fence` on.

    Filled or FillFailed answers. `queues` are those that the rooms serve, None for all; `averages` the usual seconds
    of a task type, by its path.
    """

    rooms: tuple[Room, ...]
    averages: Mapping[str, float]
    queues: frozenset[str] | None
    limit: int
    first_fence: int


@dataclass(frozen=True, slots=True)
class Tend:
    """End what has expired, and see what somebody wants of workers; Tended answers, if it was done."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """Read what the record knows; the event of the same name answers."""


@dataclass(frozen=True, slots=True)
class Close:
    """Take these grants back, where the record still has them open."""

    closings: tuple[Closing, ...]


@dataclass(frozen=True, slots=True)
class Lose:
    """Take back every open grant of this incarnation.

    Those in `started` (fences) count as started, and so do as many of its oldest other grants as it had further slots.
    """

    topic: Topic | None
    incarnation: str
    started: frozenset[int]
    slots: int


@dataclass(frozen=True, slots=True)
class WriteWorkers:
    """Write these rows of the load table."""

    rows: tuple[WorkerRow, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Own this worker topic, through a socket that has never been used."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Shut:
    """Let go of the topic; what was not taken is dropped."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Publish:
    """Say on `control` who has which topic."""

    message: Assigned


@dataclass(frozen=True, slots=True)
class Send:
    """Send one frame with these messages; it may be lost."""

    topic: Topic
    messages: tuple[OnWorkerTopic, ...]


@dataclass(frozen=True, slots=True)
class Disbelieve:
    """A worker names an epoch that is too far above ours: it is not heard, and stays so until it is started again."""

    incarnation: str
    named: int
    ours: int


ForRecord = RaiseEpoch | Fill | Tend | ReadRecord | Close | Lose | WriteWorkers
ForTopics = Open | Shut | Publish | Send
Effect = ForRecord | ForTopics | Disbelieve
