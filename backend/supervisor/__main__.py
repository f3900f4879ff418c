"""Starts all of Zonda in one home and stays until it is stopped. `./RUN.sh` ends here.

`python -m backend.supervisor [--workers N] [--host H] [--port P] [--dev]`
"""

import errno
import os
import socket
import sys
import time
from pathlib import Path
from typing import Final

from backend.door import record, usage
from backend.door.steps import StepFailed, do, say
from backend.supervisor import preflight
from backend.supervisor.loop import Loop
from backend.supervisor.settings import Settings
from backend.supervisor.sources import modification_times
from wire.environment import given
from wire.home import Home, HomeError, InUse

PORT_PATIENCE: Final = 5.0  # seconds
_BAD_USAGE: Final = 2

_ROOT: Final = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """The exit code: 0 after a stop that was asked for, 1 when Zonda cannot be started, 2 when it was asked wrongly."""
    asked = usage.parse(arguments)
    if not isinstance(asked, usage.Start):
        usage.refuse(f"{asked.name} is a command of RUN.sh")
    settings = Settings(asked, mirrored=bool(given(os.environ, "ZONDA_REDIS_URL")))
    home = Home.from_environment(os.environ)
    try:
        home.prepare()
        lock = home.lock("zonda")
    except InUse as error:
        return _refuse(usage.in_use(home.path, error.pid))
    except HomeError as error:
        return _refuse(str(error))
    with lock:
        if hindrance := _hindrance(asked.host, asked.port):
            return _refuse(hindrance)
        environment = settings.environment({**os.environ, "ZONDA_HOME": str(home.path)})
        if wrong := preflight.complaints(environment, _ROOT):
            return _refuse("\n".join(["Zonda cannot start with this environment:", *wrong]), _BAD_USAGE)
        try:
            do(record.step(_ROOT, home, environment), say)
        except StepFailed as failure:
            return _refuse(str(failure))
        Loop(
            home,
            _ROOT,
            settings.processes(),
            environment,
            ready_line=settings.ready_line,
            look=(lambda: modification_times(_ROOT)) if asked.dev else None,
        ).run()
    return 0


def _refuse(why: str, code: int = 1) -> int:
    sys.stderr.write(f"\n{why}\n")
    return code


def _hindrance(host: str, port: int) -> str | None:
    """Why the port cannot be listened on, if so within a moment: a Zonda that had it may be just ending."""
    deadline = time.monotonic() + PORT_PATIENCE
    while True:
        try:
            _listen_once(host, port)
            return None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"cannot listen on {host} port {port}: {error.strerror}; choose others with --host and --port"
        if time.monotonic() >= deadline:
            return f"port {port} is in use by another program; choose one with --port"
        time.sleep(0.1)


def _listen_once(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        # Before anything was started; afterwards the loop hears of it.
        sys.exit(130)
