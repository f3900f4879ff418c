"""`./RUN.sh soak simulation`: see --help."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from tests.simulation.faults import ASKED, DEADLY, HARMLESS, PEOPLE
from tests.soak.simulation.tally import Tally, lived_through

_BREACHED: Final = 1
_AT_ONCE: Final = 50
"""Histories that one process lives through before it tells of them."""

_TELL_EVERY: Final = 10.0
"""Seconds between two lines that say how far it is."""

_ABOUT: Final = """\
Lives through simulated histories of ventilator, workers, sink and a model of the record, on every core: frames are
lost, doubled, late and out of order, processes die and stand still, records are put back, power is cut, clocks jump, as
the seed draws it. After each step the invariants of architecture.md hold, and once all is well again every task ends.

Exits with 1 when one does not; what is printed then has the command that shows it again."""


def main() -> int:
    """The exit code."""
    asked = _parser().parse_args()
    began = told_at = time.monotonic()
    whole = Tally()
    for some in _tallies(asked):
        whole.add(some)
        for violation in some.violations:
            _say(f"{violation}\n")
        if time.monotonic() - told_at > _TELL_EVERY:
            told_at = time.monotonic()
            _say(f"{whole.seeds} of {asked.seeds} seeds, {len(whole.violations)} violations")
    faults = ", ".join(f"{kind} {many}" for kind, many in sorted(whole.faults.items()))
    _say(f"faults, by the histories that had them: {faults or 'none'}")
    _say(
        f"{whole.seeds} seeds from {asked.first} in {time.monotonic() - began:.0f} s: {whole.tasks} tasks, "
        f"{whole.runs} runs, {whole.seconds / 3600:.1f} simulated hours, {len(whole.violations)} violations"
    )
    return _BREACHED if whole.violations else 0


def _tallies(asked: argparse.Namespace) -> Iterator[Tally]:
    end = asked.first + asked.seeds
    pieces = [range(first, min(first + _AT_ONCE, end)) for first in range(asked.first, end, _AT_ONCE)]
    kinds = tuple(asked.fault or ())
    if len(pieces) == 1:
        yield lived_through(pieces[0], kinds)
        return
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(lived_through, pieces, [kinds] * len(pieces))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./RUN.sh soak simulation", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=_positive, default=10_000, metavar="N", help="how many (10,000)")
    parser.add_argument("--first", type=int, default=1, metavar="M", help="the first of them (1)")
    parser.add_argument("--processes", type=_positive, default=os.cpu_count(), metavar="N", help="as many as cores")
    parser.add_argument(
        "--fault",
        action="append",
        choices=[*DEADLY, *HARMLESS, *PEOPLE, *ASKED, "none"],
        metavar="KIND",
        help="this kind in every history instead of what its seed draws, and again for more; "
        + ", ".join([*DEADLY, *HARMLESS, *PEOPLE, *ASKED, "none"]),
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
