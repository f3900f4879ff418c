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


class Started:
    """What goes before a command so that the process it becomes is traced from its very first call on.

    That process alone: what it forks is not, not even before it has become another program. Whoever starts the command
    has the traced process as its child, for strace stands aside (`-D`), and ends with it.
    """

    def __init__(self, calls: Sequence[str], log: Path, kill_at: int | None = None) -> None:
        self._log = log
        self.prefix = [*_command(calls, log, kill_at), "-D"]
        log.unlink(missing_ok=True)

    def killed(self) -> bool:
        """Whether the call has come."""
        return _KILLED in _written(self._log)

    def counted(self) -> Counter[str]:
        """How often it has made each call."""
        return Counter(match["call"] for match in _CALL.finditer(_written(self._log)))


class Strace:
    """Attached to these threads from the beginning of its context to the end; of all that they call, `calls` counts.

    With `kill_at` a process is killed when one of its threads makes the n-th call of a kind, before it is carried out.
    """

    def __init__(self, threads: Sequence[int], calls: Sequence[str], log: Path, kill_at: int | None = None) -> None:
        self._threads = threads
        self._log = log
        to = [argument for thread in threads for argument in ("-p", str(thread))]
        self._command = [*_command(calls, log, kill_at), *to]

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
        return _KILLED in _written(self._log)

    def counted(self) -> Mapping[int, Counter[str]]:
        """How often each thread has made each call."""
        found: dict[int, Counter[str]] = {thread: Counter() for thread in self._threads}
        for match in _CALL.finditer(_written(self._log)):
            # With one thread alone its number does not stand in the lines.
            thread = int(match["thread"] or self._threads[0])
            found.setdefault(thread, Counter())[match["call"]] += 1
        return found

    def _attached(self) -> bool:
        if self._process.poll() is not None:
            _, said = self._process.communicate()
            raise failure(self._process.returncode, said)
        return all(_traced(thread) for thread in self._threads)


def failure(code: int | None, said: str) -> StraceFailed:
    """Why strace has ended with this code when it had said this."""
    if "not permitted" in said or "Permission denied" in said:
        return NotPermitted(f"strace may not trace another process here: {said.strip()}")
    return StraceFailed(f"strace ended with {code}: {said.strip()}")


def _command(calls: Sequence[str], log: Path, kill_at: int | None) -> list[str]:
    listed = ",".join(f"?{call}" for call in calls)
    inject = [] if kill_at is None else ["-e", f"inject={listed}:signal=SIGKILL:when={kill_at}"]
    program = shutil.which("strace")
    if program is None:
        raise StraceFailed("there is no strace on PATH: `apt-get install strace`, or `./RUN.sh test` as root on Debian")
    return [program, "-q", "-e", f"trace={listed}", *inject, "-o", str(log)]


def _written(log: Path) -> str:
    try:
        return log.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def _traced(thread: int) -> bool:
    try:
        status = Path(f"/proc/{thread}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "\nTracerPid:\t0\n" not in status
