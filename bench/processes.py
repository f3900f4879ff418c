"""What the processes of a stack cost."""

import os
from pathlib import Path

from tests.support.stack import Stack


def spent(stack: Stack) -> dict[int, float]:
    """The processor seconds that each process has used so far, in its own code and in the kernel."""
    used = {}
    for pid in stack.processes():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def report(before: dict[int, float], after: dict[int, float], seconds: float) -> None:
    """Print each process's share of one core over that time, and the sum."""
    used = {pid: after[pid] - then for pid, then in before.items() if pid in after}
    for pid, cost in sorted(used.items(), key=lambda found: -found[1]):
        print(f"{100 * cost / seconds:7.2f} %  {_name(pid)}")
    print(f"{100 * sum(used.values()) / seconds:7.2f} %  of one core: {len(used)} processes over {seconds:.1f} s")


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return " ".join(Path(word).name if word.startswith("/") else word for word in words)[:80]
