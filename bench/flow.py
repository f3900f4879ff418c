"""How fast tasks flow through every process: a burst, and single tasks on an idle system.

    ./RUN.sh bench flow [tasks] [workers]     # 20,000 and 2

Rates count rows that the record shows FINISHED. Compare figures of one run only: the client shares the machine.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.processes import report, spent
from tests.support.stack import Stack
from tests.support.tasks import counts, create, create_many, finished, read

SINGLES = 50
PATIENCE = 600.0
"""Seconds after which a burst that has not ended is given up."""


def main() -> None:
    """Start a stack of its own and print the figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home", workers) as stack:
        finished(stack, create(stack, "add", 1, 2)["id"])
        _burst(stack, many)
        _singles(stack)


def _burst(stack: Stack, many: int) -> None:
    done = counts(stack)["finished"]
    before, began = spent(stack), time.monotonic()
    for start in range(0, many, 5000):
        create_many(stack, [{"name": "add", "args": [1, 2]}] * min(5000, many - start))
    created = time.monotonic() - began
    while (found := counts(stack))["finished"] < done + many:
        if time.monotonic() - began > PATIENCE:
            sys.exit(f"not done after {PATIENCE:.0f} s: {found}")
        time.sleep(0.05)
    took = time.monotonic() - began
    print(f"created   {many / created:8.0f} tasks/s")
    print(f"finished  {many / took:8.0f} tasks/s from the first creation to the last outcome")
    report(before, spent(stack), took)


def _singles(stack: Stack) -> None:
    spans = []
    for _ in range(SINGLES):
        began = time.monotonic()
        key = create(stack, "add", 1, 2)["id"]
        while read(stack, key)["status"] != "FINISHED":
            pass
        spans.append(1000 * (time.monotonic() - began))
    spans.sort()
    print(f"one task  {statistics.median(spans):8.1f} ms median, {spans[-2]:.1f} ms 98th percentile, seen by polling")


if __name__ == "__main__":
    main()
