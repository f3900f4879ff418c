"""The page: its packages by npm, and the built files that the backend serves."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from backend.door.steps import Step, StepFailed, digest, files_below, run

_MADE = frozenset({"node_modules", "dist", "test-results", ".vite"})


def steps(root: Path) -> Iterator[Step]:
    """What makes the page ready to be served."""
    yield packages(root)
    yield _built(root)


def development_steps(root: Path) -> Iterator[Step]:
    """What makes the page ready to be served, checked and tested."""
    yield development_packages(root)
    yield _built(root)


def packages(root: Path) -> Step:
    """The packages that the page is built with; where those for development were installed, they are kept."""
    return Step(
        title="Page's packages",
        made=root / "frontend" / "node_modules",
        stamp=_stamp(root, "build"),
        digest=_lock(root),
        make=lambda: _install_all(root) if _stamp(root, "development").exists() else _install(root, "--omit=dev"),
    )


def development_packages(root: Path) -> Step:
    """The packages that the page is built, checked and tested with."""
    return Step(
        title="Page's packages for development",
        made=root / "frontend" / "node_modules",
        stamp=_stamp(root, "development"),
        digest=_lock(root),
        make=lambda: _install_all(root),
    )


def _built(root: Path) -> Step:
    frontend = root / "frontend"
    sources = [*files_below(frontend, leaving_out=_MADE), root / "backend" / "api" / "schema.graphql"]
    return Step(
        title="Page",
        made=frontend / "dist" / "index.html",
        # The build empties the folder, and takes the stamp of the last one away.
        stamp=frontend / "dist" / ".stamp",
        digest=digest(root, sources),
        make=lambda: run([npm(), "run", "build"], cwd=frontend),
    )


def _install_all(root: Path) -> None:
    _install(root)
    for name in ("build", "development"):
        _stamp(root, name).parent.mkdir(exist_ok=True)
        _stamp(root, name).write_text(_lock(root))


def _install(root: Path, *options: str) -> None:
    run([npm(), "ci", "--no-audit", "--no-fund", *options], cwd=root / "frontend")


def _stamp(root: Path, name: str) -> Path:
    # npm ci begins by removing this folder, and the stamps with it.
    return root / "frontend" / "node_modules" / ".stamps" / name


def _lock(root: Path) -> str:
    return digest(root, [root / "frontend" / "package-lock.json"])


def npm() -> str:
    """The path of npm, once Node.js is known to be new enough for what it will run."""
    node, path = shutil.which("node"), shutil.which("npm")
    if node is None or path is None:
        raise StepFailed("Zonda builds its page with Node.js 20.19+ or 22.12+ and npm, and finds none on PATH")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not suits(said):
        raise StepFailed(f"Zonda builds its page with Node.js 20.19+ or 22.12+; {node} says {said or 'nothing'}")
    return path


def suits(version: str) -> bool:
    """Whether the page can be built with a Node.js that calls itself so (`v20.19.0`)."""
    if not (found := re.fullmatch(r"v(\d+)\.(\d+)\..*", version)):
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)
