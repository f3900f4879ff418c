"""`./RUN.sh test`: the page's tests, then everything pytest finds, whose summary is the last thing printed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend.door.environment import python
from backend.door.page import npm
from backend.door.steps import StepFailed, run, say

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def run_all(root: Path, chosen: tuple[str, ...]) -> int:
    """Run what these pytest arguments choose, or without any every test there is; 0 when none failed."""
    page = 0
    if not chosen:
        provide_browser()
        page = subprocess.run([npm(), "--prefix", "frontend", "test"], cwd=root, check=False).returncode
    sys.stdout.flush()
    rest = subprocess.run([python(root), "-m", "pytest", *chosen], cwd=root, check=False).returncode
    if page != 0:
        sys.stdout.write("the page's own tests failed, see above\n")
    return rest or page


def provide_browser() -> None:
    """Install Chromium where that can be done; elsewhere say what will be skipped, which CI=true does not allow."""
    if any(shutil.which(name) for name in _BROWSERS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Chromium, by apt-get …")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "-qq", "update"], cwd=Path("/"), environment=quiet)
        run(["apt-get", "-qq", "install", "--no-install-recommends", "chromium"], cwd=Path("/"), environment=quiet)
        say(" installed\n")
        return
    lacking = "no Chromium on PATH, and only root on Debian has it installed: browser tests are skipped"
    if os.environ.get("CI") == "true":
        raise StepFailed(f"{lacking}; with CI=true that is a failure")
    say(f"{lacking}\n")
