"""docs/guarantees.md and docs/faults.md name tests and programs that there are."""

import ast
import re
from pathlib import Path

import pytest

from backend.doctor import record, running
from backend.environment import environment
from tests.simulation.faults import DEADLY, HARMLESS
from tests.simulation.test_mutants import MUTANTS
from tests.system.test_nasty import GOOD, NASTY

ROOT = Path(__file__).resolve().parents[1]
GUARANTEES = (ROOT / "docs/guarantees.md").read_text()
FAULTS = (ROOT / "docs/faults.md").read_text()

INVARIANTS = {f"I{number}" for number in range(1, 14)} | {f"L{number}" for number in range(1, 4)}
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", GUARANTEES + FAULTS)))
PROGRAMS = sorted(set(re.findall(r"`\./RUN\.sh (soak|bench) (\w+)", GUARANTEES + FAULTS)))
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in FAULTS.splitlines()
    if line.startswith("| ") and not line.startswith("| fault")
]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_test_that_is_named_is_there(path: str, name: str) -> None:
    module = ast.parse((ROOT / path).read_text())

    assert not name or name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("kind", "name"), PROGRAMS)
def test_each_program_that_is_named_is_there(kind: str, name: str) -> None:
    folder = ROOT / {"soak": "tests/soak", "bench": "bench"}[kind]

    assert (folder / name / "__main__.py").exists() or (folder / f"{name}.py").exists()


def test_each_invariant_is_stated_once_and_no_other_is_cited() -> None:
    stated = re.findall(r"^\| \*\*([IL]\d+)\*\*", GUARANTEES, re.MULTILINE)

    assert sorted(stated) == sorted(INVARIANTS)
    assert set(re.findall(r"\b[IL]\d+\b", FAULTS)) <= INVARIANTS


def test_the_doctor_checks_what_it_is_said_to_check_and_each_other_has_a_reason() -> None:
    cells = dict(re.findall(r"^\| \*\*([IL]\d+)\*\* \|[^|]+\|([^|]+)\|$", GUARANTEES, re.MULTILINE))

    assert set(cells) == INVARIANTS
    checked = {number for number, cell in cells.items() if cell.startswith(" whether ")}
    assert checked == {check.number for check in (*record.CHECKS, *running.checks(environment))} & INVARIANTS
    assert {number for number, cell in cells.items() if cell.startswith(" not: ")} == INVARIANTS - checked


@pytest.mark.parametrize(
    "figure",
    [
        f"{len(MUTANTS)} deliberate breaches",
        f"{len(MUTANTS)} caught",
        f"{len({*DEADLY, *HARMLESS})} kinds of faults",
        f"{GOOD} FINISHED; {len(NASTY)} FAILED",
    ],
)
def test_each_figure_that_the_tests_have_is_theirs(figure: str) -> None:
    assert figure in GUARANTEES


def test_the_kinds_of_faults_of_the_storm_are_all_of_them() -> None:
    ((whole, parts),) = re.findall(r"(\d+) faults \(([^)]+)\)", GUARANTEES)

    assert sum(map(int, re.findall(r"(?:^|, )(\d+) ", parts))) == int(whole)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_fault_has_a_test_or_a_sentence_why_not(row: list[str]) -> None:
    fault, outcome, holds, shown = row

    assert fault
    assert "not shown" in outcome or shown
    assert set(re.findall(r"\b[IL]\d+\b", holds)) <= INVARIANTS
