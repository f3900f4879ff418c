"""What may be granted now, in the order of granting, read no further than somebody looks. Pure."""

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import override

from msgspec import Struct

from backend.tasks.grants import Candidate

Read = Callable[[Sequence[str], int, int], Sequence[Candidate]]
"""Of each of these queues, so many candidates after the first so many: each queue's in the order of granting."""


class _Reading(Struct):
    """How far a queue has been read: rows in all, rows of the last page, and those of them not looked at yet."""

    read: int = 0
    page: int = 0
    ahead: int = 0
    whole: bool = True


class Offer(Iterator[Candidate]):
    """The candidates of many queues, the most urgent first: by priority, then as they came (I9).

    However many wait, at most `2 * looked + max(limit, queues)` rows are read: first a page of every queue, together
    about `limit`, then of each queue that this has used up another one, twice as long.
    """

    def __init__(self, queues: Sequence[str], limit: int, read: Read) -> None:
        self.looked = 0
        self._read = read
        self._limit = limit
        self._readings = {queue: _Reading() for queue in queues}
        self._heap: list[tuple[int, int, Candidate]] = []
        self._emptied: str | None = None
        if queues:
            self._turn_to(queues, max(1, limit // len(queues)))

    @override
    def __next__(self) -> Candidate:
        if self._emptied is not None:
            # Not before: whoever has enough with the last one needs no further page.
            queue, self._emptied = self._emptied, None
            self._turn_to([queue], min(2 * self._readings[queue].page, self._limit))
        while self._heap:
            candidate = heappop(self._heap)[-1]
            reading = self._readings.get(candidate.queue)
            if reading is None:
                continue
            reading.ahead -= 1
            if not reading.ahead and reading.whole:
                self._emptied = candidate.queue
            self.looked += 1
            return candidate
        raise StopIteration

    def leave(self, queue: str) -> None:
        """Nobody takes anything more of this queue: go on with the others."""
        self._readings.pop(queue, None)
        if self._emptied == queue:
            self._emptied = None

    def has_more_than(self, chosen: int) -> bool:
        """Whether there is anything beside the `chosen` ones: passed over, or not looked at."""
        return self.looked > chosen or next(self, None) is not None

    def _turn_to(self, queues: Sequence[str], page: int) -> None:
        found = self._read(queues, page, self._readings[queues[0]].read)
        for candidate in found:
            self._readings[candidate.queue].ahead += 1
            heappush(self._heap, (-candidate.priority, candidate.seq, candidate))
        for queue in queues:
            reading = self._readings[queue]
            reading.read += reading.ahead
            reading.page = page
            reading.whole = reading.ahead == page
