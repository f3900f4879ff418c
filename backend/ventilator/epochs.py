"""Which epoch the ventilator has, and whether another one has had it too (I5, I13)."""

from enum import Enum

from wire.topics import Topic

EPOCHS = 2**31
"""Epochs are lower than this: a fence has 63 bits, and 32 of them count."""

EPOCHS_AHEAD = 10_000
"""Epochs that a worker's word may put us forward by at once: a record that was put back lacks as many as there were
starts since. Any number, believed, would use up all that there are."""

RAISE_EVERY = 1.0
"""Seconds between two times that a worker's word puts us forward."""


class Named(Enum):
    """What an epoch that a worker names is to us."""

    KNOWN = "not above ours, or ours is about to be above it"
    TAKEN = "frames and fences of it are out there that are not ours: ours must become higher"
    LATER = "the same, when it is named again"
    ABSURD = "no ventilator of this record can have had it"


class Epochs:
    """Ours, and those that we hear of.

    The record may have been put back to an older state. Then the epoch that it gave us may have been given before, and
    workers hold grants of it that the record knows nothing of: one that names our epoch and was not told it by us.
    """

    def __init__(self, mine: int, now: float) -> None:
        self._mine = mine
        self._fences_used = 0
        self._exceeded = mine - 1
        self._raise_at = now
        # Only the last of each topic, so that it cannot grow. To take one for somebody else's costs one epoch.
        self._told: dict[Topic, str] = {}

    @property
    def mine(self) -> int:
        """Grants and frames are of this one."""
        return self._mine

    @property
    def taken(self) -> bool:
        """Whether nothing may be granted, as it is not ours alone."""
        return self._exceeded >= self._mine

    def take_fences(self, number: int) -> int:
        """The first of so many fences that nobody has used; they are used from now on."""
        first = (self._mine << 32) + self._fences_used + 1
        self._fences_used += number
        return first

    def tell(self, topic: Topic, incarnation: str) -> None:
        """This worker hears our epoch from now on."""
        self._told[topic] = incarnation

    def hear(self, named: int, incarnation: str, now: float) -> Named:
        """A worker knows that epoch. Once TAKEN is said, ours is taken until `begin`."""
        if named <= self._exceeded or named < self._mine:
            return Named.KNOWN
        if named == self._mine and incarnation in self._told.values():
            return Named.KNOWN
        if named > self._mine + EPOCHS_AHEAD or named + 1 >= EPOCHS:
            return Named.ABSURD
        if now < self._raise_at:
            return Named.LATER
        self._exceeded = named
        self._raise_at = now + RAISE_EVERY
        return Named.TAKEN

    def begin(self, epoch: int) -> None:
        """It is ours from now on."""
        self._mine = epoch
        self._fences_used = 0
        self._told.clear()
