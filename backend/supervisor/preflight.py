"""Asks each kind of process what is wrong with its environment, before any is started.

Started again and again with a wrong value, a process would only say so again and again.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CHECKS: Final = (("backend.config.check",), ("workers", "--check"), ("sink", "--check"))


def complaints(environment: Mapping[str, str], root: Path) -> list[str]:
    """A line for each value that some process cannot use, each once; empty when all can start."""
    asked = [
        subprocess.Popen(
            [sys.executable, "-m", *check],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for check in _CHECKS
    ]
    found: dict[str, None] = {}
    for process in asked:
        _, said = process.communicate()
        if process.returncode != 0:
            found.update(dict.fromkeys(said.strip().splitlines()))
    return list(found)
