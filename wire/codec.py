"""Messages to frames and back. The only file that knows bytes.

CodecError
└── TooLarge     one message alone is larger than a frame may be
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import msgspec
from msgspec import Struct

from wire.messages import (
    MAX_FRAME,
    UNREADABLE_AT_MOST,
    Ask,
    Message,
    OnControl,
    OnResults,
    OnStatus,
    OnTasks,
    OnWorkerTopic,
)


class CodecError(Exception):
    """A frame and messages do not fit each other."""


class TooLarge(CodecError):
    """One message alone is larger than a frame may be."""


class Unreadable(Struct, frozen=True):
    """Something in a frame that is none of the topic's messages: a cut of it, and why."""

    cut: str
    why: str


_ENCODER = msgspec.json.Encoder()
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_WRONG = (msgspec.MsgspecError, RecursionError, ValueError)  # what is no UTF-8 is a ValueError


def encode(messages: Iterable[Message | OnTasks]) -> bytes:
    """One frame with all the messages: an object for one, an array for more."""
    return _join([_ENCODER.encode(message) for message in messages])


def frames(messages: Iterable[Message | OnTasks], limit: int = MAX_FRAME) -> Iterator[bytes]:
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

    def __init__(self, messages: Any, *, read: Callable[[bytes], M] | None = None) -> None:
        """`read` takes the place of the way in which an object is read; it raises a ValueError or RecursionError."""
        self._read: Callable[[bytes], M] = read or msgspec.json.Decoder(messages).decode
        self._many = msgspec.json.Decoder(list[messages]) if read is None else None

    def decode(self, frame: bytes) -> tuple[list[M], list[Unreadable]]:
        """The messages of a frame, and what could not be read beside them.

        One bad object spoils no other, unless more than UNREADABLE_AT_MOST of them come before it.
        """
        if self._many and len(frame) <= MAX_FRAME and frame.lstrip().startswith(b"["):
            try:
                return self._many.decode(frame), []
            except _WRONG:
                pass
        messages: list[M] = []
        bad: list[Unreadable] = []
        for _, content in self.contents(frame):
            if isinstance(content, Unreadable):
                bad.append(content)
            else:
                messages.append(content)
        return messages, bad

    def contents(self, frame: bytes) -> Iterator[tuple[bytes, M | Unreadable]]:
        """As `decode`, but each object is read when it is asked for, and comes with its bytes."""
        pieces = _pieces(frame)
        if isinstance(pieces, Unreadable):
            yield frame, pieces
            return
        bad = 0
        for place, raw in enumerate(pieces):
            piece = bytes(raw)
            if bad == UNREADABLE_AT_MOST:
                why = f"{bad} objects before it are unreadable: {len(pieces) - place} from here on are not looked at"
                yield piece, _unreadable(piece, why)
                return
            content = self._content(piece)
            bad += isinstance(content, Unreadable)
            yield piece, content

    def _content(self, piece: bytes) -> M | Unreadable:
        try:
            return self._read(piece)
        except _WRONG as error:
            return _unreadable(piece, _why(error))


def _pieces(frame: bytes) -> Sequence[bytes | msgspec.Raw] | Unreadable:
    """What stands in a frame: the elements of an array, or else all of it."""
    if len(frame) > MAX_FRAME:
        return _unreadable(frame, f"{len(frame)} bytes; a frame has at most {MAX_FRAME}")
    if not frame.lstrip().startswith(b"["):
        return [frame]
    try:
        return _ELEMENTS.decode(frame)
    except _WRONG as error:
        return _unreadable(frame, _why(error))


def _ask(piece: bytes) -> Ask:
    """What comes on `TASKS` is written by others: where two readers could differ, it is unreadable."""
    found = json.loads(piece.decode(), object_pairs_hook=_without_doubles, parse_constant=_no_json)
    ask = msgspec.convert(found, Ask)
    if not ask.task.isprintable():
        raise ValueError("`task` has characters that no name has")
    return ask


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        often, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {often[:80]!r} stands in it twice")
    return found


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _unreadable(piece: bytes, why: str) -> Unreadable:
    return Unreadable(cut=piece[:200].decode("utf-8", "backslashreplace"), why=why)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number has too many digits" if "int_max_str_digits" in str(error) else str(error)


tasks_decoder: Decoder[OnTasks] = Decoder(OnTasks, read=_ask)
worker_topic_decoder: Decoder[OnWorkerTopic] = Decoder(OnWorkerTopic)
status_decoder: Decoder[OnStatus] = Decoder(OnStatus)
control_decoder: Decoder[OnControl] = Decoder(OnControl)
results_decoder: Decoder[OnResults] = Decoder(OnResults)
