"""A few seconds of `./RUN.sh soak fuzz`, with a seed that is printed."""

import random
import subprocess
import sys

from tests.support.stack import ROOT

SECONDS = 7


def test_whatever_comes_on_the_sockets_good_tasks_go_on_and_nothing_stops() -> None:
    """I3, I4, I5, I11, I13, L2, L3: no process ends, grows or logs a fault, and strangers take no worker's seat."""
    seed = random.randrange(10**6)
    command = [
        sys.executable,
        "-m",
        "tests.soak.fuzz",
        "--seconds",
        str(SECONDS),
        "--warm-up",
        "3",
        "--seed",
        str(seed),
    ]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert ran.returncode == 0, f"seed {seed}\n{ran.stdout}\n{ran.stderr}"
    assert ": 0 breaches" in ran.stdout
