"""What a worker and one of its child processes say to each other: over a socket pair, each message after its length."""

from struct import Struct as Layout

import msgspec
from msgspec import Raw, Struct

LENGTH = Layout("!I")


class ChildTask(Struct, frozen=True, kw_only=True):
    """Worker to child: run this task function. Sent only to a child that is ready and runs nothing."""

    task_id: str
    task: str
    args: Raw
    kwargs: Raw
    attempt: int


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """Child to worker, once: the task functions are loaded."""


class Succeeded(Struct, frozen=True, kw_only=True, tag="succeeded"):
    """Child to worker: the function returned."""

    ran: float
    result: Raw


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """Child to worker: the function raised, or returned what cannot be a result."""

    ran: float
    error: str
    exception: str
    traceback: str


FromChild = Ready | Succeeded | Failed

_ENCODER = msgspec.json.Encoder()
_FROM_CHILD: msgspec.json.Decoder[FromChild] = msgspec.json.Decoder(FromChild)


def encode(message: ChildTask | FromChild) -> bytes:
    """The message after its length, as it goes over the channel."""
    body = _ENCODER.encode(message)
    return LENGTH.pack(len(body)) + body


class FromChildReader:
    """Puts together what came from a child in pieces of any size."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> list[FromChild]:
        """The messages that are whole by now; msgspec.MsgspecError when the child sent none of its messages."""
        rest = self._rest
        rest += piece
        messages: list[FromChild] = []
        begin = 0
        while len(rest) - begin >= LENGTH.size:
            [length] = LENGTH.unpack_from(rest, begin)
            end = begin + LENGTH.size + length
            if len(rest) < end:
                break
            # A copy, for a Raw keeps what it was cut from.
            messages.append(_FROM_CHILD.decode(bytes(rest[begin + LENGTH.size : end])))
            begin = end
        del rest[:begin]
        return messages
