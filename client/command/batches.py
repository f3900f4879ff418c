"""Creating the tasks of many lines in few calls, so that one bad line costs only itself."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from client.command.lines import BadLine, GoodLine, Line
from client.errors import Refused
from client.records import Draft

MOST: Final = 1000
"""Tasks in one call."""

BYTES: Final = 2 * 1024 * 1024
"""Bytes of tasks in one call, unless one alone is larger."""

_PLACE: Final = re.compile(r"tasks\[[0-9]+\]: ")

# They are about whoever asks, not about what a line says.
_ABOUT_US: Final = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})


class Made(Struct, frozen=True):
    """So many tasks stand in the record; some of them were there before."""

    tasks: int
    existing: int = 0


def create_all(lines: Iterable[Line], create: Callable[[Sequence[Draft]], int]) -> Iterator[Made | BadLine]:
    """Create the task of every good line, in order, and tell of each bad one. Raises what `create` raises of itself.

    `create` does all or nothing, and says how many tasks were there before. A line that it refuses is taken out; the
    others are asked for again, in smaller batches for a while, so that a file of nothing but bad lines takes no more
    than a call for each.
    """
    gathering = _Gathering(lines)
    at_once = MOST
    while True:
        batch = gathering.take(at_once)
        yield from gathering.bad()
        if not batch:
            return
        try:
            existing = create([line.draft for line in batch])
        except Refused as refusal:
            if refusal.code in _ABOUT_US:
                raise
            at_once = max(1, len(batch) // 4)
            place = _place(refusal, len(batch))
            if place is not None:
                yield BadLine(batch.pop(place).number, _PLACE.sub("", str(refusal), count=1), refusal.code)
            gathering.put_back(batch)
        else:
            at_once = min(MOST, at_once * 2)
            yield Made(len(batch), existing)


class _Gathering:
    """Good lines, a batch at a time; the bad ones on the way to them are kept to be told of."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._source = iter(lines)
        self._waiting: deque[GoodLine] = deque()
        self._bad: list[BadLine] = []

    def take(self, many: int) -> list[GoodLine]:
        """The next good lines, no more than fit a call; none at the end."""
        batch: list[GoodLine] = []
        size = 0
        while len(batch) < many and (line := self._next()):
            size += line.size
            if batch and size > BYTES:
                self.put_back([line])
                break
            batch.append(line)
        return batch

    def put_back(self, lines: Sequence[GoodLine]) -> None:
        """They come first again, in their order."""
        self._waiting.extendleft(reversed(lines))

    def bad(self) -> list[BadLine]:
        """The bad lines since the last call."""
        bad, self._bad = self._bad, []
        return bad

    def _next(self) -> GoodLine | None:
        if self._waiting:
            return self._waiting.popleft()
        for line in self._source:
            if isinstance(line, GoodLine):
                return line
            self._bad.append(line)
        return None


def _place(refusal: Refused, many: int) -> int | None:
    """Which of the batch is wrong; None when that is not said and it has to be found."""
    place = refusal.details.get("index")
    if isinstance(place, int) and 0 <= place < many:
        return place
    return 0 if many == 1 else None
