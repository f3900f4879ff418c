"""How much of all requests together is in memory: each body is bounded by itself, and many at once must be too.

Crowded    with this one there would be more than there may be
"""

from typing import Final, Self

BODIES_AT_MOST: Final = 256 * 1024 * 1024
"""Bytes of all bodies that arrive, wait or are being answered; one of ZONDA_MAX_BODY always fits."""


class Crowded(Exception):
    """With this one there would be more than there may be."""


class Bodies:
    """All bodies of one process. For one event loop."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self.size = 0

    def held(self) -> "Held":
        """One request's part of it, given back at the end of the `with`."""
        return Held(self)

    def take(self, size: int) -> None:
        if self.size + size > self._at_most:
            raise Crowded
        self.size += size


class Held:
    """What one request holds."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies.size -= self.size

    def take(self, size: int) -> None:
        """So many bytes more have arrived. Raises Crowded."""
        self._bodies.take(size)
        self.size += size
