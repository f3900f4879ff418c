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
    frontend = root / "frontend"
    packages = frontend / "node_modules"
    yield packages_step(root)
    sources = [*files_below(frontend, leaving_out=_MADE), root / "backend" / "api" / "schema.graphql"]
    yield Step(
        title="Page",
        made=frontend / "dist" / "index.html",
        stamp=packages / ".stamps" / "page",
        digest=digest(root, sources),
        make=lambda: run([npm(), "run", "build"], cwd=frontend),
    )


def packages_step(root: Path) -> Step:
    """The packages that the page is built and tested with."""
    frontend = root / "frontend"
    packages = frontend / "node_modules"
    return Step(
        title="Page's packages",
        made=packages,
        stamp=packages / ".stamps" / "packages",
        digest=digest(root, [frontend / "package-lock.json"]),
        make=lambda: run([npm(), "ci", "--no-audit", "--no-fund"], cwd=frontend),
    )


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
