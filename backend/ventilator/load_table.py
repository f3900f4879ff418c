"""Who is there, and which grants each worker has: running (current), not started (pending), ended and not settled."""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct, field

from backend.tasks.grants import WorkerRow
from backend.ventilator.choosing import BACKLOG_PER_SLOT, BEYOND_SLOTS, Room
from backend.ventilator.framing import BeatNow
from wire.messages import SILENT_AFTER, Position, Presence, Revoked
from wire.topics import Topic

REVOKED_AT_MOST = 1_000
"""Revoked grants that one beat names; the others follow when these have ended."""

UNSETTLED_AT_MOST = 2_000
"""Grants of a worker, ended and not settled, above which it gets nothing more: its death would repeat them all."""

BEFORE_ANY: Position = (0, 0)
"""The position of what an earlier ventilator sent."""

_NEWEST_COUNTS = 0.2

_NEVER = float("inf")


class Averages:
    """How many seconds a task of each type usually takes: a running average in which the newest run counts a fifth."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def learn(self, path: str, ran: float) -> None:
        known = self._seconds.get(path)
        self._seconds[path] = ran if known is None else known + _NEWEST_COUNTS * (ran - known)

    def of(self, path: str) -> float | None:
        """None for a type that nobody has run yet."""
        return self._seconds.get(path)

    def shortest(self) -> float | None:
        return min(self._seconds.values(), default=None)

    def copy(self) -> dict[str, float]:
        return dict(self._seconds)


class HeldGrant(Struct):
    """A grant that a worker has, as far as we have heard. `position` is that of the frame that carried it, `size` the
    bytes of the task's arguments, which are not kept.
    """

    task_id: str
    path: str
    fence: int
    size: int = 0
    position: Position = BEFORE_ANY
    started: bool = False
    ended: bool = False


class Seat(Struct):
    """A worker topic and the worker that has it.

    `since` is the position of the first frame of this round, `received` that of the last one the worker took.
    `loading`: so many of its slots can run nothing yet. `obeyed`: it listens, and takes this round's frames;
    `listened`: it ever has. `unended`: how many of its grants have not ended, by the path of the task type; `size`: the
    bytes of their arguments together. `running`: when we heard that these fences have started. `foreign`: what it holds
    that is no open grant any more, by its fence, with the task's id. `untaken`: the round's beats of ours that it has
    not said to have taken, with the time they were sent. `revoked`: grants that are to end, with their tasks' ids;
    `drain`: it is to drain.
    """

    topic: Topic
    incarnation: str
    name: str
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int
    hello: int
    since: Position
    received: Position
    heard_at: float
    draining: bool = False
    loading: int = 0
    obeyed: bool = False
    listened: bool = False
    handed_back: bool = False
    granted: int = 0
    grants: dict[int, HeldGrant] = field(default_factory=dict)
    unended: dict[str, int] = field(default_factory=dict)
    size: int = 0
    running: dict[int, float] = field(default_factory=dict)
    foreign: dict[int, str] = field(default_factory=dict)
    untaken: deque[tuple[Position, float]] = field(default_factory=deque)
    revoked: dict[int, str] = field(default_factory=dict)
    drain: bool = False
    written: str = ""

    @property
    def state(self) -> str:
        """As the record's row says it."""
        if self.draining:
            return "DRAINING"
        return "READY" if self.able else "STARTING"

    @property
    def able(self) -> bool:
        """Whether it takes what it is granted, and could start it."""
        return self.obeyed and self.open_slots > 0

    @property
    def open_slots(self) -> int:
        """How many of its slots could run something, now or after what they run."""
        return max(self.slots - self.loading, 0)

    @property
    def held(self) -> int:
        """How many slots and places beyond them are taken."""
        return sum(self.unended.values()) + len(self.foreign)

    def silent_at(self) -> float:
        """When the worker counts as silent: unheard for three beats, or deaf to a beat of ours for as long."""
        return min(self.heard_at, self.untaken[0][1] if self.untaken else self.heard_at) + SILENT_AFTER

    def beat_sent(self, position: Position, now: float) -> None:
        """A frame with a beat has left for the worker."""
        self.untaken.append((position, now))

    def take_up_to(self, position: Position) -> None:
        """The worker says that it has taken this frame; those before it are of no interest any more."""
        self.received = position
        while self.untaken and self.untaken[0][0] <= position:
            self.untaken.popleft()

    def begin_round(self, hello: int, since: Position, received: Position) -> None:
        """The worker takes frames that echo this hello, and none of those that were sent before."""
        self.hello, self.since, self.received = hello, since, received
        self.untaken.clear()

    def forgive(self, seconds: float) -> None:
        """So long nobody could be heard."""
        self.heard_at += seconds
        self.untaken = deque((position, at + seconds) for position, at in self.untaken)

    def beat(self) -> BeatNow:
        """What our next beat says: what it was told before, as long as it has not obeyed."""
        revoked = tuple(Revoked(task_id, fence) for fence, task_id in {**self.foreign, **self.revoked}.items())
        return BeatNow(revoked[:REVOKED_AT_MOST], drain=self.drain and not self.draining)

    def want(self, revoked: dict[int, str], *, drain: bool) -> tuple[list[int], bool]:
        """Somebody wants this of the worker, and nothing else; returns what of it is news: fences, and the drain."""
        held = {
            fence: task_id
            for fence, task_id in revoked.items()
            if fence in self.grants and not self.grants[fence].ended
        }
        news = [fence for fence in held if fence not in self.revoked]
        drain_now = drain and not self.drain
        self.revoked, self.drain = held, drain
        return news, drain_now

    def hold(self, grant: HeldGrant) -> None:
        """The worker has this grant from now on."""
        self.grants[grant.fence] = grant
        self.unended[grant.path] = self.unended.get(grant.path, 0) + 1
        self.size += grant.size

    def start(self, fence: int, now: float) -> None:
        """The worker says that the grant runs."""
        grant = self.grants.get(fence)
        if grant is not None and not grant.ended:
            grant.started = True
            self.running.setdefault(fence, now)

    def end(self, fence: int) -> HeldGrant | None:
        """The grant takes no room any more, and is kept until it is settled; None when it did not."""
        grant = self.grants.get(fence)
        if grant is None or grant.ended:
            return None
        grant.started = grant.ended = True
        self.handed_back = False
        self._count_out(grant)
        return grant

    def drop(self, fence: int) -> HeldGrant | None:
        """Forget a grant; None when it was none of this worker's."""
        grant = self.grants.pop(fence, None)
        if grant is None:
            return None
        if not grant.ended:
            self._count_out(grant)
        if grant.started:
            self.handed_back = False
        return grant

    def _count_out(self, grant: HeldGrant) -> None:
        self.running.pop(grant.fence, None)
        self.size -= grant.size
        if self.unended[grant.path] == 1:
            del self.unended[grant.path]
        else:
            self.unended[grant.path] -= 1

    def row(self, state: str, *, beat: bool) -> WorkerRow:
        return WorkerRow(
            topic=self.topic,
            incarnation=self.incarnation,
            name=self.name,
            host=self.host,
            pid=self.pid,
            queues=self.queues,
            slots=self.slots,
            state=state,
            beat=beat,
        )

    def describe(self, presence: Presence) -> None:
        self.queues, self.slots = presence.queues, presence.slots
        self.draining, self.loading = presence.draining, presence.loading


