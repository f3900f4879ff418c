"""When the record is tended: by the clock, and soon after somebody has woken us or something is due. Pure."""

from backend.ventilator.filling import LOOK_EVERY

TEND_SOONEST = 0.1
"""Seconds between two times, however often we are woken and however much is due."""

_NEVER = float("inf")


class Tending:
    """One asking at a time."""

    def __init__(self, now: float) -> None:
        self._asked = False
        self._next_at = now
        self._last_at = -_NEVER

    @property
    def at(self) -> float:
        """When to have it tended; infinity until the record has answered."""
        return _NEVER if self._asked else self._next_at

    def hasten(self, now: float) -> None:
        """There may be something to see to."""
        self._next_at = min(self._next_at, max(now, self._last_at + TEND_SOONEST))

    def ask(self, now: float) -> None:
        """The record is asked now."""
        self._asked = True
        self._last_at = now
        self._next_at = now + LOOK_EVERY

    def answered(self) -> None:
        """The record has answered, or failed to: what was wanted of workers still is."""
        self._asked = False
