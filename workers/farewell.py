"""How a worker comes to its end: it takes nothing more, and what runs and what it has said get their time. Pure."""

from workers.reports import STOP_GRACE

FAREWELL = 2.0
"""Seconds after the last run that a stopping worker waits for its outcomes to be settled."""

_NEVER = float("inf")


class Farewell:
    """Of one worker, that drains when anybody wants it to, and may be asked to stop as well."""

    def __init__(self) -> None:
        self.draining = False
        self._stopping = False
        self._kill_at = _NEVER
        self._leave_at = _NEVER

    def drain(self) -> bool:
        """Take nothing more from now on; whether that is news."""
        news = not self.draining
        self.draining = True
        return news

    def stop(self, now: float) -> None:
        """What runs gets its grace, once."""
        if not self._stopping:
            self._stopping = True
            self._kill_at = now + STOP_GRACE

    def take_kill(self, now: float) -> bool:
        """Whether what still runs is to be killed now: that is said once."""
        if now < self._kill_at:
            return False
        self._kill_at = _NEVER
        return True

    def waited(self, now: float) -> bool:
        """Nothing runs any more. Whether a worker that stops has waited long enough for what is not settled."""
        if self._stopping and self._leave_at == _NEVER:
            self._leave_at = now + FAREWELL
            return False
        return now >= self._leave_at

    def next_deadline(self) -> float:
        """When there is something to do for it; infinity when nothing is to be done by time."""
        return min(self._kill_at, self._leave_at)
