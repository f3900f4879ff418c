"""`./RUN.sh soak syscalls`: see --help."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.soak.syscalls.strace import CALLS, StraceFailed
from tests.support.roles import Roles
from tests.support.starting import PROOF

if TYPE_CHECKING:
    from tests.soak.syscalls.supervised import SupervisedSweep
    from tests.soak.syscalls.sweep import Outcome, Point, Sweep

type _Counted = Mapping[str, Sequence[tuple[str, Counter[str]]]]
"""Of each role its threads, by name, with what each calls in one life."""

_BREACHED: Final = 1
_NOT_POSSIBLE: Final = 3

_ABOUT: Final = """\
Kills one process of a whole Zonda at the n-th system call of a kind in one life of a few tasks, for n = 1, 2, 3 …
until a life passes without the kill; for each kind, and each thread that makes it. The call at which the process is
killed is not carried out. The life: createTask, a batch by createTasks, a failure and its retry, the cancel of what
runs, a retry by hand, each with its grants, starts, outcomes and settles. After each kill the process is started again,
and then: every task that was acknowledged has ended, once, with the right result; what was not acknowledged was asked
for again under the same id and is one task; attempts are numbered without gaps, and none ran twice; the doctor finds
nothing (I1, I3, I4, I5, I7, L3).

The supervisor, which the other roles run without here, has lives of its own: from `./RUN.sh` over the same tasks, the
sink killed between them, to an ordered stop while one still runs. After each kill all others have ended with it, and
`./RUN.sh` on the same home starts them again; after the stop nothing is left.

Exits with 1 on a breach, with 3 where strace may not trace."""


def main() -> int:
    """The exit code."""
    asked = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="zonda-syscalls-") as folder:
        home = Path(folder) / "home"
        # The record and the doctor are looked at from this process too.
        os.environ |= {"ZONDA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "backend.config.settings", **PROOF}
        import django

        django.setup()
        from tests.soak.syscalls import report

        began = time.monotonic()
        outcomes: list[Outcome] = []
        try:
            for roles, sweeping in _sweeps(asked, home, Path(folder)):
                with sweeping as sweep:
                    for outcome in _strikes(sweep, roles, asked):
                        outcomes.append(outcome)
                        _tell(outcome, sweep)
        except StraceFailed as error:
            sys.stderr.write(f"{error}\n")
            return _NOT_POSSIBLE
    _say()
    for line in report.table(outcomes):
        _say(line)
    breached = [outcome for outcome in outcomes if outcome.breaches]
    took = time.monotonic() - began
    _say(f"{len(outcomes)} points in {took:.0f} s, {len(breached)} with a breach")
    return _BREACHED if breached else 0


def _sweeps(
    asked: argparse.Namespace, home: Path, folder: Path
) -> "Iterator[tuple[list[str], AbstractContextManager[Sweep | SupervisedSweep]]]":
    """Which roles are killed, and where: the supervisor's lives come last, for nothing else runs in them."""
    from tests.soak.syscalls.supervised import SUPERVISOR, SupervisedSweep
    from tests.soak.syscalls.sweep import ROLES, Sweep

    calls = asked.call or CALLS
    roles = asked.role or [*ROLES, SUPERVISOR]
    if others := [role for role in roles if role != SUPERVISOR]:
        yield others, Sweep(Roles(home), calls, folder)
    if SUPERVISOR in roles:
        yield [SUPERVISOR], SupervisedSweep(home, calls, folder)


def _strikes(sweep: "Sweep | SupervisedSweep", roles: Sequence[str], asked: argparse.Namespace) -> "Iterator[Outcome]":
    from tests.soak.syscalls.sweep import Point

    if asked.nth is not None:
        for role, thread, call in product(roles, asked.thread or [0], asked.call or CALLS):
            yield sweep.strike(Point(role, thread, call, asked.nth))
        return
    counted = {role: sweep.count(role) for role in roles}
    for line in _counts(counted):
        _say(line)
    if asked.sample:
        yield from _sampled(sweep, counted, asked)
        return
    for point in _last_points(counted):
        if point.thread in (asked.thread or [point.thread]):
            yield from _until_a_life_passes(sweep, point, asked)


