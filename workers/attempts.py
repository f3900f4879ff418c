"""The attempts that run: how long each one may, and when it is told to end and killed. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from wire.messages import Grant
from wire.topics import Topic
from workers.effects import Interrupt, KillChild
from workers.output import Output
from workers.why import Why

_NEVER = float("inf")


class Attempt(Struct):
    """One attempt, from the call of its task function until its end is known.

    `told` is why its function was told to end, `killed` whether its child was killed, by `stop` for the worker's end.
    """

    grant: Grant
    topic: Topic
    child: int
    since: float
    output: Output
    told: Why | None = None
    killed: bool = False
    by_stop: bool = False
    kill_at: float = _NEVER

    @property
    def interrupt_at(self) -> float:
        """When its time is over; infinity when it has no limit, or was told to end already."""
        return _NEVER if self.told is not None or self.grant.timeout is None else self.since + self.grant.timeout


class Attempts:
    """Every running attempt, by its fence and by its child."""

    def __init__(self) -> None:
        self._by_fence: dict[int, Attempt] = {}
        self._by_child: dict[int, Attempt] = {}

    def __len__(self) -> int:
        return len(self._by_fence)

    def __iter__(self) -> Iterator[Attempt]:
        """Oldest first."""
        return iter(self._by_fence.values())

    def __contains__(self, fence: int) -> bool:
        return fence in self._by_fence

    def start(self, grant: Grant, topic: Topic, child: int, now: float) -> Attempt:
        attempt = Attempt(grant, topic, child, now, Output(now))
        self._by_fence[grant.fence] = self._by_child[child] = attempt
        return attempt

    def of(self, child: int) -> Attempt | None:
        """What this child runs."""
        return self._by_child.get(child)

    def take(self, child: int) -> Attempt | None:
        """What this child ran: it has ended."""
        attempt = self._by_child.pop(child, None)
        if attempt is not None:
            del self._by_fence[attempt.grant.fence]
        return attempt

    def cancel(self, fence: int, now: float) -> list[Interrupt]:
        """Somebody has cancelled this one. Nothing more when it was told to end before."""
        attempt = self._by_fence[fence]
        return [] if attempt.told is not None else [self._tell(attempt, Why.CANCEL, now)]

    def enforce(self, now: float) -> list[Interrupt | KillChild]:
        """Tell to end what has run as long as it may, and kill what was told to and has not within its grace."""
        effects: list[Interrupt | KillChild] = []
        for attempt in self:
            if now >= attempt.interrupt_at:
                effects.append(self._tell(attempt, Why.TIMEOUT, now))
            if now >= attempt.kill_at:
                effects.append(self._kill(attempt))
        return effects

    def kill_all(self) -> list[KillChild]:
        """The worker has to end: kill what still runs."""
        effects = []
        for attempt in self:
            if not attempt.killed:
                attempt.by_stop = True
                effects.append(self._kill(attempt))
        return effects

    def next_deadline(self) -> float:
        """When to `enforce`, or to take lines of an attempt's output; infinity: not before something happens."""
        return min(
            (min(attempt.interrupt_at, attempt.kill_at, attempt.output.next_due()) for attempt in self), default=_NEVER
        )

    def _tell(self, attempt: Attempt, why: Why, now: float) -> Interrupt:
        attempt.told = why
        attempt.kill_at = now + attempt.grant.grace
        return Interrupt(attempt.child, attempt.grant.fence, why)

    def _kill(self, attempt: Attempt) -> KillChild:
        attempt.killed = True
        attempt.kill_at = _NEVER
        return KillChild(attempt.child)
