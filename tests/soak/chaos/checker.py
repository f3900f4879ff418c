"""What does not hold, by the history and the record alone. Pure: a doctored history shows that it would be told."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.soak.chaos.history import Run
from tests.soak.chaos.nemesis import ANYBODY, Fault
from tests.soak.chaos.record import Row
from tests.soak.chaos.wishes import CANCELLED, LOST, Wish

LOSSES_AT_MOST: Final = 3

_LINGERS: Final = 10.0
"""Seconds after its end in which a fault may still make a run be made again: silence takes three to be noticed, and a
ventilator waits as long before it takes over."""

_CLOCK: Final = 0.001


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that is promised and does not hold. `what`: one of LOST_TASK, TWICE, STUCK or anything else."""

    number: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.number}: {self.what}: {self.where}"


LOST_TASK: Final = "lost"
TWICE: Final = "settled twice"
STUCK: Final = "stuck"
EARLY: Final = "started before it was due"
RAN_THOUGH_CANCELLED: Final = "ran though it was cancelled before it was granted"
TOO_OFTEN: Final = "ran more often than it was attempted"
WRONG_RESULT: Final = "has a result that its last success did not return"
WRONG_END: Final = "ended as it should not"
NO_REASON: Final = "lost though nothing was done to its worker"
NUMBERS: Final = "attempts"
NOBODYS: Final = "nobody asked for it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known at the end of a storm: what was asked for, what ran, what the record has, and who did what."""

    wishes: Mapping[str, Wish]
    runs: Mapping[str, Sequence[Run]]
    rows: Mapping[str, Row]
    faults: Sequence[Fault] = ()


def breaches(seen: Evidence) -> list[Breach]:
    """Everything that does not hold."""
    found = [Breach("I3", NOBODYS, key) for key in sorted({*seen.rows, *seen.runs} - set(seen.wishes))]
    for key, wish in seen.wishes.items():
        row = seen.rows.get(key)
        if row is not None:
            found += _wrong(wish, row, seen.runs.get(key, ()), seen.faults)
        elif wish.acknowledged is not None:
            found.append(Breach("I1", LOST_TASK, f"{key} was acknowledged and is not there"))
        elif key in seen.runs:
            found.append(Breach("I2", NOBODYS, f"{key} ran, and there is no such task"))
    return [*found, *_lost_for_no_reason(seen)]


def _wrong(wish: Wish, row: Row, runs: Sequence[Run], faults: Sequence[Fault]) -> Iterator[Breach]:
    if not row.ended:
        yield Breach("L3", STUCK, f"{row.key} is {row.status}, held by {row.holder}")
        return
    yield from _ending(wish, row, runs)
    yield from _numbers(row)
    yield from _moments(wish, row, runs, faults)
    yield from _repeats(row, runs, faults)


def _ending(wish: Wish, row: Row, runs: Sequence[Run]) -> Iterator[Breach]:
    end = (row.status, row.reason)
    if end not in wish.ends:
        yield Breach("I4", WRONG_END, f"{row.key}, {wish.kind}, is {row.status} {row.reason or ''}")
    if end == LOST and row.outcomes("LOST") < LOSSES_AT_MOST:
        yield Breach("I6", WRONG_END, f"{row.key} is LOST after {row.outcomes('LOST')} losses")
    successes = [number for number, outcome in row.attempts if outcome == "SUCCEEDED"]
    if len(successes) > row.round:
        yield Breach("I4", TWICE, f"{row.key} succeeded {len(successes)} times in {row.round} rounds")
    if row.status == "FINISHED" and not successes:
        yield Breach("I4", TWICE, f"{row.key} is FINISHED, and none of its attempts succeeded")
    elif row.status == "FINISHED" and row.result != successes[-1]:
        # Every task function returns the number of its attempt.
        yield Breach("I4", WRONG_RESULT, f"{row.key} has {row.result!r}, its successes are {successes}")
    came_to_end = {run.attempt for run in runs if run.ended is not None}
    for number in successes:
        if number not in came_to_end:
            yield Breach("I1", LOST_TASK, f"attempt {number} of {row.key} is said to have succeeded, and never did")


