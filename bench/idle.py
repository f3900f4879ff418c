"""What a resting Zonda costs: the processor time of all its processes, as a share of one core.

./RUN.sh bench idle [seconds] [workers]     # 60 and 2, after 30 seconds of rest
"""

import sys
import tempfile
import time
from pathlib import Path

from bench.processes import report, spent
from tests.support.stack import Stack

REST = 30.0


def main() -> None:
    """Start a stack of its own, let it rest, and print what it then costs."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home", workers) as stack:
        time.sleep(REST)
        before, began = spent(stack), time.monotonic()
        time.sleep(seconds)
        report(before, spent(stack), time.monotonic() - began)


if __name__ == "__main__":
    main()
