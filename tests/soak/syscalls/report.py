"""What a sweep has shown, in lines."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from tests.soak.syscalls.sweep import Outcome, Point


def replay(point: Point) -> str:
    """The command that strikes this point again."""
    return f"./RUN.sh soak syscalls --role {point.role} --thread {point.thread} --call {point.call} --nth {point.nth}"


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """By role and call: points, how many killed and how many lives went by without, and how long recovering took."""
    of: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        of[outcome.point.role, outcome.point.call].append(outcome)
    yield f"{'role':<12}{'call':<12}{'points':>8}{'kills':>8}{'survivors':>11}{'recovery p50':>15}{'max':>9}"
    for (role, call), found in of.items():
        yield _line(role, call, found)
    yield _line("all", "", outcomes)


def _line(role: str, call: str, outcomes: Sequence[Outcome]) -> str:
    kills = sum(outcome.killed for outcome in outcomes)
    took = [outcome.recovery for outcome in outcomes if outcome.recovery is not None]
    times = f"{median(took):>13.2f} s{max(took):>7.2f} s" if took else f"{'–':>15}{'–':>9}"
    return f"{role:<12}{call:<12}{len(outcomes):>8}{kills:>8}{len(outcomes) - kills:>11}{times}"
