"""The simulated clock: what is to happen, in the order of its time."""

from collections.abc import Callable
from heapq import heappop, heappush


class Agenda:
    """Time stands still while something happens, and jumps to the next thing after it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: float, do: Callable[[], None]) -> None:
        self._count += 1
        heappush(self._entries, (max(when, self.now), self._count, do))

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self.at(self.now + seconds, do)

    def step(self) -> bool:
        """Let the next thing happen; False when nothing is left."""
        if not self._entries:
            return False
        self.now, _, do = heappop(self._entries)
        do()
        return True
