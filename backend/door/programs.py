"""`./RUN.sh bench` and `./RUN.sh soak`: programs that measure and prove, each a module or package with a main."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.door.environment import python
from backend.door.steps import StepFailed, say


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one package."""

    package: str
    word: str
    """What one of them is called in a message."""

    def names(self, root: Path) -> list[str]:
        """Every module of the package that has a main, and every package in it that can be run."""
        folder = root.joinpath(*self.package.split("."))
        modules = {path.stem for path in folder.glob("*.py") if "def main()" in path.read_text()}
        packages = {path.parent.name for path in folder.glob("*/__main__.py")}
        return sorted(modules | packages)

    def run(self, root: Path, chosen: tuple[str, ...]) -> int:
        """Run the one named first, with the arguments after it; without a name each of them; 0 when all did well."""
        known = self.names(root)
        if chosen and chosen[0] not in known:
            raise StepFailed(f"there is no {self.word} {chosen[0]!r}; there are {', '.join(known)}")
        failed = 0
        for name in chosen[:1] or known:
            say(f"── {name}\n")
            command = [str(python(root)), "-m", f"{self.package}.{name}", *chosen[1:]]
            failed |= subprocess.run(command, cwd=root, check=False).returncode
        sys.stdout.flush()
        return 1 if failed else 0


BENCHMARKS: Final = Programs("bench", "benchmark")
SOAKS: Final = Programs("tests.soak", "soak")
