"""What this process hears of attempts: how their reports were answered, and how long tasks waited and ran.

Which task a report was about is read later and elsewhere: whoever settles reports must not wait for it.
"""

from collections import Counter as Counts
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Final

from msgspec import Struct
from prometheus_client import Counter, Histogram

from backend.tasks.models import Attempt
from backend.tasks.registry import registry
from wire.messages import Answer, AttemptEnded, AttemptStarted, OnResults

OTHER: Final = "other"
"""The name of every task that is not registered here: whoever writes to the record cannot make series."""

KEPT: Final = 50_000
"""Reports that wait to be looked up at most; of more, the oldest are left out."""

ENOUGH: Final = 2_000
"""So many that they are looked up before somebody asks for the metrics."""

_WAITED: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)
_RAN: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


class _Mark(Struct, frozen=True):
    """An attempt, by its fence, of which the wait, the run or both are to be looked up."""

    fence: int
    waited: bool
    ran: bool


def _registered() -> Mapping[str, str]:
    return {kind.path: kind.name for kind in registry().types}


class Heard:
    """Counts what is told to it, from any thread. `names` gives the label of each path of a registered task."""

    def __init__(self, names: Callable[[], Mapping[str, str]] = _registered) -> None:
        self._names = names
        self._marks: deque[_Mark] = deque(maxlen=KEPT)
        self._started: OrderedDict[int, None] = OrderedDict()
        self.reports = Counter(
            "zonda_reports", "Reports of workers, by how the record answered them.", ["outcome"], registry=None
        )
        for answer in Answer:
            self.reports.labels(answer.value)
        self.wait = Histogram(
            "zonda_wait_seconds",
            "From when a task could have run to the start of its first attempt.",
            ["name"],
            buckets=_WAITED,
            registry=None,
        )
        self.run = Histogram(
            "zonda_run_seconds", "How long attempts ran, whatever came of it.", ["name"], buckets=_RAN, registry=None
        )

    def answered(self, settled: Iterable[tuple[OnResults | None, Answer]]) -> None:
        """What the record has answered, once that is committed; None is a report that could not be read.

        Called by the one thread that writes.
        """
        outcomes: Counts[str] = Counts()
        for report, answer in settled:
            outcomes[answer.value] += 1
            if report is not None and answer is Answer.APPLIED:
                self._mark(report)
        for outcome, number in outcomes.items():
            self.reports.labels(outcome).inc(number)

    def _mark(self, report: OnResults) -> None:
        if isinstance(report, AttemptStarted):
            self._marks.append(_Mark(report.fence, waited=True, ran=False))
            self._started[report.fence] = None
            if len(self._started) > KEPT:
                self._started.popitem(last=False)
        elif isinstance(report, AttemptEnded):
            # An outcome may overtake its start, whose report then comes to nothing.
            overtook = report.fence not in self._started
            self._started.pop(report.fence, None)
            self._marks.append(_Mark(report.fence, waited=overtook, ran=True))

    @property
    def waiting(self) -> int:
        """How many reports are to be looked up."""
        return len(self._marks)

    def look_up(self) -> None:
        """Read which tasks the reports were about, and take their times into account."""
        names = self._names()
        for marks in batched(self._taken(), 500):
            self._observe(marks, names)

    def _taken(self) -> list[_Mark]:
        taken = []
        for _ in range(len(self._marks)):
            try:
                taken.append(self._marks.popleft())
            except IndexError:
                break
        return taken

    def _observe(self, marks: Sequence[_Mark], names: Mapping[str, str]) -> None:
        found = Attempt.objects.filter(fence__in={mark.fence for mark in marks}).values_list(
            "fence", "number", "started_at", "finished_at", "task__path", "task__created_at", "task__run_after"
        )
        attempts = {row[0]: row[1:] for row in found.order_by()}
        for mark in marks:
            # It may have been deleted since.
            if (attempt := attempts.get(mark.fence)) is None:
                continue
            number, started_at, finished_at, path, created_at, run_after = attempt
            name = names.get(path, OTHER)
            if mark.waited and number == 1 and started_at is not None:
                self.wait.labels(name).observe(_seconds(max(created_at, run_after or created_at), started_at))
            if mark.ran and started_at is not None and finished_at is not None:
                self.run.labels(name).observe(_seconds(started_at, finished_at))


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


heard: Final = Heard()
"""What this process has heard so far."""
