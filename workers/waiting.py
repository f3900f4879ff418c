"""The grants that no child has been given yet. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from wire.messages import Grant
from wire.topics import Topic

WAITS_AT_MOST = 0.5
"""Seconds after which a grant that has not started is handed back."""

_NEVER = float("inf")


class WaitingGrant(Struct, frozen=True):
    """A grant, the topic that it came on, and since when it waits."""

    grant: Grant
    topic: Topic
    since: float


class Waiting:
    """Each of them once, by its fence; iterated over, the grants, oldest first."""

    def __init__(self) -> None:
        self._by_fence: dict[int, WaitingGrant] = {}

    def __len__(self) -> int:
        return len(self._by_fence)

    def __contains__(self, fence: int) -> bool:
        return fence in self._by_fence

    def __iter__(self) -> Iterator[Grant]:
        return iter([waiting.grant for waiting in self._by_fence.values()])

    def add(self, grant: Grant, topic: Topic, now: float) -> None:
        self._by_fence[grant.fence] = WaitingGrant(grant, topic, now)

    def take(self, fence: int) -> Grant:
        """Take out this one."""
        return self._by_fence.pop(fence).grant

    def take_oldest(self) -> WaitingGrant:
        """Take out the one that has waited longest."""
        return self._by_fence.pop(next(iter(self._by_fence)))

    def clear(self) -> None:
        self._by_fence.clear()

    def overdue(self, now: float) -> list[Grant]:
        """Those that have waited as long as they may, oldest first."""
        late = []
        for waiting in self._by_fence.values():
            if now < waiting.since + WAITS_AT_MOST:
                break
            late.append(waiting.grant)
        return late

    def next_overdue(self) -> float:
        """When the oldest has; infinity while there is none."""
        return next(iter(self._by_fence.values())).since + WAITS_AT_MOST if self._by_fence else _NEVER
