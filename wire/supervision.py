"""How a process and the supervisor that started it know of each other: one inherited socket, one word, one lifeline."""

import os
import socket
from typing import Final, Protocol

VARIABLE: Final = "ZONDA_SUPERVISOR_FD"
READY: Final = b"ready\n"


class Supervision(Protocol):
    """What a process can say to its supervisor, and how it notices that the supervisor is gone."""

    def ready(self) -> None:
        """Say that this process does its work now; a second call, or a supervisor that is gone, changes nothing."""

    def fileno(self) -> int:
        """A descriptor that turns readable when the supervisor is gone: then end. -1 when nobody supervises."""

    def gone(self) -> bool:
        """Whether the supervisor is gone; never waits."""


class Supervised:
    """A process that a supervisor started and that must not outlive it."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._told = False

    def ready(self) -> None:
        if self._told:
            return
        self._told = True
        try:
            self._channel.send(READY)
        except OSError:
            # The other end is closed: the lifeline says so too, and it is the one place that acts on it.
            return

    def fileno(self) -> int:
        return self._channel.fileno()

    def gone(self) -> bool:
        try:
            return self._channel.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


class Alone:
    """A process that somebody started by hand: nobody waits for its word, and it lives until it is stopped."""

    def ready(self) -> None:
        return

    def fileno(self) -> int:
        return -1

    def gone(self) -> bool:
        return False


def from_environment() -> Supervision:
    """The supervision this process was started under; to be asked once, for it takes the variable away.

    A process started further down must neither speak for this one nor hold its lifeline open, so the descriptor is not
    inheritable from here on.
    """
    descriptor = os.environ.pop(VARIABLE, "")
    if not descriptor.strip():
        return Alone()
    channel = socket.socket(fileno=int(descriptor))
    channel.set_inheritable(False)
    return Supervised(channel)
