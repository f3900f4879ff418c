"""Runs a program that knows nothing of supervision, and ends it when the supervisor is gone.

`python -m backend.supervisor.tether COMMAND …`
"""

import os
import select
import signal
import subprocess
import sys
from types import FrameType

from wire import supervision


def main(command: list[str]) -> int:
    """Run the command until it ends or the supervisor does; the exit code is the command's."""
    lifeline = supervision.from_environment()
    signal.signal(signal.SIGTERM, _kill_group)
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    if lifeline.fileno() < 0:
        return program.wait()
    ended = os.pidfd_open(program.pid)
    try:
        readable, _, _ = select.select([ended, lifeline.fileno()], [], [])
    finally:
        os.close(ended)
    if lifeline.fileno() in readable:
        _kill_group(signal.SIGTERM, None)
    return program.wait()


def _kill_group(signum: int, frame: FrameType | None) -> None:
    # The supervisor gave this process a group of its own; npm's grandchildren are in it and heed nobody else.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
