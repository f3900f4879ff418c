"""Where the topics of a home are: files, or ports of the loopback."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wire.topics import CONTROL, RESULTS, STATUS, TASKS, Topic, seat

_HOST: Final = "127.0.0.1"
_ADDED: Final = {TASKS: 0, STATUS: 1, CONTROL: 2, RESULTS: 3}
"""To the first port for each topic, as `wire/PROTOCOL.md` has them."""

PORTS: Final = 300
"""In a row, that nobody else may have: strangers have a seat each as well, and each seat has a port."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Those of one home. `first` is its first port; without, its topics are files in `sockets`."""

    sockets: Path
    first: int | None = None

    @property
    def transport(self) -> str:
        """What ZONDA_TRANSPORT is for them."""
        return "zeromq+ipc:" if self.first is None else f"zeromq+tcp://{_HOST}:{self.first}"

    def of(self, topic: Topic) -> str:
        """As ZeroMQ names it."""
        return f"ipc://{self.sockets / topic}" if self.first is None else f"tcp://{_HOST}:{self._port(topic)}"

    def joined(self, topic: Topic, within: float) -> socket.socket:
        """A bare connection to it; OSError when it has no room, or nobody is there. It waits no longer for anything."""
        joining = socket.socket(socket.AF_UNIX if self.first is None else socket.AF_INET)
        joining.settimeout(within)
        try:
            joining.connect(str(self.sockets / topic) if self.first is None else (_HOST, self._port(topic)))
        except OSError:
            joining.close()
            raise
        return joining

    def _port(self, topic: Topic) -> int:
        assert self.first is not None
        return self.first + (_ADDED[topic] if topic in _ADDED else 10 + seat(topic))
