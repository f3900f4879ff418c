"""`./RUN.sh test`: the page's tests, then everything pytest finds, whose summary is the last thing printed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.door.environment import python
from backend.door.page import npm
from backend.door.steps import StepFailed, run, say


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of others that some tests need."""

    name: str
    programs: tuple[str, ...]
    """Any one of these on PATH will do."""
    package: str
    """What Debian calls it."""
    tests: str


PEERS: Final = (
    Peer("Chromium", ("chromium", "chromium-browser", "google-chrome"), "chromium", "tests of the page in a browser"),
    Peer("Redis", ("redis-server",), "redis-server", "tests of the mirror"),
)


def run_all(root: Path, chosen: tuple[str, ...]) -> int:
    """Run what these pytest arguments choose, or without any every test there is; 0 when none failed."""
    page = 0
    if not chosen:
        provide(PEERS)
        page = subprocess.run([npm(), "--prefix", "frontend", "test"], cwd=root, check=False).returncode
    sys.stdout.flush()
    rest = subprocess.run([python(root), "-m", "pytest", *chosen], cwd=root, check=False).returncode
    if page != 0:
        sys.stdout.write("the page's own tests failed, see above\n")
    return rest or page


def provide(peers: Sequence[Peer]) -> None:
    """Install what is missing where that can be done; elsewhere say what will be skipped, a failure with CI=true."""
    missing = [peer for peer in peers if not any(shutil.which(name) for name in peer.programs)]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"{', '.join(peer.name for peer in missing)}, by apt-get …")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        packages = [peer.package for peer in missing]
        run(["apt-get", "-qq", "update"], cwd=Path("/"), environment=quiet)
        run(["apt-get", "-qq", "install", "--no-install-recommends", *packages], cwd=Path("/"), environment=quiet)
        say(" installed\n")
        return
    lacking = "\n".join(
        f"no {peer.name} on PATH, and only root on Debian has it installed: {peer.tests} are skipped"
        for peer in missing
    )
    if os.environ.get("CI") == "true":
        raise StepFailed(f"{lacking}\nWith CI=true that is a failure.")
    say(f"{lacking}\n")
