"""What the sink does. Owns no socket, reads no clock, and holds nothing that it could lose."""

from collections import deque
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from sink.effects import Call, Effect, Exit, GiveUp, ToStatus
from sink.events import CallAnswered, CallFailed, CallRefused, Event, ReportsHeard, StopAsked, Ticked
from wire import codec
from wire.messages import (
    KIND_OF,
    Answer,
    AttemptFailed,
    AttemptLog,
    AttemptStarted,
    AttemptTold,
    OnResults,
    ReportKind,
    SettledBySink,
)

REPORTS_AT_MOST = 2_000
BYTES_AT_MOST = 4 * 1024 * 1024
"""What one call holds: so many reports, and so many bytes of them unless one alone is larger."""

WAITING_REPORTS_AT_MOST = 20_000
WAITING_BYTES_AT_MOST = 64 * 1024 * 1024
"""What may wait before the sink stops reading; the workers keep everything anyway."""

TOLD_REPORTS_AT_MOST = 5_000
TOLD_BYTES_AT_MOST = 16 * 1024 * 1024
"""What may wait of what running attempts tell. It is told once: more of it is dropped, and holds nothing up."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two calls after the first failed, doubled up to the longest."""

REFUSALS = 2
"""So many times the same reports are refused before something about them is changed."""

DOUBTED_AT_LEAST = 10.0
"""Seconds that a report goes on being sent which the backend fails at without a word about it, though it answers for
others: it may be well for some only."""

DOUBTED_FOR = 60.0
"""Seconds that it goes on being sent where there are no others, and the backend answers a call without any report."""

FAREWELL = 2.0
"""Seconds that a stopping sink gives the call in flight."""

_NEVER = float("inf")

type _Key = tuple[str, int, ReportKind, str, int]


class _Waiting(Struct, frozen=True):
    """A report as bytes, with what the settled message will say of it. `line` is the number of a log's first line."""

    body: bytes
    task_id: str
    fence: int
    kind: ReportKind
    incarnation: str
    line: int = 0
    stripped: bool = False

    @property
    def key(self) -> _Key:
        return self.task_id, self.fence, self.kind, self.incarnation, self.line

    @property
    def told(self) -> bool:
        """Whether a running attempt tells it: not settled, and not said again."""
        return self.kind in _TOLD


_TOLD = (ReportKind.PROGRESS, ReportKind.LOG)


class _Batch(Struct):
    """`refused_at` and `answered` are from its first refusal: when that was, and how many calls had been answered.

    `proofs` is how often the backend had shown that it is well when this was put together, or last refused. Without
    reports it asks just that.
    """

    reports: list[_Waiting]
    proofs: int = 0
    refusals: int = 0
    refused_at: float = 0.0
    answered: int = 0