class LoadTable:
    """Every worker that has a seat, by topic and by incarnation."""

    def __init__(self) -> None:
        self._by_topic: dict[Topic, Seat] = {}
        self._by_incarnation: dict[str, Seat] = {}
        # No later than the first of them is silent: that moves only away as they are heard.
        self._silent_from = _NEVER

    def __iter__(self) -> Iterator[Seat]:
        return iter(list(self._by_topic.values()))

    def __len__(self) -> int:
        return len(self._by_topic)

    def at(self, topic: Topic) -> Seat | None:
        return self._by_topic.get(topic)

    def of(self, incarnation: str) -> Seat | None:
        return self._by_incarnation.get(incarnation)

    def add(self, seat: Seat) -> None:
        self._by_topic[seat.topic] = self._by_incarnation[seat.incarnation] = seat
        self._silent_from = min(self._silent_from, seat.silent_at())

    def remove(self, seat: Seat) -> None:
        del self._by_topic[seat.topic], self._by_incarnation[seat.incarnation]

    def outlook(self) -> tuple[float, int, int]:
        """When the first of them is silent, infinity without any; how many take frames, and how many do not yet."""
        silent_at, obeyed = _NEVER, 0
        for seat in self._by_topic.values():
            silent_at = min(silent_at, seat.silent_at())
            obeyed += seat.obeyed
        self._silent_from = silent_at
        return silent_at, obeyed, len(self._by_topic) - obeyed

    def silent(self, now: float) -> list[Seat]:
        """Those that are silent by now. Costs nothing as long as none can be."""
        return [] if now < self._silent_from else [seat for seat in self._by_topic.values() if now >= seat.silent_at()]

    def rooms(self, averages: Averages, now: float) -> tuple[Room, ...]:
        """The workers that may be granted something now, by seat."""
        shortest = averages.shortest()
        rooms = (_room(seat, averages, now) for seat in self._by_topic.values() if seat.able and not seat.draining)
        return tuple(room for room in rooms if room.at_most(shortest) > 0)

    def check(self) -> None:
        """Raises AssertionError unless the table agrees with itself (I7, I11)."""
        fences: set[int] = set()
        for incarnation, seat in self._by_incarnation.items():
            assert seat.incarnation == incarnation, "a seat is listed under another incarnation"
            assert self._by_topic[seat.topic] is seat, "a worker has two seats"
            by_path: dict[str, int] = {}
            waiting = size = 0
            for fence, grant in seat.grants.items():
                assert grant.fence == fence, "a grant is listed under another fence"
                assert fence not in fences, "a fence is with two workers"
                fences.add(fence)
                if grant.ended:
                    assert grant.started, "a grant ended before it started"
                    continue
                by_path[grant.path] = by_path.get(grant.path, 0) + 1
                size += grant.size
                # What an earlier ventilator sent may have ended without our hearing of it.
                waiting += grant.position != BEFORE_ANY
            assert waiting <= seat.slots + BEYOND_SLOTS, f"{seat.topic} has {waiting} grants for {seat.slots} slots"
            assert by_path == seat.unended, f"{seat.topic} counts {seat.unended} where there are {by_path}"
            assert size == seat.size, f"{seat.topic} counts {seat.size} bytes where there are {size}"
            assert all(not seat.grants[fence].ended for fence in seat.running), f"{seat.topic} runs what has ended"
        assert len(self._by_topic) == len(self._by_incarnation), "a worker has two seats"


def _room(seat: Seat, averages: Averages, now: float) -> Room:
    held = seat.held
    return Room(
        topic=seat.topic,
        holder=seat.incarnation,
        queues=None if "*" in seat.queues else frozenset(seat.queues),
        slots=seat.open_slots,
        held=held,
        backlog=_backlog(seat, averages, now),
        left=UNSETTLED_AT_MOST - (len(seat.grants) + len(seat.foreign) - held),
        granted=seat.granted,
        size=seat.size,
    )


def _backlog(seat: Seat, averages: Averages, now: float) -> float | None:
    """The seconds that what it holds usually takes; None where that says nothing of how long it will take now."""
    if seat.handed_back or seat.foreign:
        return None
    if any(now - heard > BACKLOG_PER_SLOT for heard in seat.running.values()):
        # One runs for longer than all should take: what its type usually takes is no measure of it.
        return None
    seconds = 0.0
    for path, many in seat.unended.items():
        average = averages.of(path)
        if average is None:
            return None
        seconds += many * average
    return seconds
