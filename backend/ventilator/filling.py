"""When the record is asked for grants, and for how many. Pure."""

from collections.abc import Sequence

from backend.ventilator.choosing import Room
from backend.ventilator.effects import Fill
from backend.ventilator.epochs import Epochs
from backend.ventilator.events import Filled
from backend.ventilator.load_table import Averages, LoadTable

LOOK_EVERY = 1.0
"""Seconds after which the record is looked at though nobody said that there is something new."""

FILL_AT_MOST = 1_000
"""Grants in one transaction."""

_NEVER = float("inf")


class Filling:
    """One asking at a time: as soon as there may be something to grant, and somebody has room for it."""

    def __init__(self, now: float) -> None:
        self._asked = False
        self._hungry = True
        self._more = False
        self._room_made = False
        self._look_at = now
        self._due_at = _NEVER

    @property
    def asked(self) -> bool:
        """Whether the record has yet to answer."""
        return self._asked

    @property
    def due_at(self) -> float:
        """When something that waits comes due or expires, as far as is known; infinity once that was acted on."""
        return self._due_at

    @property
    def at(self) -> float:
        """When to ask though nothing has happened."""
        return min(self._look_at, self._due_at)

    def hunger(self) -> None:
        """There may be something to grant, or somebody to grant it to, that was not there before."""
        self._hungry = True

    def expect(self, next_due_in: float | None, now: float) -> None:
        """So the record says: in so many seconds something that waits comes due or expires, None for never."""
        self._due_at = _NEVER if next_due_in is None else now + next_due_in

    def make_room(self) -> None:
        """Somebody may have more room than before: it matters if something was left that may be granted."""
        self._room_made = True
        self._hungry |= self._more

    def ask(self, table: LoadTable, averages: Averages, epochs: Epochs, now: float) -> Fill | None:
        """What to ask of the record now, if anything; answer with `answered` or `failed` before asking again."""
        if not (self._hungry or now >= self.at):
            return None
        rooms = table.rooms(averages, now)
        shortest = averages.shortest()
        limit = min(sum(room.at_most(shortest) for room in rooms), FILL_AT_MOST)
        if limit and now < self.at and not any(room.worth_filling(shortest) for room in rooms):
            return None
        self._look_at = now + LOOK_EVERY
        if limit or now >= self._due_at:
            # What comes due next the answer tells, and where nobody has room the tending of what is due now.
            self._due_at = _NEVER
        if not limit:
            # The look is owed to the next room there is.
            self._hungry = True
            return None
        self._asked = True
        self._hungry = self._room_made = False
        return Fill(rooms, averages.copy(), _queues(rooms), limit, epochs.take_fences(limit))

    def answered(self, filled: Filled, now: float) -> None:
        """The record has answered what it was asked."""
        self._asked = False
        self._more = filled.more
        # While we waited more room may have come; and where there was more than fitted one transaction, there may be
        # more yet.
        self._hungry |= filled.more and (self._room_made or bool(filled.grants))
        self.expect(filled.next_due_in, now)

    def failed(self) -> None:
        """The record gave no answer to what it was asked."""
        self._asked = False


def _queues(rooms: Sequence[Room]) -> frozenset[str] | None:
    """The queues that somebody with room serves; None when somebody serves all."""
    served: set[str] = set()
    for room in rooms:
        if room.queues is None:
            return None
        served |= room.queues
    return frozenset(served)
