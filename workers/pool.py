"""The child processes of a worker: which there are, which are free, and when the next one is to be started."""

LONGEST_PAUSE = 30.0
"""Seconds that a child is started after at most, however often children end before they have run anything."""


class Pool:
    """One child per slot and a spare that has loaded the task functions already, for the moment when one dies.

    Beside them there may be as many again that have been retired and are about to end.
    """

    def __init__(self, slots: int, now: float) -> None:
        self._wanted = slots + 1
        self._numbered = 0
        self._starting: set[int] = set()
        # The child that ran last runs next: its caches are warm, and the spare stays the spare.
        self._free: list[int] = []
        self._busy: set[int] = set()
        self._leaving: set[int] = set()
        self._in_vain = 0
        self._start_at = now

    @property
    def free(self) -> bool:
        return bool(self._free)

    def start(self, now: float) -> list[int]:
        """The numbers of the children to start now."""
        if now < self._start_at:
            return []
        missing = self._missing()
        fresh = list(range(self._numbered + 1, self._numbered + 1 + missing))
        self._numbered += missing
        self._starting.update(fresh)
        return fresh

    def next_start(self) -> float:
        """When `start` next has something; infinity while the pool is whole."""
        return self._start_at if self._missing() else float("inf")

    def _missing(self) -> int:
        there = len(self._starting) + len(self._free) + len(self._busy)
        return max(0, min(self._wanted - there, 2 * self._wanted - there - len(self._leaving)))

    def ready(self, child: int) -> None:
        if child in self._starting:
            self._starting.remove(child)
            self._free.insert(0, child)

    def take(self) -> int:
        """A free child, busy from now on."""
        child = self._free.pop()
        self._busy.add(child)
        return child

    def give_back(self, child: int) -> None:
        """The child has run something and lives."""
        self._busy.remove(child)
        self._free.append(child)
        self._in_vain = 0

    def retire(self, child: int) -> None:
        """The child has run something, and is to run nothing more."""
        self._busy.remove(child)
        self._leaving.add(child)
        self._in_vain = 0

    def ended(self, child: int, now: float) -> None:
        """The child is gone. One that ran nothing is replaced at once the first time, then after 1, 2, 4 … 30 s."""
        if child in self._busy:
            # The task's doing, and bounded by the losses that a task may have.
            self._busy.remove(child)
            return
        if child in self._leaving:
            self._leaving.remove(child)
            return
        if child in self._starting:
            self._starting.remove(child)
        elif child in self._free:
            self._free.remove(child)
        else:
            return
        if now < self._start_at:
            # Several at once end for one reason.
            return
        if self._in_vain:
            self._start_at = now + min(2.0 ** min(self._in_vain - 1, 10), LONGEST_PAUSE)
        self._in_vain += 1
