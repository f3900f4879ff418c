"""What `strace` does for us: count the system calls of a process's threads, and kill it at one of them.

StraceFailed
└── NotPermitted    nobody may trace here
"""

import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from tests.support.waiting import wait_until

CALLS: Final = (
    *("fsync", "fdatasync"),
    *("write", "writev", "pwrite64", "pwritev", "pwritev2"),
    *("sendto", "sendmsg", "sendmmsg"),
    *("ftruncate", "fallocate", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
)
"""What a process of ours tells the disk or another process with."""

_CALL: Final = re.compile(r"^(?:(?P<thread>\d+) +)?(?:\d[\d.]* )?(?P<call>\w+)\(", re.MULTILINE)
_KILLED: Final = "+++ killed by SIGKILL +++"
_ATTACHED_WITHIN: Final = 20.0


class StraceFailed(Exception):
    """It did not do what was asked of it."""


class NotPermitted(StraceFailed):
    """Nobody may trace here."""


def threads(pid: int) -> list[int]:
    """The threads of the process, the first one first."""
    return sorted(int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir())


def name(thread: int) -> str:
    """What the thread is called by its maker, or by its place among those that have no name of their own."""
    return Path(f"/proc/{thread}/comm").read_text().strip()


class Strace:
    """Attached to these threads from the beginning of its context to the end; of all that they call, `calls` counts.

    With `kill_at` a process is killed when one of its threads makes the n-th call of a kind, before it is carried out.
    """

    def __init__(self, threads: Sequence[int], calls: Sequence[str], log: Path, kill_at: int | None = None) -> None:
        self._threads = threads
        self._log = log
        listed = ",".join(f"?{call}" for call in calls)
        inject = [] if kill_at is None else ["-e", f"inject={listed}:signal=SIGKILL:when={kill_at}"]
        to = [argument for thread in threads for argument in ("-p", str(thread))]
        program = shutil.which("strace")
        if program is None:
            raise StraceFailed(
                "there is no strace on PATH: `apt-get install strace`, or `./RUN.sh test` as root on Debian"
            )
        self._command = [program, "-q", "-e", f"trace={listed}", *inject, "-o", str(log), *to]

    def __enter__(self) -> Self:
        self._log.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            wait_until(self._attached, _ATTACHED_WITHIN, "strace is attached")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            _, self._said = self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, self._said = self._process.communicate()

    def killed(self) -> bool:
        """Whether the call has come."""
        return _KILLED in self._written()

    def counted(self) -> Mapping[int, Counter[str]]:
        """How often each thread has made each call."""
        found: dict[int, Counter[str]] = {thread: Counter() for thread in self._threads}
        for match in _CALL.finditer(self._written()):
            # With one thread alone its number does not stand in the lines.
            thread = int(match["thread"] or self._threads[0])
            found.setdefault(thread, Counter())[match["call"]] += 1
        return found

    def _attached(self) -> bool:
        if self._process.poll() is not None:
            _, said = self._process.communicate()
            if "not permitted" in said or "Permission denied" in said:
                raise NotPermitted(f"strace may not trace another process here: {said.strip()}")
            raise StraceFailed(f"strace ended with {self._process.returncode}: {said.strip()}")
        return all(_traced(thread) for thread in self._threads)

    def _written(self) -> str:
        try:
            return self._log.read_text(errors="replace")
        except FileNotFoundError:
            return ""


def _traced(thread: int) -> bool:
    try:
        status = Path(f"/proc/{thread}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "\nTracerPid:\t0\n" not in status