def _last_points(counted: _Counted) -> "Iterator[Point]":
    """Of each thread and call the last one that was counted."""
    from tests.soak.syscalls.sweep import Point

    for role, threads in counted.items():
        for thread, (_, calls) in enumerate(threads):
            for call, often in sorted(calls.items()):
                yield Point(role, thread, call, often)


def _sampled(sweep: "Sweep | SupervisedSweep", counted: _Counted, asked: argparse.Namespace) -> "Iterator[Outcome]":
    """As many as may be in the time: the roles in turn, and of each a thread, a call and its number by chance."""
    chance = random.Random(asked.seed)
    _say(f"seed {asked.seed}")
    deadline = time.monotonic() + asked.seconds
    there = list(_last_points(counted))
    for number in range(asked.sample):
        if time.monotonic() > deadline:
            _say(f"{asked.seconds:g} s are over: {number} of {asked.sample} points")
            return
        role = list(counted)[number % len(counted)]
        last = chance.choice([point for point in there if point.role == role])
        yield sweep.strike(replace(last, nth=chance.randint(1, last.nth)))


def _until_a_life_passes(
    sweep: "Sweep | SupervisedSweep", counted: "Point", asked: argparse.Namespace
) -> "Iterator[Outcome]":
    """From the first call on, as often as it was counted at least: one life may be a few calls shorter than another."""
    nth = asked.first
    while nth <= asked.up_to:
        outcome = sweep.strike(replace(counted, nth=nth))
        yield outcome
        if not outcome.killed and nth > counted.nth:
            return
        nth += asked.every


def _counts(counted: _Counted) -> Iterator[str]:
    yield "what each thread calls in one life:"
    for role, threads in counted.items():
        for thread, (name, calls) in enumerate(threads):
            if calls:
                listed = ", ".join(f"{call} {many}" for call, many in sorted(calls.items()))
                yield f"  {role:<12}thread {thread} ({name}): {listed}"


def _tell(outcome: "Outcome", sweep: "Sweep | SupervisedSweep") -> None:
    from tests.soak.syscalls import report

    point: Point = outcome.point
    where = f"{point.role} thread {point.thread} {point.call} {point.nth}"
    if not outcome.killed:
        what = "the life passed without the kill"
    elif outcome.recovery is None:
        what = "killed, and not recovered"
    else:
        what = f"killed, recovered within {outcome.recovery:.2f} s"
    _say(f"{where}: {what}")
    for breach in outcome.breaches:
        _say(f"  BREACH {breach}")
    if outcome.breaches:
        _say(f"  again: {report.replay(point)}")
        _say(sweep.logs())


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    from tests.soak.syscalls.strace import CALLS

    parser = argparse.ArgumentParser(
        prog="./RUN.sh soak syscalls", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # What follows is a list here too, so that --help needs no Django.
    roles = ("backend", "ventilator", "sink", "worker", "child", "supervisor")
    parser.add_argument("--role", action="append", choices=roles, help="one of these alone; may be given again")
    parser.add_argument("--thread", action="append", type=int, metavar="K", help="this thread of a role alone, from 0")
    parser.add_argument("--call", action="append", choices=CALLS, help="count these calls alone; may be given again")
    parser.add_argument("--nth", type=_positive, metavar="N", help="strike this one point")
    parser.add_argument("--first", type=_positive, default=1, metavar="N", help="begin with this call (default 1)")
    parser.add_argument("--up-to", type=_positive, default=10_000, metavar="N", help="end with this call")
    parser.add_argument("--every", type=_positive, default=1, metavar="K", help="every K-th call (default each)")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N by chance; N more of the supervisor")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no point of a sample after these")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the sample")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("counted from 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