def _numbers(row: Row) -> Iterator[Breach]:
    numbers = [number for number, _ in row.attempts]
    if numbers != list(range(1, row.attempt + 1)):
        yield Breach("I7", NUMBERS, f"those of {row.key} are {numbers}, it counts {row.attempt}")
    if any(outcome is None for _, outcome in row.attempts):
        yield Breach("I7", NUMBERS, f"{row.key} has ended, and one of them has not")
    by_themselves = sum(outcome in ("SUCCEEDED", "FAILED", "TIMED_OUT") for _, outcome in row.attempts)
    if by_themselves > row.max_attempts * row.round or row.outcomes("LOST") > LOSSES_AT_MOST * row.round:
        yield Breach("I6", NUMBERS, f"{row.key} in {row.round} rounds: {row.attempts}")


def _moments(wish: Wish, row: Row, runs: Sequence[Run], faults: Sequence[Fault]) -> Iterator[Breach]:
    for run in runs:
        if wish.run_after is not None and run.began_at < wish.run_after - _CLOCK:
            yield Breach("I8", EARLY, f"{row.key} by {wish.run_after - run.began_at:.3f} s")
    if not runs or wish.retried is not None:
        return
    if wish.cancelled_before_due:
        yield Breach("I10", RAN_THOUGH_CANCELLED, f"{row.key} in {runs[0].life}")
    elif (row.status, row.reason) == CANCELLED and row.attempt == 0:
        # What a worker ran unheard before it was lost counts as never started.
        unheard = [run for run in runs if _hurt(run, run.began + _LINGERS, faults)]
        if len(unheard) < len(runs):
            yield Breach("I10", RAN_THOUGH_CANCELLED, f"{row.key} in {runs[0].life}")


def _repeats(row: Row, runs: Sequence[Run], faults: Sequence[Fault]) -> Iterator[Breach]:
    """Each attempt ran once. Again only what a worker ran unheard that was then lost."""
    often = Counter(run.attempt for run in runs)
    for attempt, times in often.items():
        those = [run for run in runs if run.attempt == attempt]
        known = attempt <= row.attempt
        # The last of them is the one that the record knows; where it knows none of them, all were unheard.
        unheard = those[:-1] if known else those
        for run, after in zip(unheard, [*those[1:], None], strict=False):
            until = after.began if after is not None else run.began + _LINGERS
            if not _hurt(run, until, faults):
                yield Breach("I7", TOO_OFTEN, f"attempt {attempt} of {row.key} ran {times} times, once in {run.life}")


def _lost_for_no_reason(seen: Evidence) -> Iterator[Breach]:
    """Attempts that the record calls LOST though nothing was done to their worker, their child or the link to it.

    The death or sleep of a ventilator is no reason: the next one hears what goes on before it gives anybody up.
    """
    for key, runs in seen.runs.items():
        row = seen.rows.get(key)
        for run, after in zip(runs, [*runs[1:], None], strict=False):
            if row is None or (run.attempt, "LOST") not in row.attempts:
                continue
            # Lost is also what has come to its end and could not be settled before its worker died.
            until = after.began if after is not None else math.inf
            mine = [fault for fault in seen.faults if fault.hurts == run.role or fault.pid == run.pid]
            if not any(_meets(fault, run, until) for fault in mine):
                yield Breach("I6", NO_REASON, f"attempt {run.attempt} of {key} in {run.life}")


def _hurt(run: Run, until: float, faults: Iterable[Fault]) -> bool:
    """Whether its worker may have been lost after the run began and before this moment."""
    return any(fault.hurts in (run.role, ANYBODY) and _meets(fault, run, until) for fault in faults)


def _meets(fault: Fault, run: Run, until: float) -> bool:
    return fault.began <= until and (fault.ended is None or fault.ended + _LINGERS >= run.began)
