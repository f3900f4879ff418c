"""Stands between a worker and one of its child processes: nothing that a task function starts outlives either.

`python -m workers.guard …`, with the arguments of `workers.child`.

The child is a copy of this process, in a session of its own, so that what a function does to its process group or its
parent never meets the worker. The guard waits: for the child's end, for the worker's, and for the worker's word. Then
it kills what there is. On Linux whatever the child has started and lost becomes the guard's own, daemons too, so all of
it is found; elsewhere it kills the child's process group, and who has left that is not found.

It ends as the child has ended: with its exit code or by its signal.
"""

import os
import resource
import select
import signal
import sys
from contextlib import suppress
from time import monotonic

from workers.descendants import adopt_orphans, kill_strays, let_go
from workers.signals import END, INTERRUPT

PATIENCE = 2.0
"""Seconds that the guard waits at most for what it has killed to be gone: a process may be stuck in the system."""

_KILLED = int(signal.SIGKILL)
_LISTENED_TO = (signal.SIGCHLD, INTERRUPT, END)


def main(arguments: list[str]) -> None:
    """Returns in the child alone, once that has nothing more to do."""
    journal, lifeline = int(arguments[3]), int(arguments[4])
    adopt_orphans()
    guard = os.getpid()
    held, holding = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(holding)
        os.setsid()
        from workers import child as inside

        inside.main(arguments, guard, held)
        return
    try:
        # What goes wrong here is for the worker's log.
        os.dup2(journal, 2)
        # Everything else is the child's alone: the worker is to hear when that closes it.
        _close_all_but({2, lifeline, holding}, 1 + max(*map(int, arguments[:5]), held, holding))
        status = _wait(child, lifeline)
        _end_all(child)
        _end_as(status)
    except BaseException:  # noqa: BLE001  # never on into what the child does after this
        sys.excepthook(*sys.exc_info())
    os._exit(os.EX_OSERR)


def _close_all_but(kept: set[int], up_to: int) -> None:
    below = 0
    for descriptor in sorted(kept):
        os.closerange(below, descriptor)
        below = descriptor + 1
    os.closerange(below, up_to)


def _wait(child: int, lifeline: int) -> int:
    """How the child has ended, or is to end now, as `waitpid` says it."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in _LISTENED_TO:
        signal.signal(number, lambda *_: None)
    waiting = select.poll()
    waiting.register(lifeline, select.POLLIN)
    waiting.register(told, select.POLLIN)
    while (status := _reap(child)) is None:
        for descriptor, _ in waiting.poll():
            if descriptor == lifeline:
                return _KILLED
            heard = os.read(told, 64)
            if END in heard:
                return _KILLED
            if INTERRUPT in heard:
                with suppress(PermissionError):
                    os.kill(child, INTERRUPT)
    return status


def _reap(child: int) -> int | None:
    """How the child has ended, once it has. What it has left behind may end before."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return None
        if os.WIFSTOPPED(status):
            let_go(pid, os.WSTOPSIG(status))
        elif pid == child:
            return status


def _end_all(child: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    until = monotonic() + PATIENCE
    while kill_strays() and monotonic() < until:
        # Not `sleep`: that fails in a process whose clock somebody shifts.
        select.select([], [], [], 0.002)


def _end_as(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        # The child has left its memory to be looked at, if anybody wants that.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
