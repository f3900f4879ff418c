"""`./RUN.sh check`, `fmt` and `schema`: what holds the sources to their rules."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.door.environment import python
from backend.door.page import npm
from backend.door.steps import say

type Commands = Mapping[str, Sequence[str | Path]]


def check(root: Path) -> int:
    """Run every checker, whether or not one before it found something; 0 when none did."""
    here = python(root).parent
    with TemporaryDirectory(prefix="zonda-check-") as home:
        return _run_all(
            root,
            {
                "shell": ["bash", "-n", "RUN.sh", ".ci/run"],
                "lint": [here / "ruff", "check", "."],
                "format": [here / "ruff", "format", "--check", "."],
                "types": [here / "mypy"],
                "imports": [here / "lint-imports"],
                "migrations": [here / "python", "backend/manage.py", "makemigrations", "--check", "--dry-run"],
                "schema": [here / "python", "backend/manage.py", "schema", "--check"],
                "page": [npm(), "--prefix", "frontend", "run", "check"],
            },
            # What a developer's own Zonda holds is none of the checkers' business.
            {"ZONDA_HOME": home},
        )


def fmt(root: Path) -> int:
    """Bring every source into its form; 0 when that worked."""
    here = python(root).parent
    return _run_all(
        root,
        {
            "imports in order": [here / "ruff", "check", "--select", "I", "--fix", "."],
            "format": [here / "ruff", "format", "."],
            "page": [npm(), "--prefix", "frontend", "run", "fmt"],
        },
    )


def schema(root: Path) -> int:
    """Write the GraphQL schema that the code has, and the page's types from it; 0 when that worked."""
    with TemporaryDirectory(prefix="zonda-schema-") as home:
        return _run_all(
            root,
            {
                "schema": [python(root), "backend/manage.py", "schema"],
                "page's types": [npm(), "--prefix", "frontend", "run", "gql"],
            },
            {"ZONDA_HOME": home},
        )


def _run_all(root: Path, commands: Commands, environment: Mapping[str, str] | None = None) -> int:
    failed = []
    for title, command in commands.items():
        say(f"── {title}\n")
        ended = subprocess.run(
            [str(part) for part in command], cwd=root, env={**os.environ, **(environment or {})}, check=False
        )
        if ended.returncode != 0:
            failed.append(title)
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "all is well\n")
    return 1 if failed else 0
