"""How soon a browser shows the rows of a list: runs frontend/measures with Playwright."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from backend.door.tests import CHROMIUM
from tests.support.stack import ROOT

WITHIN: Final = 900.0
"""Seconds for all runs together, on a busy machine too."""


class Unmeasured(Exception):
    """There is no browser, or it did not come to an end; the message says which."""


def first_rows(url: str, runs: int) -> Mapping[str, Sequence[float]]:
    """For each list, the milliseconds from the start of the navigation until its first row was painted, run by run.

    Unmeasured where there is no browser, where a list does not come, and where its document has too many rows.
    """
    browser = next((path for name in CHROMIUM.programs if (path := shutil.which(name))), None)
    if browser is None:
        raise Unmeasured(f"no {' or '.join(CHROMIUM.programs)} on PATH: install one of them")
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        ran = subprocess.run(
            ["npx", "--no-install", "playwright", "test", "--project=measures", f"--output={folder}/results"],
            cwd=ROOT / "frontend",
            env={
                **os.environ,
                "ZONDA_URL": url.rstrip("/"),
                "ZONDA_CHROMIUM": browser,
                "ZONDA_RUNS": str(runs),
                "ZONDA_FIGURES": str(figures),
            },
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        if ran.returncode != 0:
            raise Unmeasured(f"{ran.stdout}{ran.stderr}")
        found: Mapping[str, Any] = json.loads(figures.read_text())
    return {name: figure["spans"] for name, figure in found.items()}
