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
    lock = root / "Pipfile.lock"
    folder = root / ".venv"
    base = digest(root, [lock], "default")
    yield Step(
        title="Python packages",
        made=python(root),
        stamp=folder / ".stamps" / "default",
        digest=base,
        make=lambda: _create(root, folder),
    )
    if development:
        yield Step(
            title="Python packages for development",
            made=python(root),
            stamp=folder / ".stamps" / "develop",
            digest=digest(root, [lock], "develop"),
            make=lambda: _install(root, ("default", "develop")),
        )


def _create(root: Path, folder: Path) -> None:
    # This very process may run from the folder: what it still has to import lies with the interpreter it was made from.
    interpreter = Path(sys.base_exec_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    if folder.exists():
        shutil.rmtree(folder)
    run([interpreter, "-m", "venv", folder], cwd=root)
    _install(root, ("default",))


def _install(root: Path, categories: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory(prefix="zonda-") as folder:
        listed = Path(folder, "requirements.txt")
        listed.write_text(requirements(root / "Pipfile.lock", categories))
        pip = [python(root), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        # The lock is whole, so nothing has to be resolved, and every file is held against its hash.
        run([*pip, "--no-deps", "--require-hashes", "--requirement", listed], cwd=root)
