"""The attempts that run: how long each one may, and when it is told to end and killed. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from wire.messages import Grant
from wire.topics import Topic
from workers.effects import Interrupt, KillChild
from workers.output import Output
from workers.why import Why

TAKES_WITHIN = 5.0
"""Seconds that a child has to take what it is given to run: one that turns needs a thousandth, a machine that swaps or
has far more to do than it can a second or two. What an earlier function has left may keep a child from ever turning."""

_NOT_TAKEN = f"had taken nothing of what it was given for {TAKES_WITHIN:g} s"

_NEVER = float("inf")


class Attempt(Struct):
    """One attempt, from when a child is given it until its end is known.

    It has `begun` once the child has taken it, and does so `since` then, before that since it was given. `told` is why
    its function was told to end, `killed` whether its child was killed, `by_stop` for the worker's end, or for its own
    `fault`, which is the end of a sentence about that child.
    """

    grant: Grant
    topic: Topic
    child: int
    since: float
    output: Output
    begun: bool = False
    told: Why | None = None
    killed: bool = False
    by_stop: bool = False
    fault: str | None = None
    kill_at: float = _NEVER

    @property
    def interrupt_at(self) -> float:
        """When its time is over; infinity when it has no limit, has not begun, or was told to end already."""
        if not self.begun:
            return _NEVER
        return _NEVER if self.told is not None or self.grant.timeout is None else self.since + self.grant.timeout

    @property
    def give_up_at(self) -> float:
        """When its child is given up for not taking it; infinity once it has, or was killed."""
        return _NEVER if self.begun or self.killed else self.since + TAKES_WITHIN


class Attempts:
    """Every attempt that a child has, by its fence and by its child."""

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

    def give(self, grant: Grant, topic: Topic, child: int, now: float) -> None:
        """The child is to take this, and nothing else before that has ended."""
        self._by_fence[grant.fence] = self._by_child[child] = Attempt(grant, topic, child, now, Output(now))

    def begin(self, child: int, now: float) -> Attempt | None:
        """The child has taken what it was given, which is returned."""
        attempt = self._by_child.get(child)
        if attempt is not None:
            attempt.begun, attempt.since = True, now
            attempt.output.begin(now)
        return attempt

    def of(self, child: int) -> Attempt | None:
        """What this child has to run."""
        return self._by_child.get(child)

    def take(self, child: int) -> Attempt | None:
        """What this child had to run: it has ended."""
        attempt = self._by_child.pop(child, None)
        if attempt is not None:
            del self._by_fence[attempt.grant.fence]
        return attempt

    def cancel(self, fence: int, now: float) -> list[Interrupt]:
        """Somebody has cancelled this one. Nothing more when it was told to end before."""
        attempt = self._by_fence[fence]
        return [] if attempt.told is not None else [self._tell(attempt, Why.CANCEL, now)]

    def enforce(self, now: float) -> list[Interrupt | KillChild]:
        """Tell to end what has run as long as it may, kill what was told to and has not within its grace, and who does
        not take what it was given."""
        effects: list[Interrupt | KillChild] = []
        for attempt in self:
            if now >= attempt.interrupt_at:
                effects.append(self._tell(attempt, Why.TIMEOUT, now))
            if now >= attempt.kill_at:
                effects.append(self._kill(attempt))
            if now >= attempt.give_up_at:
                effects.append(self._kill(attempt, _NOT_TAKEN))
        return effects

    def wait_anew(self, now: float) -> None:
        """Nobody has looked for a while: whoever was given something may have taken it, and it is still to be heard."""
        for attempt in self:
            if not attempt.begun:
                attempt.since = now

    def end_for(self, fault: str, child: int) -> list[KillChild]:
        """Kill the child, for that; nothing when it is being killed already, or has nothing to run."""
        attempt = self._by_child.get(child)
        return [] if attempt is None or attempt.killed else [self._kill(attempt, fault)]

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
        return min(map(_next_deadline, self), default=_NEVER)

    def _tell(self, attempt: Attempt, why: Why, now: float) -> Interrupt:
        attempt.told = why
        attempt.kill_at = now + attempt.grant.grace
        return Interrupt(attempt.child, attempt.grant.fence, why)

    def _kill(self, attempt: Attempt, fault: str | None = None) -> KillChild:
        attempt.killed = True
        attempt.kill_at = _NEVER
        attempt.fault = fault
        return KillChild(attempt.child, fault)


def _next_deadline(attempt: Attempt) -> float:
    tells_at = attempt.output.next_due() if attempt.begun else _NEVER
    return min(attempt.interrupt_at, attempt.kill_at, attempt.give_up_at, tells_at)
