"""What comes on topics and cannot be read, told in the log in a bounded number of lines."""

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from msgspec import Struct

from wire.codec import Unreadable

WINDOW: Final = 60.0
"""Seconds after which the counting begins anew."""

EACH: Final = 10
"""So many of a topic and window are told one by one; after them the 20th, 40th, 80th …, and how many were left out."""


class _Count(Struct):
    """What has come on one topic in the window that began then, and the last of it if it was not told."""

    began: float
    seen: int = 0
    told: int = 0
    last: Unreadable | None = None


class Unread:
    """Warns of it: a flood on a topic costs a few lines a minute. For one thread."""

    def __init__(
        self,
        log: logging.Logger,
        *,
        event: str = "message.unreadable",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._log = log
        self._event = event
        self._clock = clock
        self._counts: dict[str, _Count] = {}

    def tell(self, topic: str, unreadable: Sequence[Unreadable]) -> None:
        """These have come on the topic, and were dropped or put aside."""
        if not unreadable:
            return
        now = self._clock()
        count = self._counts.get(topic)
        if count is None or now - count.began >= WINDOW:
            self._sum_up(topic)
            count = self._counts[topic] = _Count(now)
        for bad in unreadable:
            count.seen += 1
            count.last = bad
            if count.seen <= EACH or count.seen >= 2 * count.told:
                self._sum_up(topic)

    def sum_up(self) -> None:
        """Tell what has not been told yet: the last of each topic, and how many there were before it."""
        for topic in self._counts:
            self._sum_up(topic)

    def _sum_up(self, topic: str) -> None:
        count = self._counts.get(topic)
        if count is None or count.last is None:
            return
        fields: dict[str, object] = {"topic": topic, "why": count.last.why, "cut": count.last.cut}
        if left_out := count.seen - count.told - 1:
            fields["left_out"] = left_out
        self._log.warning(self._event, extra=fields)
        count.told, count.last = count.seen, None
