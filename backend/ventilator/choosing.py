"""Which worker gets which task: the least loaded that serves its queue and has room for it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from backend.tasks.grants import Choice
from backend.tasks.offer import Offer

BACKLOG_PER_SLOT = 0.05
"""Seconds of work, by the averages of its types, that a worker may hold for each slot, running tasks included."""

BEYOND_SLOTS = 256
"""Grants that a worker may hold beyond its slots."""

HELD_BYTES_AT_MOST = 16 * 1024 * 1024
"""Bytes of arguments of all that a worker holds, above which it gets nothing beyond its slots."""

FILL_BYTES_AT_MOST = 16 * 1024 * 1024
"""Bytes of arguments of what is granted in one transaction; a single task may have more. All of it is in memory at
once, and more than once: as it is read, as it is put into frames, and as they wait for who takes them."""


class Room(Struct, frozen=True):
    """A worker that may be granted something, as it stands now.

    `queues` is None for all. `held` counts the grants that have not ended. `backlog` is the seconds they usually take
    together; None: nothing beyond its slots, because one is of an unknown type, or because the worker has handed
    something back. `left` is how many more grants it may have at all, and `granted` how many it ever had. `size` is the
    bytes of arguments of those that have not ended.
    """

    topic: str
    holder: str
    queues: frozenset[str] | None
    slots: int
    held: int
    backlog: float | None
    left: int
    granted: int
    size: int = 0

    def serves(self, queue: str) -> bool:
        return self.queues is None or queue in self.queues

    def at_most(self, shortest: float | None) -> int:
        """How many grants it can take when none usually takes less than `shortest` seconds; None: no type is known."""
        free = max(self.slots - self.held, 0)
        beyond = 0
        if shortest is not None and self.backlog is not None and self.size < HELD_BYTES_AT_MOST:
            spare = self.slots * BACKLOG_PER_SLOT - self.backlog
            fit = int(spare / shortest) if shortest * BEYOND_SLOTS > spare else BEYOND_SLOTS
            beyond = max(min(fit, self.slots + BEYOND_SLOTS - self.held), 0)
        return min(max(free, beyond), self.left)

    def worth_filling(self, shortest: float | None) -> bool:
        """Whether to ask for grants though nothing else presses: a slot is free, or much of the room beyond them is."""
        return self.held < self.slots or 3 * self.at_most(shortest) >= self.held


class _Load:
    """A room as it fills."""

    __slots__ = ("backlog", "closed", "granted", "held", "left", "order", "room", "size")

    def __init__(self, room: Room, order: int) -> None:
        self.room = room
        self.order = order
        self.held = room.held
        self.backlog = room.backlog
        self.left = room.left
        self.granted = room.granted
        self.size = room.size
        self.closed = room.left <= 0

    def fits(self, average: float | None, size: int) -> bool:
        if self.held < self.room.slots:
            return True
        return (
            average is not None
            and self.backlog is not None
            and self.backlog + average <= self.room.slots * BACKLOG_PER_SLOT
            and self.held < self.room.slots + BEYOND_SLOTS
            and self.size + size <= HELD_BYTES_AT_MOST
        )

    def rank(self) -> tuple[bool, float, int, int]:
        """Lowest first: a free slot, then the least to do per slot, then the fewest grants, then the first seat."""
        slots = self.room.slots
        if self.held < slots:
            return False, self.held / slots, self.granted, self.order
        return True, (self.backlog or 0.0) / slots, self.granted, self.order

    def take(self, average: float | None, size: int) -> None:
        self.held += 1
        self.size += size
        self.granted += 1
        self.left -= 1
        self.closed = self.left <= 0
        self.backlog = None if average is None or self.backlog is None else self.backlog + average


def choose(rooms: Sequence[Room], averages: Mapping[str, float], fences: Sequence[int], offer: Offer) -> list[Choice]:
    """Who gets which of what is offered in the order of granting; as many as there are fences at most.

    A candidate that fits nobody is passed over, and whoever serves its queue takes nothing more: what comes after it
    must not keep the slot busy that it waits for. One that is too large beside what was chosen already ends it all: the
    next transaction begins with it.
    """
    loads = [_Load(room, order) for order, room in enumerate(rooms)]
    choices: list[Choice] = []
    size = 0
    # With as many choices no further one is looked at: it might have to be read first.
    while len(choices) < len(fences) and (candidate := next(offer, None)) is not None:
        loads = [load for load in loads if not load.closed]
        if not loads:
            break
        serving = [load for load in loads if load.room.serves(candidate.queue)]
        average = averages.get(candidate.path)
        fitting = [load for load in serving if load.fits(average, candidate.size)]
        if not fitting:
            for load in serving:
                load.closed = True
            offer.leave(candidate.queue)
            continue
        size += candidate.size
        if choices and size > FILL_BYTES_AT_MOST:
            break
        best = min(fitting, key=_Load.rank)
        best.take(average, candidate.size)
        fence = fences[len(choices)]
        choices.append(Choice(seq=candidate.seq, fence=fence, holder=best.room.holder, topic=best.room.topic))
    return choices
