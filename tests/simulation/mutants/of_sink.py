"""Breaches of the one thing that the sink must not do: lose or settle what was not answered."""

from sink.machine import Sink
from tests.simulation.mutants.mutant import Mutant

OF_SINK = (
    Mutant(
        "the sink settles without the record's answer",
        Sink,
        "_failed",
        "self._again.appendleft(self._in_flight)",
        "self._settle(tuple('APPLIED' for _ in self._in_flight.reports), now); return",
        ("backend_down", "calls_fail"),
        breaks=("L3",),
    ),
    Mutant(
        "the sink takes a report that comes again for one it has settled",
        Sink,
        "_forget",
        "del self._known[report.key]",
        "pass",
        ("hints_lost", "loss"),
        breaks=("L3",),
    ),
    Mutant(
        "the sink forgets what it sent when no answer comes",
        Sink,
        "_failed",
        "self._again.appendleft(self._in_flight)",
        "pass",
        ("answers_lost", "backend_down"),
        breaks=("L3",),
    ),
    Mutant(
        "the sink settles what it has only sent",
        Sink,
        "_keep_going",
        "self._effects.append(Call(tuple(report.body for report in batch.reports)))",
        "self._effects.append(Call(tuple(r.body for r in batch.reports))); "
        "self._settle(tuple('APPLIED' for _ in batch.reports), now)",
        ("backend_down", "calls_fail"),
        breaks=("L3",),
    ),
)
