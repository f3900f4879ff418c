"""Which topic a worker is given for its seat. Pure."""

from collections.abc import Iterable
from typing import Final

from wire.topics import Topic, worker_topic

REST: Final = 1.0
"""Seconds that a topic is left alone after it was shut: a socket's address is not free the moment it is closed."""


class Seating:
    """Who had which topic last, and until when a topic rests.

    `last`: each topic with the incarnation that had it last, as the record has them.
    """

    def __init__(self, last: Iterable[tuple[Topic, str]]) -> None:
        self._last_at = dict(last)
        self._rests_until: dict[Topic, float] = {}

    def choose(self, taken: set[Topic], named: Topic | None, incarnation: str, now: float) -> Topic:
        """The one that this incarnation names as its own, if nobody has had it since; else the lowest that is free.

        `taken` are those that somebody has, or may come back to.
        """
        taken = taken | {shut for shut, until in self._rests_until.items() if until > now}
        if named is not None and self._last_at.get(named) == incarnation and named not in taken:
            chosen = named
        else:
            seat = 1
            while worker_topic(seat) in taken:
                seat += 1
            chosen = worker_topic(seat)
        self._last_at[chosen] = incarnation
        return chosen

    def shut(self, vacated: Topic, now: float) -> None:
        """Nobody has it any more."""
        self._rests_until[vacated] = now + REST
