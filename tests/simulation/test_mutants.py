"""Each rule of the machines and the record is broken once, and the histories must notice: else they prove nothing."""

from collections.abc import Callable

import pytest

from tests.simulation.faults import Faults
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.of_record import OF_RECORD
from tests.simulation.mutants.of_sink import OF_SINK
from tests.simulation.mutants.of_ventilator import OF_VENTILATOR
from tests.simulation.mutants.of_worker import OF_WORKER
from tests.simulation.violation import Violation
from tests.simulation.world import World

pytestmark = pytest.mark.simulation

SEEDS = 150
"""Histories within which each mutant must be caught."""

MUTANTS = (*OF_RECORD, *OF_VENTILATOR, *OF_WORKER, *OF_SINK)


def caught(faults: Faults) -> tuple[int, Violation] | None:
    """The first seed whose history is not as it must be, and what is wrong with it."""
    for seed in range(1, SEEDS + 1):
        try:
            World(seed, faults).live_through()
        except Violation as violation:
            return seed, violation
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "_"))
def test_the_histories_notice_when(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
):
    faults = Faults(frozenset(mutant.faults))

    with monkeypatch.context() as seeded:
        mutant.seed(seeded)
        found = caught(faults)

    assert found is not None, f"nobody notices in {SEEDS} histories with {', '.join(mutant.faults)}"
    seed, violation = found
    assert violation.number in mutant.breaks, f"seed {seed} notices something else: {violation}"
    record_property("mutant", (mutant.name, seed, violation.number))

    # What is caught without the mutant too was not the mutant: a breach of the product, or of the harness itself.
    World(seed, faults).live_through()
