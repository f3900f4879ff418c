"""A sample of `./RUN.sh soak syscalls`: points drawn by a seed, which is printed."""

import random
import shutil
import subprocess
import sys

from tests.support.stack import ROOT
from tests.support.trouble import lacking

SECONDS = 20
"""In which points are begun; starting, counting and the last point come on top."""

FEWEST = 3
"""Kills in that time; on a machine at work there are six or seven."""

NOT_POSSIBLE = 3


def soak(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.soak.syscalls", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def test_a_process_killed_at_any_call_of_a_life_loses_nothing_and_settles_nothing_twice() -> None:
    """I1, I3, I4, I5, I7, L3."""
    if shutil.which("strace") is None:
        lacking("there is no strace on PATH: ./RUN.sh test installs it as root on Debian")
    seed = random.randrange(10**6)

    ran = soak("--sample", "40", "--seconds", str(SECONDS), "--seed", str(seed))

    if ran.returncode == NOT_POSSIBLE:
        lacking(ran.stderr)
    assert ran.returncode == 0, f"seed {seed}\n{ran.stdout}\n{ran.stderr}"
    assert ran.stdout.count(": killed, recovered within ") >= FEWEST, ran.stdout
