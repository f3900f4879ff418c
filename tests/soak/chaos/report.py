"""What a storm has shown, in lines."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tests.soak.chaos.checker import LOST_TASK, STUCK, TWICE, Breach, Evidence
from tests.soak.chaos.history import Run
from tests.soak.chaos.nemesis import NEAR, Fault

AGAIN_WITHIN: Final = 5.0
"""Seconds (L1)."""

ENOUGH: Final = 100
"""Samples on which a 99th percentile can rest."""


@dataclass(frozen=True, slots=True)
class Again:
    """How long after its worker was killed a task that ran there ran again. `alone`: nothing else was amiss then.

    `runs` and `again` are the lives that ran it, `killed` is of the monotonic clock.
    """

    key: str
    seconds: float
    alone: bool
    runs: str = ""
    again: str = ""
    killed: float = 0.0


def run_again(runs: Mapping[str, Sequence[Run]], faults: Sequence[Fault]) -> list[Again]:
    """Of each task that ran when its worker was killed, and that began once more."""
    # The first kill of a life: a second one may strike before the next life has begun.
    kills = {fault.life: fault for fault in reversed(faults) if fault.life is not None}
    return [
        Again(before.key, after.began - kill.began, _alone(kill, faults), before.life, after.life, kill.began)
        for of_task in runs.values()
        for before, after in pairwise(of_task)
        if (kill := kills.get(before.life))
        and before.began < kill.began < after.began
        and (before.ended is None or before.ended > kill.began)
    ]


def _alone(kill: Fault, faults: Sequence[Fault]) -> bool:
    return not any(
        fault is not kill
        and fault.began < kill.began + NEAR
        and (fault.ended is None or fault.ended > kill.began - NEAR)
        for fault in faults
    )


def percentile(numbers: Sequence[float], part: float) -> float:
    """The smallest of them that so large a part of them is not above."""
    ordered = sorted(numbers)
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def too_late(again: Sequence[Again]) -> list[Breach]:
    """L1, once there are enough samples of one death alone."""
    alone = [one.seconds for one in again if one.alone]
    if len(alone) < ENOUGH or percentile(alone, 0.99) < AGAIN_WITHIN:
        return []
    return [Breach("L1", "run again too late", f"p99 {percentile(alone, 0.99):.2f} s of {len(alone)}")]


def lines(seen: Evidence, found: Sequence[Breach], again: Sequence[Again]) -> Iterator[str]:
    """The report."""
    acknowledged = [wish for wish in seen.wishes.values() if wish.acknowledged is not None]
    of_kind = Counter(str(wish.kind) for wish in acknowledged)
    yield f"{'tasks':<22}{len(acknowledged):>8}  {_listed(of_kind)}"
    ends = Counter(row.reason or row.status for row in seen.rows.values())
    yield f"{'ended':<22}{sum(row.ended for row in seen.rows.values()):>8}  {_listed(ends)}"
    yield f"{'faults':<22}{len(seen.faults):>8}  {_listed(Counter(fault.kind for fault in seen.faults))}"
    runs = sum(map(len, seen.runs.values()))
    outcomes = Counter(str(outcome) for row in seen.rows.values() for _, outcome in row.attempts)
    yield f"{'executions':<22}{runs:>8}  attempts by outcome: {_listed(outcomes)}"
    for what in (LOST_TASK, TWICE, STUCK):
        yield f"{what:<22}{sum(one.what == what for one in found):>8}"
    yield f"{'other breaches':<22}{sum(one.what not in (LOST_TASK, TWICE, STUCK) for one in found):>8}"
    yield "run again after the kill -9 of a worker:"
    yield _times("nothing else amiss", [one.seconds for one in again if one.alone])
    yield _times("all", [one.seconds for one in again])
    storm = min((fault.began for fault in seen.faults), default=0.0)
    for one in again:
        if one.alone and one.seconds >= AGAIN_WITHIN:
            yield (
                f"  late by itself       {one.seconds:8.2f} s  {one.key}, of {one.runs}, which was killed "
                f"{one.killed - storm:.1f} s after the first fault; then in {one.again}"
            )


def _times(what: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"  {what:<20}{0:>8} samples"
    p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
    return f"  {what:<20}{len(seconds):>8} samples  p50 {p50:.2f} s  p99 {p99:.2f} s  max {max(seconds):.2f} s"


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {many}" for what, many in sorted(counted.items(), key=lambda one: (-one[1], one[0])))
