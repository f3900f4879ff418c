"""What carries frames between processes. The machines do not know which transport does.

TransportError
└── BadAddress    ZONDA_TRANSPORT names no transport that this version has
"""

from collections.abc import AsyncIterator
from typing import Protocol

from wire.topics import Topic


class TransportError(Exception):
    """A topic cannot be reached."""


class BadAddress(TransportError):
    """ZONDA_TRANSPORT names no transport that this version has."""


class Sender(Protocol):
    """One end of a topic that frames go into."""

    def send(self, frame: bytes) -> bool:
        """Hand the frame over without waiting; False when nobody can take it now, and it is dropped."""

    def close(self) -> None:
        """Let go of the topic; frames not yet taken are dropped."""


class Receiver(Protocol):
    """One end of a topic that frames come out of."""

    def frames(self) -> AsyncIterator[bytes]:
        """Each frame as it comes, until closed."""

    def take(self) -> bytes | None:
        """A frame that is already there, or None."""

    def close(self) -> None:
        """Let go of the topic; frames not yet taken are dropped."""


class Transport(Protocol):
    """Opens topics. Ventilator and sink own theirs (`own`), everybody else joins them."""

    def push(self, topic: Topic, *, own: bool = False) -> Sender: ...

    def pull(self, topic: Topic, *, own: bool = False) -> Receiver: ...

    def publish(self, topic: Topic) -> Sender: ...

    def subscribe(self, topic: Topic) -> Receiver: ...

    def close(self) -> None: ...
