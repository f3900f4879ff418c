"""`./RUN.sh test`: the page's tests, its size, and everything pytest finds, several at a time.

What starts whole processes waits much of the time, so two of those run at once, beside them what never looks at a
clock, and the rest when they have ended. Two of the lanes only ask for what the others leave of the processor: they
have no clock but their own, and whole processes keep promises. A summary of pytest's comes last.
"""

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT
from tempfile import TemporaryFile
from threading import Thread
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


# Without a window of its own: with one, each page that a test opens costs as much again for the browser's frame.
CHROMIUM: Final = Peer(
    "Chromium",
    ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    "chromium-headless-shell",
    "tests of the page in a browser",
)
PEERS: Final = (
    CHROMIUM,
    Peer("Redis", ("redis-server",), "redis-server", "tests of the mirror"),
    Peer("faketime", ("faketime",), "faketime", "tests of clocks that jump"),
    Peer("strace", ("strace",), "strace", "tests of disks that fail, and of kills at system calls"),
)
BROWSER: Final = "tests/browser"
SYSTEM: Final = ("tests/system", "tests/backend/config", "tests/backend/supervisor", "tests/sink", "tests/workers")
"""Where there are tests of whole processes. Each of the two that run them would load all others as well."""


def run_all(root: Path, chosen: tuple[str, ...]) -> int:
    """Run what these pytest arguments choose, or without any every test there is; 0 when none failed."""
    pytest = [str(python(root)), "-m", "pytest"]
    if chosen:
        sys.stdout.flush()
        return subprocess.run([*pytest, *chosen], cwd=root, check=False).returncode
    provide(PEERS)
    # Images of containers set it. Then each of them would compile all modules and tests anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    uncached = ("-p", "no:cacheprovider")
    states = f"{BROWSER}/test_states.py"
    # Whoever is free takes the next: first the two that fill every gap to the end, then the longest.
    others = {
        "unlucky histories": ["nice", "-n", "19", *pytest, "tests/simulation", *uncached, "-n", "2"],
        "tests within one process": [
            *pytest,
            "-m",
            "not system and not browser and not simulation",
            "--ignore=tests/system",
            f"--ignore={BROWSER}",
            "--ignore=tests/simulation",
            *uncached,
        ],
        "the page in every state": ["nice", *pytest, states, *uncached],
        "the page in a browser": [*pytest, BROWSER, f"--ignore={states}", *uncached],
        "the page's own tests": [npm(), "--prefix", "frontend", "test"],
        "what the page weighs": [npm(), "--prefix", "frontend", "run", "--silent", "size"],
    }
    # A file's tests stay together while they can: many share the processes that the first of them has started.
    return run_beside(root, [*pytest, *SYSTEM, "-m", "system", "-n", "2", "--dist", "worksteal"], others)


def run_beside(root: Path, first: Sequence[str], others: Mapping[str, Sequence[str]]) -> int:
    """Run `first`, beside it two of the others at a time, and three of them once it has ended.

    0 when all did well. What the others print follows when all have ended, the first of them last: at once they could
    not be told apart.
    """
    began = time.monotonic()
    waiting = deque(others.items())
    printed: dict[str, str] = {}
    failed: list[str] = []

    def end(title: str, command: Sequence[str], output: int | None) -> str:
        since = time.monotonic()
        # By hand: no other way to start a process tells what it and all below it have used up.
        lane = subprocess.Popen(command, cwd=root, stdout=output, stderr=STDOUT if output else None)
        _, status, used = os.wait4(lane.pid, 0)
        lane.returncode = os.waitstatus_to_exitcode(status)
        if lane.returncode != 0:
            failed.append(title)
        return f"{time.monotonic() - since:.0f} s, {used.ru_utime + used.ru_stime:.0f} seconds of a core"

    def run_others() -> None:
        while True:
            try:
                title, command = waiting.popleft()
            except IndexError:
                return
            with TemporaryFile("w+", errors="replace") as output:
                cost = end(title, command, output.fileno())
                output.seek(0)
                printed[title] = f"── {title}: {cost}\n{output.read()}"

    runners = [Thread(target=run_others, name=f"beside-{number}") for number in range(2)]
    for runner in runners:
        runner.start()
    say(f"── tests of whole processes; beside them, and told of at the end: {', '.join(others)}\n")
    cost = end("tests of whole processes", first, None)
    runners.append(Thread(target=run_others, name="after"))
    runners[-1].start()
    for runner in runners:
        runner.join()
    say(f"── tests of whole processes: {cost}\n")
    say(f"── all of them took {(time.monotonic() - began) / 60:.1f} minutes\n")
    say("\n".join(printed[title] for title in reversed(list(others))))
    if failed:
        say(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


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
