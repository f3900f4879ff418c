"""The page in a real browser, against all of Zonda: runs the specifications of frontend/e2e."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.support.stack import ROOT, Stack

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
WITHIN: Final = 480  # seconds for every specification together


@pytest.mark.timeout(WITHIN + 90)
def test_the_page_does_what_its_specifications_say(tmp_path: Path) -> None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        # `./RUN.sh test` installs it where it can, and says so where it can't.
        assert os.environ.get("CI") != "true", "no Chromium, and CI=true allows no skip"
        pytest.skip("no Chromium on this machine")

    with Stack(tmp_path / "home", workers=1) as stack:
        ran = subprocess.run(
            ["npx", "--no-install", "playwright", "test"],
            cwd=ROOT / "frontend",
            env={
                **os.environ,
                "ZONDA_URL": stack.url.rstrip("/"),
                "ZONDA_BACKEND_PID_FILE": str(stack.home / "run" / "backend.pid"),
                "ZONDA_CHROMIUM": browser,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{stack.logs()}"

    assert "skipped" not in ran.stdout, ran.stdout
