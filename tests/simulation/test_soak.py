"""`./RUN.sh soak simulation` tells what it lived through, and of a history that fails how to see it again."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

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


def test_it_needs_no_settings_and_no_record():
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZONDA_"))}
    command = [sys.executable, "-m", "tests.soak.simulation", "--seeds", "2"]

    ended = subprocess.run(
        command, check=False, env=alone, cwd=Path(__file__).parents[2], capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr


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
