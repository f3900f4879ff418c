"""The hint that there is something new in the record: one datagram on a socket beside it."""

import socket
from functools import cache

from backend.environment import environment
from wire.home import Home, HomeError


def wake() -> None:
    """Tell the ventilator to look. Never raises and never waits: a hint that is lost costs a second."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hint:
            hint.setblocking(False)
            hint.sendto(b"!", _path(environment.home))
    except (OSError, HomeError):
        pass


def listen() -> socket.socket:
    """The ventilator's end, non-blocking. Call it under the ventilator's lock: it takes the place of a former one."""
    path = environment.home.wake
    path.unlink(missing_ok=True)
    hints = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    hints.setblocking(False)
    hints.bind(str(path))
    return hints


@cache
def _path(home: Home) -> str:
    """Looked up once: making sure of the folder costs more than the datagram."""
    return str(home.wake)
