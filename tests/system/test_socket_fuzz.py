"""A few seconds of `./RUN.sh soak fuzz`, with a seed that is printed."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.support.stack import ROOT

SECONDS = 6
RATE = 750
"""Messages a second to each of the two that are there at once."""


def test_whatever_comes_on_the_sockets_good_tasks_go_on_and_nothing_stops() -> None:
    """I3, I4, I5, I11, I13, L2, L3: no process ends, grows or logs a fault, and strangers take no worker's seat."""
    seed = random.randrange(10**6)

    with ThreadPoolExecutor() as together:
        ways = list(together.map(lambda over: fuzzed(seed, over), ("ipc", "tcp")))

    for ran in ways:
        assert ran.returncode == 0, f"seed {seed}\n{ran.stdout}\n{ran.stderr}"
        assert ": 0 breaches" in ran.stdout


def fuzzed(seed: int, over: str) -> "subprocess.CompletedProcess[str]":
    options = {"seconds": SECONDS, "warm-up": 2, "seed": seed, "over": over, "rate": RATE}
    command = [sys.executable, "-m", "tests.soak.fuzz", *(f"--{name}={value}" for name, value in options.items())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
