"""The virtual environment, from Pipfile.lock: what runs Zonda, and what tests it only where that is asked for."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backend.door.lock import requirements
from backend.door.steps import Step, digest, run


def python(root: Path) -> Path:
    """The interpreter that everything is run with."""
    return root / ".venv" / "bin" / "python"


def steps(root: Path, *, development: bool) -> Iterator[Step]:
    """What makes the environment ready, for running alone or for development too."""
    stamps = root / ".venv" / ".stamps"
    default, both = (requirements(root / "Pipfile.lock", names) for names in (("default",), ("default", "develop")))
    yield Step(
        title="Python packages",
        made=python(root),
        stamp=stamps / "default",
        digest=digest(root, [], default),
        make=lambda: _create(root, default),
    )
    if development:
        yield Step(
            title="Python packages for development",
            made=python(root),
            stamp=stamps / "develop",
            digest=digest(root, [], both),
            make=lambda: _install(root, both),
        )


def _create(root: Path, listed: str) -> None:
    # This very process may run from the folder: what it still has to import lies with the interpreter it was made from.
    interpreter = Path(sys.base_exec_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    folder = root / ".venv"
    if folder.exists():
        shutil.rmtree(folder)
    run([interpreter, "-m", "venv", folder], cwd=root)
    _install(root, listed)


def _install(root: Path, listed: str) -> None:
    with tempfile.TemporaryDirectory(prefix="zonda-") as folder:
        file = Path(folder, "requirements.txt")
        file.write_text(listed)
        # The lock is whole, so nothing has to be resolved, and every file is held against its hash.
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
        run([python(root), "-m", "pip", *install, "--requirement", file], cwd=root)
