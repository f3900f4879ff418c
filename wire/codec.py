"""Messages to frames and back. The only file that knows bytes.

CodecError
└── TooLarge     one message alone is larger than a frame may be
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from wire.messages import MAX_FRAME, Message, OnControl, OnResults, OnStatus, OnWorkerTopic


class CodecError(Exception):
    """A frame and messages do not fit each other."""


class TooLarge(CodecError):
    """One message alone is larger than a frame may be."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in a frame that is none of the topic's messages: a cut of it, and why."""

    cut: str
    why: str


_ENCODER = msgspec.json.Encoder()


def encode(messages: Iterable[Message]) -> bytes:
    """One frame with all the messages: an object for one, an array for more."""
    return _join([_ENCODER.encode(message) for message in messages])


def frames(messages: Iterable[Message], limit: int = MAX_FRAME) -> Iterator[bytes]:
    """The messages in order, in as few frames of at most `limit` bytes as that takes.

    Raises TooLarge, before the frame it would stand in, for a message that fits no frame.
    """
    pieces: list[bytes] = []
    size = 2
    for message in messages:
        piece = _ENCODER.encode(message)
        if len(piece) + 2 > limit:
            raise TooLarge(f"a {type(message).__name__} of {len(piece)} bytes; a frame has at most {limit}")
        if pieces and size + len(piece) + 1 > limit:
            yield _join(pieces)
            pieces, size = [], 2
        pieces.append(piece)
        size += len(piece) + 1
    if pieces:
        yield _join(pieces)


def _join(pieces: list[bytes]) -> bytes:
    return pieces[0] if len(pieces) == 1 else b"[" + b",".join(pieces) + b"]"


class Decoder[M]:
    """Reads the frames of one topic. It never raises: what it can't read comes back as Unreadable."""

    def __init__(self, messages: Any) -> None:
        self._one = msgspec.json.Decoder(messages)
        self._many = msgspec.json.Decoder(list[messages])
        self._loose = msgspec.json.Decoder(list[msgspec.Raw])

    def decode(self, frame: bytes) -> tuple[list[M], list[Unreadable]]:
        """The messages of a frame, and what could not be read beside them; one bad object spoils no other."""
        if len(frame) > MAX_FRAME:
            return [], [_unreadable(frame, f"{len(frame)} bytes; a frame has at most {MAX_FRAME}")]
        if not frame.lstrip().startswith(b"["):
            return self._piecewise([frame])
        try:
            return self._many.decode(frame), []
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
            pass
        try:
            return self._piecewise([bytes(piece) for piece in self._loose.decode(frame)])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            return [], [_unreadable(frame, str(error))]

    def _piecewise(self, pieces: list[bytes]) -> tuple[list[M], list[Unreadable]]:
        messages: list[M] = []
        bad: list[Unreadable] = []
        for piece in pieces:
            try:
                messages.append(self._one.decode(piece))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
                bad.append(_unreadable(piece, str(error)))
        return messages, bad


def _unreadable(piece: bytes, why: str) -> Unreadable:
    return Unreadable(cut=piece[:200].decode("utf-8", "backslashreplace"), why=why)


worker_topic_decoder: Decoder[OnWorkerTopic] = Decoder(OnWorkerTopic)
status_decoder: Decoder[OnStatus] = Decoder(OnStatus)
control_decoder: Decoder[OnControl] = Decoder(OnControl)
results_decoder: Decoder[OnResults] = Decoder(OnResults)
