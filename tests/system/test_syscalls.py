"""A sample of `./RUN.sh soak syscalls`: points drawn by a seed, which is printed."""

import random
import subprocess
import sys

from tests.support.stack import ROOT
from tests.support.trouble import lacking

SECONDS = 20
"""In which points are begun; starting, counting and the last point come on top."""

FEWEST = 3
"""Kills in that time; on a machine at work there are six or seven."""

EARLIEST, LATEST = 5, 16
"""Writes of the supervisor: from the pid of the first process that it starts to its word that a stop was asked for. A
life makes more before and after them."""

OTHERS = ("backend", "ventilator", "sink", "worker", "child")

NOT_POSSIBLE = 3


def soak(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.soak.syscalls", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    if ran.returncode == NOT_POSSIBLE:
        lacking(ran.stderr)
    return ran


def test_a_process_killed_at_any_call_of_a_life_loses_nothing_and_settles_nothing_twice() -> None:
    """I1, I3, I4, I5, I7, L3."""
    seed = random.randrange(10**6)
    roles = [argument for role in OTHERS for argument in ("--role", role)]

    ran = soak(*roles, "--sample", "40", "--seconds", str(SECONDS), "--seed", str(seed))

    assert ran.returncode == 0, f"seed {seed}\n{ran.stdout}\n{ran.stderr}"
    assert ran.stdout.count(": killed, recovered within ") >= FEWEST, ran.stdout


def test_a_supervisor_killed_at_any_call_of_a_life_blocks_no_start_and_loses_nothing() -> None:
    """I1, I3, I4, I5, I7, L3."""
    nth = random.randint(EARLIEST, LATEST)

    ran = soak("--role", "supervisor", "--call", "write", "--nth", str(nth))

    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert f"supervisor thread 0 write {nth}: killed, recovered within " in ran.stdout, ran.stdout
