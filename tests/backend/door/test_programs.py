from pathlib import Path

import pytest

from backend.door.programs import BENCHMARKS, Programs
from backend.door.steps import StepFailed

ROOT = Path(__file__).resolve().parents[3]

QUICK = """\
import sys


def main() -> None:
    print(sys.argv[1:])
    sys.exit({code})


main()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with two programs, of which one fails, and the interpreter of this one."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").touch()
    for name, code in (("one", 0), ("two", 3)):
        (tmp_path / "bench" / f"{name}.py").write_text(QUICK.format(code=code))
    return tmp_path


def test_a_package_that_can_be_run_is_a_program(tmp_path):
    (tmp_path / "proofs" / "long").mkdir(parents=True)
    (tmp_path / "proofs" / "long" / "__main__.py").touch()
    (tmp_path / "proofs" / "part").mkdir()
    (tmp_path / "proofs" / "part" / "__init__.py").touch()

    assert Programs("proofs", "proof").names(tmp_path) == ["long"]


def test_the_benchmarks_are_the_modules_that_have_a_main():
    assert {"flow", "idle"} <= set(BENCHMARKS.names(ROOT))
    assert "processes" not in BENCHMARKS.names(ROOT)


def test_the_one_that_is_named_gets_the_arguments_after_its_name(root, capfd):
    assert BENCHMARKS.run(root, ("one", "5", "2")) == 0
    assert capfd.readouterr().out == "── one\n['5', '2']\n"


def test_without_a_name_each_runs_and_one_that_fails_is_told(root, capfd):
    assert BENCHMARKS.run(root, ()) == 1
    assert capfd.readouterr().out.splitlines() == ["── one", "[]", "── two", "[]"]


def test_a_name_that_is_none_is_refused_with_those_there_are(root):
    with pytest.raises(StepFailed, match="no benchmark 'three'; there are one, two"):
        BENCHMARKS.run(root, ("three",))
