"""Runs a program that knows nothing of supervision, and ends it when the supervisor is gone.

`python -m backend.supervisor.tether COMMAND …`
"""

import os
import select
import signal
import subprocess
import sys
import threading

from wire import supervision


def main(command: list[str]) -> int:
    """Run the command until it ends or the supervisor does; the exit code is the command's."""
    lifeline = supervision.from_environment()
    signal.signal(signal.SIGTERM, lambda *_: _end_everything())
    if lifeline.fileno() >= 0:
        threading.Thread(target=_watch, args=(lifeline.fileno(),), daemon=True).start()
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def _watch(lifeline: int) -> None:
    select.select([lifeline], [], [])
    _end_everything()


def _end_everything() -> None:
    # The supervisor gave this process a group of its own. What the program started is in it, and heeds nobody else.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
