"""What histories were made of, summed up over processes."""

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.histories import live_through


@dataclass(slots=True)
class Tally:
    """What some histories were made of. `faults`: in how many of them each kind happened."""

    seeds: int = 0
    tasks: int = 0
    runs: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.seeds += other.seeds
        self.tasks += other.tasks
        self.runs += other.runs
        self.seconds += other.seconds
        self.faults += other.faults
        self.violations += other.violations


def lived_through(seeds: range, kinds: tuple[str, ...]) -> Tally:
    """One after the other; `kinds` instead of the faults that each seed draws."""
    tally = Tally()
    for seed in seeds:
        tally.seeds += 1
        try:
            world = live_through(seed, kinds)
        except AssertionError as error:
            tally.violations.append(str(error))
            continue
        stories = list(world.record.truth)
        tally.tasks += world.created
        tally.runs += sum(story.ran for story in stories)
        tally.seconds += world.agenda.now
        tally.faults.update(world.happened.keys())
    return tally
