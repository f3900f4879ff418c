"""The reports that the record has not answered for yet."""

from heapq import heappop, heappush

from msgspec import Struct

from wire.messages import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    OnResults,
    ReportKind,
    Unsettled,
)

HELD_BACK = 0.02
"""Seconds for which a start waits for its outcome, so that a short task is one write in the record."""

PAUSES = (1.0, 2.0, 4.0, 5.0)
"""Seconds until a report is sent again, each time it was; the last one repeats."""

AT_ONCE = 4 * 1024 * 1024
"""Bytes that are sent again in one go. The rest waits a second: a sink that stands still must not fill our memory."""

_ENVELOPE = 300


class _Kept(Struct):
    started: AttemptStarted | None
    due: float
    outcome: AttemptEnded | None = None
    start_sent: bool = False
    sent: int = 0
    size: int = _ENVELOPE


class Outbox:
    """Keeps each report until it is settled, by its fence, and says when to send it again."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        # Entries stay behind when a report's time changes or it is settled: they count only while they agree with it.
        self._times: list[tuple[float, int]] = []
        self.size = 0

    def __contains__(self, fence: int) -> bool:
        return fence in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def unsettled(self) -> tuple[Unsettled, ...]:
        """The grants that have ended, oldest first."""
        return tuple(
            Unsettled(task_id=kept.outcome.task_id, fence=fence)
            for fence, kept in self._kept.items()
            if kept.outcome is not None
        )

    def start(self, started: AttemptStarted, now: float) -> None:
        """Keep a start, and hold it back a moment."""
        kept = _Kept(started, now + HELD_BACK)
        self._kept[started.fence] = kept
        self.size += kept.size
        heappush(self._times, (kept.due, started.fence))

    def end(self, outcome: AttemptEnded, now: float) -> list[OnResults]:
        """Keep an outcome; returns what to send now: the outcome, after its start when that was still held back."""
        kept = self._kept.get(outcome.fence)
        if kept is None:
            # The start is settled already.
            kept = self._kept[outcome.fence] = _Kept(None, now)
            self.size += kept.size
        kept.outcome = outcome
        grown = _size(outcome)
        kept.size += grown
        self.size += grown
        first: list[OnResults] = [] if kept.started is None or kept.start_sent else [kept.started]
        kept.start_sent = True
        kept.sent = 0
        self._sent(outcome.fence, kept, now)
        return [*first, outcome]

    def start_now(self, fence: int, now: float) -> list[OnResults]:
        """The start, when it is still held back: it is to be sent before anything else is said of the attempt."""
        kept = self._kept.get(fence)
        if kept is None or kept.started is None or kept.start_sent:
            return []
        kept.start_sent = True
        self._sent(fence, kept, now)
        return [kept.started]

    def settle(self, fence: int, report: ReportKind) -> None:
        """Forget a start, or, by an outcome, everything of that fence; unknown ones change nothing."""
        kept = self._kept.get(fence)
        if kept is None:
            return
        if report is ReportKind.STARTED and kept.outcome is not None:
            kept.started = None
            return
        del self._kept[fence]
        self.size -= kept.size

    def hurry(self, now: float) -> None:
        """Send everything again that has been sent, beginning now."""
        for fence, kept in self._kept.items():
            if kept.start_sent:
                kept.due = now
                kept.sent = 0
                heappush(self._times, (now, fence))

    def take_due(self, now: float) -> list[OnResults]:
        """What to send now; each outcome after its start while neither is settled."""
        due: list[OnResults] = []
        size = 0
        while self.next_due() <= now:
            _, fence = heappop(self._times)
            kept = self._kept[fence]
            if size and size + kept.size > AT_ONCE:
                kept.due = now + PAUSES[0]
                heappush(self._times, (kept.due, fence))
                continue
            size += kept.size
            if kept.started is not None:
                due.append(kept.started)
                kept.start_sent = True
            if kept.outcome is not None:
                due.append(kept.outcome)
            self._sent(fence, kept, now)
        return due

    def next_due(self) -> float:
        """When `take_due` next has something; infinity when nothing is kept."""
        while self._times:
            due, fence = self._times[0]
            kept = self._kept.get(fence)
            if kept is not None and kept.due == due:
                return due
            heappop(self._times)
        return float("inf")

    def _sent(self, fence: int, kept: _Kept, now: float) -> None:
        kept.due = now + PAUSES[min(kept.sent, len(PAUSES) - 1)]
        kept.sent += 1
        heappush(self._times, (kept.due, fence))


def _size(outcome: AttemptEnded) -> int:
    if isinstance(outcome, AttemptSucceeded):
        return len(memoryview(outcome.result))
    return len(outcome.error) + (0 if isinstance(outcome, AttemptLost) else len(outcome.traceback))
