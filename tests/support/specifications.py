"""Runs the specifications of frontend/ with Playwright, in the browser that this machine has."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

import pytest

from backend.door.tests import CHROMIUM
from tests.support.stack import ROOT

PLAYWRIGHT: Final = ("npx", "--no-install", "playwright", "test")
WITHIN: Final = 900  # seconds for every specification together, on a busy machine too


def chromium() -> str:
    """The path of this machine's browser; the test is skipped where there is none."""
    browser = next((found for name in CHROMIUM.programs if (found := shutil.which(name))), None)
    if browser is None:
        # `./RUN.sh test` installs it where it can, and says so where it can't.
        assert os.environ.get("CI") != "true", "no Chromium, and CI=true allows no skip"
        pytest.skip("no Chromium on this machine")
    return browser


def run_specifications(project: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code and the output of a project of frontend/playwright.config.ts."""
    browser = chromium()
    ran = subprocess.run(
        # Each empties its folder when it begins, and two may run at once.
        [*PLAYWRIGHT, f"--project={project}", f"--output=test-results/{project}"],
        cwd=ROOT / "frontend",
        env={**os.environ, "ZONDA_CHROMIUM": browser, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    return ran.returncode, ran.stdout
