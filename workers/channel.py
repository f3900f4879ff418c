"""What a worker and one of its child processes say to each other.

Tasks and what becomes of them: over a socket pair, each message after its length. That what runs is to end: over a pipe
to the child, before a signal that has the child read it.
"""

from collections.abc import Iterator
from struct import Struct as Layout
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from wire.messages import MAX_FRAME, PROGRESS_AT_MOST, Fence, Fraction, Seconds
from workers.why import Why

LENGTH = Layout("!I")

LONGEST = MAX_FRAME - 4 * 1024
"""Bytes of one message of a child at most: what its worker reports of it is to fit a frame, and a result has fewer."""

ERROR_AT_MOST = 2_000
"""Characters of an error's line."""

TRACEBACK_AT_MOST = 64 * 1024
"""Characters of a traceback; of a longer one its head and its tail are kept."""

_WHY_AT_MOST = 200

_INTERRUPT = Layout("!QB")


_WHYS = (Why.TIMEOUT, Why.CANCEL)


class Nonsense(Exception):
    """A child says what no child may say. The text is the end of a sentence about it."""


class ChildTask(Struct, frozen=True, kw_only=True):
    """Worker to child: run this task function. Sent only to a child that is ready and runs nothing."""

    task_id: str
    task: str
    args: Raw
    kwargs: Raw
    queue: str
    priority: int
    attempt: int
    fence: int
    created_at: str | None
    tries: int
    max_attempts: int
    worker: str


class SharedLock(Struct, frozen=True):
    """A byte of a file that whoever works has locked, so that nobody may keep it for long.

    The first `head` bytes of the file are others each time that somebody has done something with it.
    """

    path: str
    byte: int
    head: int


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """Child to worker, once: the task functions are loaded. `lock`, if there is one, is what they share with others."""

    pid: int
    lock: SharedLock | None = None


class OfRun(Struct, frozen=True, kw_only=True):
    """Child to worker, of what it runs under this fence: the worker believes it of nothing else."""

    fence: Fence


class Taken(OfRun, frozen=True, kw_only=True, tag="taken"):
    """Child to worker, first of all: its function is called now. Without it nothing has been done of the task."""


class Progressed(OfRun, frozen=True, kw_only=True, tag="progressed"):
    """Child to worker: what the function says of its progress."""

    fraction: Fraction | None
    message: Annotated[str, Meta(max_length=PROGRESS_AT_MOST)] | None


class Succeeded(OfRun, frozen=True, kw_only=True, tag="succeeded"):
    """Child to worker: the function returned."""

    ran: Seconds
    result: Raw


class Restored(OfRun, frozen=True, kw_only=True, tag="restored"):
    """Child to worker, before the outcome of a task: what its function has left behind, for the log.

    `changed` names what has been put back, `threads` those that go on.
    """

    changed: list[str]
    threads: list[str]


class Spent(OfRun, frozen=True, kw_only=True, tag="spent"):
    """Child to worker, before the outcome of a task: this process is to run nothing after it.

    `why` is the end of a sentence: `has run 100000 tasks`.
    """

    why: str


class Failed(OfRun, frozen=True, kw_only=True, tag="failed"):
    """Child to worker: the function raised, or returned what cannot be a result.

    `again` and `delay` are what it wants of further attempts; `interrupted` why it was told to end, when that is what
    it raised.
    """

    ran: Seconds
    error: Annotated[str, Meta(max_length=ERROR_AT_MOST)]
    exception: Annotated[str, Meta(max_length=ERROR_AT_MOST)]
    traceback: Annotated[str, Meta(max_length=TRACEBACK_AT_MOST)]
    again: bool = True
    delay: Seconds | None = None
    interrupted: Why | None = None


FromChild = Ready | Taken | Progressed | Restored | Spent | Succeeded | Failed

_ENCODER = msgspec.json.Encoder()
_FROM_CHILD: msgspec.json.Decoder[FromChild] = msgspec.json.Decoder(FromChild)


def encode(message: ChildTask | FromChild) -> bytes:
    """The message after its length, as it goes over the channel."""
    body = _ENCODER.encode(message)
    return LENGTH.pack(len(body)) + body


def printable(text: str) -> str:
    """The text as UTF-8 can carry it and a database can keep it."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def encode_interrupt(fence: int, why: Why) -> bytes:
    """What runs under this fence is to end; as it goes over the pipe to the child, in one write."""
    return _INTERRUPT.pack(fence, _WHYS.index(why))


def decode_interrupts(piece: bytes) -> Iterator[tuple[int, Why]]:
    """What has come over the pipe, oldest first."""
    for fence, why in _INTERRUPT.iter_unpack(piece):
        yield fence, _WHYS[why]


class FromChildReader:
    """Puts together what came from a child in pieces of any size."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> list[FromChild]:
        """The messages that are whole by now.

        Nonsense when it is none of a child's messages, or longer than LONGEST: no more than its beginning is kept then.
        """
        rest = self._rest
        rest += piece
        messages: list[FromChild] = []
        begin = 0
        while len(rest) - begin >= LENGTH.size:
            [length] = LENGTH.unpack_from(rest, begin)
            if length > LONGEST:
                raise Nonsense(f"said {length} bytes at once, the limit is {LONGEST}")
            end = begin + LENGTH.size + length
            if len(rest) < end:
                break
            # A copy, for a Raw keeps what it was cut from.
            messages.append(_read(bytes(rest[begin + LENGTH.size : end])))
            begin = end
        del rest[:begin]
        return messages


def _read(body: bytes) -> FromChild:
    """Whoever got hold of the channel may have written it: whatever it is, it is that child's fault alone."""
    try:
        # A result stays as it came: whether it is text at all nobody would ask.
        body.decode()
        return _FROM_CHILD.decode(body)
    except RecursionError:
        why = "it is nested too deeply"
    except (msgspec.MsgspecError, ValueError) as error:
        why = printable(str(error))[:_WHY_AT_MOST]
    raise Nonsense(f"said what no child says: {why}")