class Sink:
    """Keeps at most one call in flight: at once when it is idle, with all that has gathered when it was not."""

    def __init__(self) -> None:
        # Everything that is here, but for what is told and in flight already: of that the next one may be on its way.
        self._known: dict[_Key, _Waiting] = {}
        self._waiting: deque[_Key] = deque()
        self._kept = _Amount()
        self._told = _Amount()
        # Batches that were refused, or halves of them: they go before what is only waiting.
        self._again: deque[_Batch] = deque()
        # The backend has failed at them without a word about them. That is held against them only where it has shown
        # that it is well: else it fails at everything, and what it fails at may be outcomes.
        self._doubted: deque[_Batch] = deque()
        self._doubted_at = 0.0
        self._others_first = False
        self._unproven = False
        self._answered = 0
        self._proofs = 0
        self._in_flight: _Batch | None = None
        self._failures = 0
        self._call_at = 0.0
        self._leave_at = _NEVER
        self._ended = False
        self._effects: list[Effect] = []

    @property
    def full(self) -> bool:
        """Whether to leave further reports where they are for now."""
        return self._kept.reports >= WAITING_REPORTS_AT_MOST or self._kept.size >= WAITING_BYTES_AT_MOST

    @property
    def stopping(self) -> bool:
        return self._leave_at != _NEVER

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about the event; nothing any more after Exit."""
        if self._ended:
            return []
        match event:
            case ReportsHeard(reports):
                for report in reports:
                    self._take(report)
            case CallAnswered(answers):
                self._settle(answers, now)
            case CallRefused(why, sure):
                self._refused(why, now, sure=sure)
            case CallFailed():
                self._failed(now)
            case StopAsked():
                self._leave_at = min(self._leave_at, now + FAREWELL)
            case Ticked():
                pass
            case _:
                assert_never(event)
        self._keep_going(now)
        effects, self._effects = self._effects, []
        return effects

    def next_deadline(self) -> float:
        """When to be told that it Ticked, if nothing happens before; infinity: only when something happens."""
        if self._ended:
            return _NEVER
        calls = _NEVER
        if self._in_flight is None and (self._waiting or self._again):
            calls = self._call_at
        elif self._in_flight is None and self._doubted:
            calls = max(self._call_at, self._doubted_at)
        return min(calls, self._leave_at)

    def _take(self, report: OnResults) -> None:
        waiting = _waiting(report)
        known = self._known.get(waiting.key)
        if known is None:
            if waiting.told and self._told.is_over(TOLD_REPORTS_AT_MOST, TOLD_BYTES_AT_MOST):
                return
            self._waiting.append(waiting.key)
        elif waiting.kind is ReportKind.PROGRESS:
            # The last word counts, and goes in the place of the one before.
            self._amount(known).remove(known.body)
        else:
            return
        self._known[waiting.key] = waiting
        self._amount(waiting).add(waiting.body)

    def _settle(self, answers: tuple[str, ...], now: float) -> None:
        batch = self._in_flight
        if batch is None:
            return
        if len(answers) != len(batch.reports) or not all(answer in Answer for answer in answers):
            self._refused("the answer does not fit the reports", now, sure=False)
            return
        self._in_flight = None
        self._failures = 0
        self._proofs += 1
        self._answered += bool(batch.reports)
        if batch.refusals or not batch.reports:
            # It may have recovered just now.
            self._doubted_at = now
        messages = []
        for report, answer in zip(batch.reports, answers, strict=True):
            self._forget(report)
            if report.told:
                continue
            messages.append(
                SettledBySink(
                    incarnation=report.incarnation,
                    task_id=report.task_id,
                    fence=report.fence,
                    report=report.kind,
                    answer=Answer(answer),
                )
            )
        if messages:
            self._effects.append(ToStatus(tuple(messages)))

    def _failed(self, now: float) -> None:
        if self._in_flight is not None:
            if self._in_flight.reports:
                self._again.appendleft(self._in_flight)
            self._in_flight = None
            self._pause(now)

    def _refused(self, why: str, now: float, *, sure: bool) -> None:
        batch = self._in_flight
        if batch is None:
            return
        self._in_flight = None
        self._pause(now)
        if not batch.reports:
            self._unproven = True
            return
        if not batch.refusals:
            batch.refused_at, batch.answered = now, self._answered
        batch.refusals += 1
        # What is told is worth nothing to anybody who has to wait for it, and may be what was refused.
        for report in batch.reports:
            if report.told:
                self._forget(report)
        batch.reports = [report for report in batch.reports if not report.told]
        if not batch.reports:
            return
        well = sure or self._proofs > batch.proofs
        if batch.refusals < REFUSALS:
            self._again.appendleft(batch)
        elif len(batch.reports) > 1 and well:
            # The halves are asked about at once: one bad report among thousands is found in seconds.
            self._failures = 0
            self._call_at = now
            half = len(batch.reports) // 2
            halves = batch.reports[half:], batch.reports[:half]
            self._again.extendleft(self._half(reports, batch.proofs) for reports in halves)
        elif sure:
            self._strip(batch.reports[0], why)
        else:
            self._doubt(batch, why, now, well=well)

    def _doubt(self, batch: _Batch, why: str, now: float, *, well: bool) -> None:
        if well:
            # What else is here is not to wait for it.
            self._failures = 0
            self._call_at = now
        self._others_first = True
        if well and now - batch.refused_at >= self._doubted_for(batch):
            self._strip(batch.reports[0], why)
            return
        if len(batch.reports) == 1:
            batch.proofs = self._proofs
        self._doubted.append(batch)

    def _half(self, reports: list[_Waiting], proofs: int) -> _Batch:
        """What proves that some of the whole are at fault proves it of one half, but of no single report."""
        return _Batch(reports, proofs if len(reports) > 1 else self._proofs)

    def _doubted_for(self, batch: _Batch) -> float:
        return DOUBTED_AT_LEAST if self._answered > batch.answered else DOUBTED_FOR

    def _strip(self, waiting: _Waiting, why: str) -> None:
        """The report goes once more without what its worker put into it: an outcome that can't be told is a failure."""
        reports, _ = codec.results_decoder.decode(waiting.body)
        report = reports[0] if reports else None
        if waiting.stripped or report is None or isinstance(report, AttemptStarted | AttemptTold):
            self._forget(waiting)
            self._effects.append(GiveUp(waiting.task_id, waiting.fence, why))
            return
        refusal = AttemptFailed(
            task_id=report.task_id,
            attempt=report.attempt,
            fence=report.fence,
            worker=report.worker,
            incarnation=report.incarnation,
            ran=report.ran,
            error=f"the worker's report was refused: {why}",
            # No class of the task's own tells why: whoever asks Django for the class would have to import it.
            exception="",
            traceback="",
        )
        stripped = replace(waiting, body=codec.encode([refusal]), stripped=True)
        self._kept.remove(waiting.body)
        self._kept.add(stripped.body)
        self._again.appendleft(_Batch([stripped], self._proofs))

    def _pause(self, now: float) -> None:
        self._call_at = now + min(FIRST_PAUSE * 2.0 ** min(self._failures, 10), LONGEST_PAUSE)
        self._failures += 1

    def _forget(self, report: _Waiting) -> None:
        if not report.told:
            del self._known[report.key]
        self._amount(report).remove(report.body)

    def _amount(self, report: _Waiting) -> "_Amount":
        return self._told if report.told else self._kept

    def _keep_going(self, now: float) -> None:
        if self.stopping:
            if self._in_flight is None or now >= self._leave_at:
                self._ended = True
                self._effects.append(Exit(0))
            return
        if self._in_flight is not None or now < self._call_at:
            return
        batch = self._next(now)
        if batch is not None:
            self._in_flight = batch
            self._effects.append(Call(tuple(report.body for report in batch.reports)))

    def _next(self, now: float) -> _Batch | None:
        if self._others_first:
            self._others_first = False
            if (others := self._gather()) is not None:
                return others
            if self._again and self._failures:
                # Before more of what is here again is refused: is it that, or the backend?
                return _Batch([])
        if self._again:
            return self._again.popleft()
        if self._doubted and now >= self._doubted_at:
            return self._try_doubted(now)
        return self._gather()

    def _try_doubted(self, now: float) -> _Batch:
        """The doubted one that has waited longest; before it others, or a call without reports where there are none.

        Where nothing proves that the backend is well, it goes all the same after that: it may be answered.
        """
        proven = self._unproven or self._proofs > self._doubted[0].proofs
        others = None if proven else self._gather()
        if others is not None:
            return others
        # Each goes about as often, however many there are.
        self._doubted_at = now + max(FIRST_PAUSE, LONGEST_PAUSE / len(self._doubted))
        self._unproven = False
        return self._doubted.popleft() if proven else _Batch([])

    def _gather(self) -> _Batch | None:
        reports: list[_Waiting] = []
        size = 0
        while self._waiting and len(reports) < REPORTS_AT_MOST:
            report = self._known[self._waiting[0]]
            size += len(report.body)
            if reports and size > BYTES_AT_MOST:
                break
            self._waiting.popleft()
            if report.told:
                del self._known[report.key]
            reports.append(report)
        return _Batch(reports, self._proofs) if reports else None


class _Amount:
    """How many reports there are, and how many bytes of them."""

    def __init__(self) -> None:
        self.reports = 0
        self.size = 0

    def add(self, body: bytes) -> None:
        self.reports += 1
        self.size += len(body)

    def remove(self, body: bytes) -> None:
        self.reports -= 1
        self.size -= len(body)

    def is_over(self, reports: int, size: int) -> bool:
        return self.reports >= reports or self.size >= size


def _waiting(report: OnResults) -> _Waiting:
    return _Waiting(
        codec.encode([report]),
        report.task_id,
        report.fence,
        KIND_OF[type(report)],
        report.incarnation,
        report.lines[0].number if isinstance(report, AttemptLog) else 0,
    )
