"""What ran, by the task functions' own words."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a task function. `life` is which start of which worker ran it, as in `worker-2/7`.

    `began` and `ended` are seconds of the monotonic clock that all processes of a machine share, `ended` None when it
    never came to its end; `began_at` is the wall's clock, in seconds since 1970.
    """

    key: str
    attempt: int
    life: str
    pid: int
    began: float
    began_at: float
    ended: float | None = None

    @property
    def role(self) -> str:
        """The worker that ran it, whichever start of it: `worker-2`."""
        return self.life.partition("/")[0]


def read(lines: Iterable[str]) -> dict[str, list[Run]]:
    """The runs of each task, in the order in which they began. ValueError for a line that is none."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for line in lines:
        match line.split():
            case ["begin", key, attempt, life, pid, began, began_at]:
                runs[key].append(Run(key, int(attempt), life, int(pid), float(began), float(began_at)))
            case ["end", key, attempt, life, pid, ended]:
                this = (int(attempt), life, int(pid))
                open_ones = [
                    place
                    for place, run in enumerate(runs[key])
                    if run.ended is None and (run.attempt, run.life, run.pid) == this
                ]
                if not open_ones:
                    raise ValueError(f"what ends here never began: {line!r}")
                runs[key][open_ones[0]] = replace(runs[key][open_ones[0]], ended=float(ended))
            case _:
                raise ValueError(f"no line of a history: {line!r}")
    return {key: sorted(of, key=lambda run: run.began) for key, of in runs.items()}


def running(lines: Iterable[str], since: float) -> Counter[str]:
    """How many tasks each life runs, of those that began since then and have not come to their end."""
    going_on: set[tuple[str, ...]] = set()
    for line in lines:
        match line.split():
            case ["begin", *who, began, _] if float(began) >= since:
                going_on.add(tuple(who))
            case ["end", *who, _]:
                going_on.discard(tuple(who))
    return Counter(life for _, _, life, _ in going_on)
