from pathlib import Path

import pytest

from backend.door import benches
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
    """A checkout with two benchmarks, of which one fails, and the interpreter of this one."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").touch()
    for name, code in (("one", 0), ("two", 3)):
        (tmp_path / "bench" / f"{name}.py").write_text(QUICK.format(code=code))
    return tmp_path


def test_the_benchmarks_are_the_modules_that_have_a_main():
    assert {"flow", "idle"} <= set(benches.names(ROOT))
    assert "processes" not in benches.names(ROOT)


def test_the_one_that_is_named_gets_the_arguments_after_its_name(root, capfd):
    assert benches.run(root, ("one", "5", "2")) == 0
    assert capfd.readouterr().out == "── one\n['5', '2']\n"


def test_without_a_name_each_runs_and_one_that_fails_is_told(root, capfd):
    assert benches.run(root, ()) == 1
    assert capfd.readouterr().out.splitlines() == ["── one", "[]", "── two", "[]"]


def test_a_name_that_is_none_is_refused_with_those_there_are(root):
    with pytest.raises(StepFailed, match="no benchmark 'three'; there are one, two"):
        benches.run(root, ("three",))
