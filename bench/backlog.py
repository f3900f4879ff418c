"""What a million waiting tasks cost: the ventilator's memory, its way from start to first grant, and what creating and
granting take beside them, as a ratio to what they take beside few.

./RUN.sh bench backlog [tasks] [workers] [queues]     # 1,000,000, 2 and 1
"""

import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.support.processes import is_alive
from tests.support.stack import ROOT, Stack
from tests.support.tasks import create
from tests.support.waiting import wait_until

SINGLES = 200
WARM = 1_000
RESTARTS = 3
PATIENCE = 60.0

MEMORY_AT_MOST = 300
"""Megabytes of the ventilator, at any time."""

GRANT_WITHIN = 3.0
"""Seconds from its start to its first grant, as a rule."""

TIMES_AT_MOST = 2.0
"""So many times as long as beside few do creating a task and running one take."""

FEW = 40_000
"""Waiting tasks that last for as long as is looked at."""


def main() -> None:
    """Make a record of its own, start a stack on it, and print the figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    queues = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as folder:
        home, small = Path(folder) / "home", Path(folder) / "small"
        with Stack(small, workers=0) as empty:
            alone = _creating(empty, "creating one, nothing waits")
            empty.stop()
        _fill(small, FEW, queues)
        with Stack(small, workers) as stack:
            quick = _granting(stack, f"of {FEW}")
        with Stack(home, workers=0) as stack:
            stack.stop()
        _fill(home, many, queues)
        with Stack(home, workers=0) as stack:
            beside = _creating(stack, f"creating one, {many} wait")
            stack.stop()
        with Stack(home, workers) as stack:
            print(f"ready, {many} wait: ventilator {_memory(stack.pid('ventilator'))}")
            spans = [_restart(stack) for _ in range(RESTARTS)]
            rate = _granting(stack, f"of {many}")
            most = _most(stack.pid("ventilator"))
            print(f"at the end: ventilator {_memory(stack.pid('ventilator'))}")
    if most > MEMORY_AT_MOST or statistics.median(spans) > GRANT_WITHIN:
        sys.exit(f"more than {MEMORY_AT_MOST} MB, or {GRANT_WITHIN:g} s from a start to the first grant")
    print(f"beside {many}: creating {beside / alone:.2f} times as long, running {quick / rate:.2f} times")
    if beside > TIMES_AT_MOST * alone or quick > TIMES_AT_MOST * rate:
        sys.exit(f"more than {TIMES_AT_MOST:g} times as long as beside few")


def _fill(home: Path, many: int, queues: int) -> None:
    command = [sys.executable, "-m", "bench.fixtures.waiting", str(home), str(many), str(queues)]
    subprocess.run(command, cwd=ROOT, check=True)


def _restart(stack: Stack) -> float:
    """Kill the ventilator, and time its successor: how soon it is there (the supervisor waits longer each time), and
    how soon it then grants, which is returned in seconds."""
    old, before = stack.pid("ventilator"), _epoch(stack)
    killed = time.monotonic()
    stack.kill("ventilator", signal.SIGKILL)
    wait_until(lambda: not is_alive(old), PATIENCE, "the ventilator is gone")
    new = stack.pid("ventilator")
    started = time.monotonic()
    wait_until(lambda: _newest_fence(stack) >= (before + 1) << 32, PATIENCE, "the next one grants")
    granted = time.monotonic()
    print(
        f"killed: the next one after {started - killed:.2f} s, its first grant {granted - started:.2f} s later, "
        f"{granted - killed:.2f} s from the kill, {_memory(new)}"
    )
    return granted - started


def _granting(stack: Stack, what: str, seconds: float = 10.0) -> float:
    """Tasks a second that are started while it drains."""
    wait_until(lambda: _attempts(stack) > WARM, PATIENCE, "it drains")
    before, began = _attempts(stack), time.monotonic()
    threading.Event().wait(seconds)
    rate = (_attempts(stack) - before) / (time.monotonic() - began)
    print(f"started {rate:8.0f} tasks/s {what}")
    return rate


def _creating(stack: Stack, what: str) -> float:
    """The median of the milliseconds that it takes, one after the other."""
    spans = []
    for _ in range(SINGLES):
        began = time.monotonic()
        create(stack, "add", 1, 2)
        spans.append(1000 * (time.monotonic() - began))
    spans.sort()
    median = statistics.median(spans)
    print(f"{what}: {median:.1f} ms median, {spans[-3]:.1f} ms 99th percentile")
    return median


def _epoch(stack: Stack) -> int:
    return int(_one(stack, "SELECT coalesce(max(value), 0) FROM zonda_epoch"))


def _newest_fence(stack: Stack) -> int:
    held = int(_one(stack, "SELECT coalesce(max(fence), 0) FROM zonda_task WHERE holder IS NOT NULL"))
    return max(held, int(_one(stack, "SELECT coalesce(max(fence), 0) FROM zonda_attempt")))


def _attempts(stack: Stack) -> int:
    return int(_one(stack, "SELECT coalesce(max(id), 0) FROM zonda_attempt"))


def _one(stack: Stack, query: str) -> int:
    with closing(sqlite3.connect(stack.home / "zonda.sqlite3", timeout=20)) as record:
        return int(record.execute(query).fetchone()[0])


def _memory(pid: int) -> str:
    """What it holds now, and held at most."""
    return f"{_megabytes(pid, 'VmRSS'):.0f} MB, {_most(pid):.0f} MB at most"


def _most(pid: int) -> float:
    """The megabytes that it ever held at once."""
    return _megabytes(pid, "VmHWM")


def _megabytes(pid: int, what: str) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines[what].split()[0]) / 1024


if __name__ == "__main__":
    main()
