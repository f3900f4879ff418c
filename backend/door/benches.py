"""`./RUN.sh bench`: how fast it is and what it costs, each by a program of the folder bench."""

import subprocess
import sys
from pathlib import Path

from backend.door.environment import python
from backend.door.steps import StepFailed, say


def names(root: Path) -> list[str]:
    """The benchmarks there are: every module of the folder that has a main."""
    return sorted(path.stem for path in (root / "bench").glob("*.py") if "def main()" in path.read_text())


def run(root: Path, chosen: tuple[str, ...]) -> int:
    """Run the benchmark named first, with the arguments after it; without a name each of them; 0 when all ran."""
    known = names(root)
    if chosen and chosen[0] not in known:
        raise StepFailed(f"there is no benchmark {chosen[0]!r}; there are {', '.join(known)}")
    failed = 0
    for name in chosen[:1] or known:
        say(f"── {name}\n")
        command = [str(python(root)), "-m", f"bench.{name}", *chosen[1:]]
        failed |= subprocess.run(command, cwd=root, check=False).returncode
    sys.stdout.flush()
    return 1 if failed else 0
