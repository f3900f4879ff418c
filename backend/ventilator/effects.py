"""What the ventilator's machine asks its loop to do, in the order given.

Those for the record (RaiseEpoch, Fill, Tend, ReadRecord, Close, Lose, WriteWorkers) are carried out one after the
other, under the epoch that is the ventilator's by then; all but Fill and Tend are asked again until the record has
answered. Disbelieve is only for the log.
"""

from collections.abc import Mapping

from msgspec import Struct

from backend.tasks.grants import Closing, WorkerRow
from backend.ventilator.choosing import Room
from wire.messages import Assigned, OnWorkerTopic
from wire.topics import Topic


class RaiseEpoch(Struct, frozen=True):
    """Make the ventilator's epoch higher than this one, if it is still the record's; EpochRaised answers."""

    above: int


class Fill(Struct, frozen=True):
    """Grant at most `limit` tasks to workers with room, under fences from `first_fence` on.

    Filled or FillFailed answers. `queues` are those that the rooms serve, None for all; `averages` the usual seconds
    of a task type, by its path.
    """

    rooms: tuple[Room, ...]
    averages: Mapping[str, float]
    queues: frozenset[str] | None
    limit: int
    first_fence: int


class Tend(Struct, frozen=True):
    """End what has expired, make what is due grantable, and see what somebody wants of workers; Tended answers."""


class ReadRecord(Struct, frozen=True):
    """Read what the record knows; the event of the same name answers."""


class Close(Struct, frozen=True):
    """Take these grants back, where the record still has them open."""

    closings: tuple[Closing, ...]


class Lose(Struct, frozen=True):
    """Take back every open grant of this incarnation.

    Those in `started` (fences) count as started, and so do as many of its oldest other grants as it had further slots.
    """

    topic: Topic | None
    incarnation: str
    started: frozenset[int]
    slots: int


class WriteWorkers(Struct, frozen=True):
    """Write these rows of the load table."""

    rows: tuple[WorkerRow, ...]


class Open(Struct, frozen=True):
    """Own this worker topic, through a socket that has never been used."""

    topic: Topic


class Shut(Struct, frozen=True):
    """Let go of the topic; what was not taken is dropped."""

    topic: Topic


class Publish(Struct, frozen=True):
    """Say on `control` who has which topic."""

    message: Assigned


class Send(Struct, frozen=True):
    """Send one frame with these messages; it may be lost."""

    topic: Topic
    messages: tuple[OnWorkerTopic, ...]


class Disbelieve(Struct, frozen=True):
    """A worker names an epoch that is too far above ours: it is not heard, and stays so until it is started again."""

    incarnation: str
    named: int
    ours: int


ForRecord = RaiseEpoch | Fill | Tend | ReadRecord | Close | Lose | WriteWorkers
ForTopics = Open | Shut | Publish | Send
Effect = ForRecord | ForTopics | Disbelieve
