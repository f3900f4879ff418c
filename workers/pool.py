"""The child processes of a worker: which there are, which are free, and when the next one is to be started."""

LOADS_WITHIN = 60.0
"""Seconds that a child has to load the task functions; twice as long after each time that none has run anything."""

LOADS_WITHIN_AT_LAST = 3_600.0
"""So long at most: what only takes long, or many at once on a small machine, comes to its end."""

LONGEST_PAUSE = 30.0
"""Seconds that a child is started after at most, however often children end before they have run anything."""

_NEVER = float("inf")


class Pool:
    """One child per slot and a spare that has loaded the task functions already, for the moment when one dies.

    Beside them there may be as many again that have been retired and are about to end.
    """

    def __init__(self, slots: int, now: float) -> None:
        self._wanted = slots + 1
        self._numbered = 0
        # When each is given up; never again once it has been.
        self._starting: dict[int, float] = {}
        # The child that ran last runs next: its caches are warm, and the spare stays the spare.
        self._free: list[int] = []
        self._busy: set[int] = set()
        self._leaving: set[int] = set()
        self._in_vain = 0
        self._start_at = now

    @property
    def loading(self) -> int:
        """So many slots have no child that can run something, or will when it has ended what it runs."""
        return max(0, self._wanted - 1 - len(self._free) - len(self._busy))

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
        within = min(LOADS_WITHIN * 2.0 ** min(self._in_vain, 10), LOADS_WITHIN_AT_LAST)
        self._starting.update(dict.fromkeys(fresh, now + within))
        return fresh

    def take_overdue(self, now: float) -> list[int]:
        """Those that have not come to the end of loading in time, each once: they are to be killed."""
        overdue = [child for child, until in self._starting.items() if now >= until]
        self._starting.update(dict.fromkeys(overdue, _NEVER))
        return overdue

    def next_overdue(self) -> float:
        """When `take_overdue` next has something; infinity while no child loads."""
        return min(self._starting.values(), default=_NEVER)

    def next_start(self) -> float:
        """When `start` next has something; infinity while the pool is whole."""
        return self._start_at if self._missing() else _NEVER

    def _missing(self) -> int:
        there = len(self._starting) + len(self._free) + len(self._busy)
        return max(0, min(self._wanted - there, 2 * self._wanted - there - len(self._leaving)))

    def give_up(self, child: int) -> bool:
        """The child runs nothing, and is to run nothing more. Whether it is to be killed for that: nobody else does."""
        if child in self._free:
            self._free.remove(child)
        elif self._starting.get(child, _NEVER) == _NEVER:
            return False
        self._starting[child] = _NEVER
        return True

    def loaded(self, child: int) -> bool:
        """The child has loaded the task functions; whether it did so in time."""
        if self._starting.get(child, _NEVER) == _NEVER:
            return False
        del self._starting[child]
        self._free.insert(0, child)
        return True

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

    def took_nothing(self, child: int) -> None:
        """The child is about to end, or has, without having run what it was taken for."""
        self._busy.remove(child)
        self._free.append(child)

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
            del self._starting[child]
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
