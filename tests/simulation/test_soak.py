"""`./RUN.sh soak simulation` tells what it lived through, and of a history that fails how to see it again."""

import shlex
import sys

import pytest

from tests.simulation.mutants.of_ventilator import OF_VENTILATOR
from tests.soak.simulation.__main__ import main
from tests.soak.simulation.tally import lived_through

pytestmark = pytest.mark.simulation


@pytest.fixture
def breach(monkeypatch: pytest.MonkeyPatch) -> None:
    (mutant,) = (one for one in OF_VENTILATOR if one.name == "a fence is used twice")
    mutant.seed(monkeypatch)


def test_it_counts_what_there_was():
    tally = lived_through(range(1, 6), ())

    assert (tally.seeds, tally.violations) == (5, [])
    assert tally.tasks > 5
    assert tally.runs > 5
    assert sum(tally.faults.values()) > 0


@pytest.mark.usefixtures("breach")
def test_a_history_that_fails_is_lived_through_again_by_the_command_that_it_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (first, *_) = lived_through(range(1, 20), ("late", "loss")).violations
    *_, command = first.splitlines()
    program, soak, simulation, *arguments = shlex.split(command)
    assert (program, soak, simulation) == ("./RUN.sh", "soak", "simulation")
    assert first.startswith("I5: fence ")

    monkeypatch.setattr(sys, "argv", ["", *arguments])

    assert main() == 1
    printed = capsys.readouterr().out
    assert first in printed
    assert "1 seeds from" in printed
