"""What tests need of other programs: installed, or said to be missing."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from backend.door import tests
from backend.door.steps import StepFailed
from backend.door.tests import SYSTEM, Peer, provide, run_beside

ROOT = Path(__file__).resolve().parents[3]
THERE = Peer("Shell", ("no-such-shell", "sh"), "dash", "tests of shells")
ONE = Peer("One", ("no-such-program",), "one-package", "tests of one")
TWO = Peer("Two", ("nor-such-program",), "two-package", "tests of two")
MARK = "mark." + "system"


@pytest.fixture
def ran(monkeypatch):
    """The commands that were run; nothing is in earnest."""
    commands: list[list[str]] = []
    monkeypatch.setattr(tests, "run", lambda command, **_: commands.append(command))
    monkeypatch.delenv("CI", raising=False)
    return commands


@pytest.fixture
def with_apt(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in ("sh", "apt-get") else None)


@pytest.fixture
def without_apt(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_what_is_there_under_any_of_its_names_is_not_installed(ran, with_apt, capsys):
    provide([THERE])

    assert (ran, capsys.readouterr().out) == ([], "")


def test_root_on_debian_has_all_that_is_missing_installed_at_once(ran, with_apt, capsys):
    provide([THERE, ONE, TWO])

    assert [command[2] for command in ran] == ["update", "install"]
    assert ran[1][-2:] == ["one-package", "two-package"]
    assert capsys.readouterr().out.startswith("One, Two, by apt-get")


def test_anybody_else_is_told_what_will_be_skipped(ran, without_apt, capsys):
    provide([THERE, ONE, TWO])

    first, second = capsys.readouterr().out.splitlines()
    assert ran == []
    assert ("One" in first, "tests of one are skipped" in first) == (True, True)
    assert "tests of two are skipped" in second


def test_with_ci_what_would_be_skipped_is_a_failure(ran, without_apt, monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(StepFailed, match="tests of one"):
        provide([ONE])


def saying(word: str, code: int = 0) -> list[str]:
    return ["sh", "-c", f"echo {word}; exit {code}"]


def test_what_runs_beside_is_told_of_in_one_piece_after_what_runs_first(tmp_path, capfd):
    assert run_beside(tmp_path, saying("first"), {"one": saying("1"), "two": saying("2")}) == 0

    head, first, cost, took, *rest = capfd.readouterr().out.splitlines()
    assert "one, two" in head
    assert cost.startswith("── tests of whole processes: ")
    assert took.endswith(" minutes")
    assert [first, *(line.partition(":")[0] for line in rest)] == ["first", "── two", "2", "", "── one", "1"]


def test_each_says_how_long_it_took_and_what_it_and_all_below_it_used_up(tmp_path, capfd):
    busy = "import time\nwhile time.process_time() < 1: pass"

    run_beside(tmp_path, saying("first"), {"one": ["sh", "-c", f"{sys.executable} -c '{busy}'; true"]})

    (line,) = (line for line in capfd.readouterr().out.splitlines() if line.startswith("── one: "))
    took, used = map(int, re.findall(r"\d+", line))
    assert 1 <= used <= took + 1


def waiting_for_one_another(folder: Path, *names: str) -> dict[str, list[str]]:
    """Commands of which each waits for the next: with one fewer at a time they would never end."""
    for name in names:
        os.mkfifo(folder / name)
    return {
        name: ["timeout", "60", "sh", "-c", f"echo here > {name} & cat {other}"]
        for name, other in zip(names, [*names[1:], names[0]], strict=True)
    }


def test_two_of_the_others_run_beside_the_first(tmp_path):
    others = waiting_for_one_another(tmp_path, "first", "one", "two")

    assert run_beside(tmp_path, others.pop("first"), others) == 0


def test_three_of_the_others_run_at_once_when_the_first_has_ended(tmp_path):
    others = waiting_for_one_another(tmp_path, "one", "two", "three")

    assert run_beside(tmp_path, saying("first"), others) == 0


@pytest.mark.parametrize(
    ("first", "beside", "failed"),
    [(5, 0, {"tests of whole processes"}), (0, 3, {"one"}), (1, 1, {"one", "tests of whole processes"})],
)
def test_whichever_fails_fails_all_and_is_named(tmp_path, capfd, first, beside, failed):
    assert run_beside(tmp_path, saying("first", first), {"one": saying("1", beside)}) == 1

    last = capfd.readouterr().out.splitlines()[-1]
    assert set(last.removeprefix("failed: ").split(", ")) == failed


def test_every_test_of_whole_processes_is_where_they_are_looked_for():
    marked = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py") if MARK in path.read_text()]

    assert len(marked) > 5
    assert [path for path in marked if not any(path.is_relative_to(folder) for folder in SYSTEM)] == []


def test_the_page_is_weighed_whenever_all_tests_run(monkeypatch):
    lanes: dict[str, list[str]] = {}
    monkeypatch.setattr(tests, "provide", lambda peers: None)
    monkeypatch.setattr(tests, "npm", lambda: "npm")
    monkeypatch.setattr(tests, "run_beside", lambda root, first, others: lanes.update(others) or 0)

    assert tests.run_all(ROOT, ()) == 0

    assert ["npm", "--prefix", "frontend", "run", "--silent", "size"] in lanes.values()
