"""How much of all requests together is in memory: each body is bounded by itself, and many at once must be too.

Crowded    with this one there would be more than there may be
"""

from typing import Final, Self

BODIES_AT_MOST: Final = 256 * 1024 * 1024
"""Bytes of all bodies that arrive, wait or are being answered; one of ZONDA_MAX_BODY always fits."""

KEPT_FOR_SERVICES: Final = 16 * 1024 * 1024
"""Bytes of them that only our own services take, which show the service token: whoever else sends bodies without their
last byte would keep every report waiting."""


class Crowded(Exception):
    """With this one there would be more than there may be."""


class Bodies:
    """All bodies of one process, `kept` bytes of them for our own services. For one event loop."""

    def __init__(self, at_most: int, kept: int = 0) -> None:
        self._at_most = at_most
        self._kept = kept
        self.size = 0
        self._of_others = 0

    def held(self, *, service: bool = False) -> "Held":
        """One request's part of it, given back at the end of the `with`."""
        return Held(self, service=service)

    def take(self, size: int, *, service: bool) -> None:
        if self.size + size > self._at_most or not (service or self._of_others + size <= self._at_most - self._kept):
            raise Crowded
        self._add(size, service=service)

    def give_back(self, size: int, *, service: bool) -> None:
        self._add(-size, service=service)

    def _add(self, size: int, *, service: bool) -> None:
        self.size += size
        if not service:
            self._of_others += size


class Held:
    """What one request holds."""

    def __init__(self, bodies: Bodies, *, service: bool) -> None:
        self._bodies = bodies
        self._service = service
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies.give_back(self.size, service=self._service)

    def take(self, size: int) -> None:
        """So many bytes more have arrived. Raises Crowded."""
        self._bodies.take(size, service=self._service)
        self.size += size
