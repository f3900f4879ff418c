"""What comes on `TASKS` becomes rows: the loop reads, and a thread with its own connection to the record writes.

A message that was read is kept until it is written, or until the ventilator ends: then it goes into a file, and the
next ventilator begins with it. Who sent it hears nothing of it: ZeroMQ has no answer for who PUSHes.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from django.db import InterfaceError, OperationalError, connection
from msgspec import Struct

from backend.tasks import store
from backend.tasks.asking import Asked, Rejected, asked, body
from backend.tasks.ids import new_id
from backend.tasks.registry import registry
from backend.ventilator import unwritten
from backend.ventilator.backlog import Backlog
from backend.ventilator.unwritten import Piece
from wire import codec
from wire.codec import Unreadable
from wire.messages import Ask
from wire.topics import TASKS
from wire.transports import Receiver
from wire.unread import Unread

log = logging.getLogger("ventilator")

FRAMES_AT_ONCE: Final = 100
"""Frames that are read before the rest of the loop has its turn."""

MESSAGES_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4 * 1024 * 1024
"""What one transaction takes in: grants wait for its end."""

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""Seconds between two tries after the record did not answer, doubled up to the longest."""

FAREWELL: Final = 0.6
"""Seconds that a stopping ventilator goes on writing: what is left then goes into the file."""

REFUSALS: Final = 2
"""So often the record refuses the same messages before they are taken apart."""

_AWAY: Final = (OperationalError, InterfaceError, OSError)
"""What says that the record does not answer, and a later try may find it there."""

type _Take = Callable[..., Piece | None]


class _Stopped(Exception):
    """The ventilator ends: what is in hand stays unwritten."""


class _Refused(Exception):
    """The record is there, and does not take these."""


class _InHand(Struct, frozen=True):
    """A message that is being written."""

    piece: Piece
    content: Ask | Unreadable


class Intake:
    """From `start` to `stop`, once. `failed` is called, in the thread, when the thread ends by a fault of its own."""

    def __init__(self, path: Path, failed: Callable[[], None]) -> None:
        self._path = path
        self._failed = failed
        self._backlog = Backlog()
        self._stopping = threading.Event()
        self._unread = Unread(log, event="message.rejected")
        # Where the thread is. `stop` takes it all away from a thread that does not end in time.
        self._taking = threading.Lock()
        self._in_hand: list[_InHand] = []
        self._rest: Iterator[tuple[bytes, Ask | Unreadable]] = iter(())
        self._left = False
        self._held_back = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin to write. Call it where the loop runs."""
        self._here = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._begun = asyncio.Event()
        self._thread.start()

    async def read(self, receiver: Receiver) -> None:
        """Take frames while there is room for them. Else they stay where they are, at last with who sends them."""
        # What is in the file takes its room first.
        await self._begun.wait()
        await self._until_there_is_room()
        async for frame in receiver.frames():
            self._backlog.put(frame)
            for _ in range(FRAMES_AT_ONCE):
                if self._backlog.full or (more := receiver.take()) is None:
                    break
                self._backlog.put(more)
            # A frame that is there already is given without waiting: let the rest of the loop have its turn.
            await asyncio.sleep(0)
            await self._until_there_is_room()

    async def _until_there_is_room(self) -> None:
        while self._backlog.full:
            self._room.clear()
            self._held_back = True
            # It may have been emptied before the thread could see that somebody waits for it.
            if self._backlog.full:
                await self._room.wait()
        self._held_back = False

    def drain(self, receiver: Receiver) -> None:
        """Take what is there, as far as there is room, when nobody reads any more."""
        while not self._backlog.full and (frame := receiver.take()) is not None:
            self._backlog.put(frame)

    def stop(self) -> None:
        """Write what was read, or put it into the file. It takes its time: call it in a thread of its own."""
        self._stopping.set()
        self._backlog.end()
        self._thread.join(FAREWELL)
        if left := self._leave():
            self._keep(left)

    def _keep(self, left: Sequence[Piece]) -> None:
        fields = {"pieces": len(left), "path": str(self._path)}
        try:
            unwritten.keep(self._path, left)
            log.warning("intake.kept", extra=fields)
        except OSError:
            log.exception("intake.lost", extra=fields)

    def _leave(self) -> list[Piece]:
        """All that is not written. The thread begins with nothing more; what it has in hand it may yet write."""
        with self._taking:
            self._left = True
            left = [one.piece for one in self._in_hand]
            left += [Piece(rest) for rest, _ in self._rest]
            while (piece := self._backlog.take_left() or self._backlog.take(wait=False)) is not None:
                left.append(piece)
            return left

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            kept = unwritten.kept(self._path)
            self._backlog.put_left(kept)
            self._tell(self._begun)
            if kept:
                log.info("intake.found", extra={"pieces": len(kept)})
                del kept
                self._write_all(self._take_kept)
                unwritten.forget(self._path)
            self._write_all(self._take_read)
        except _Stopped:
            pass
        except Exception:
            log.exception("intake.failed")
            self._failed()
        finally:
            self._unread.sum_up()
            connection.close()
            store.engine.close()

    def _take_kept(self, *, wait: bool) -> Piece | None:
        piece = self._backlog.take_left()
        self._tell_of_room()
        return piece

    def _take_read(self, *, wait: bool) -> Piece | None:
        piece = self._backlog.take(wait=wait)
        self._tell_of_room()
        return piece

    def _tell_of_room(self) -> None:
        if self._held_back and not self._backlog.half_full:
            self._tell(self._room)

    def _tell(self, event: asyncio.Event) -> None:
        # Without a loop nobody reads any more.
        with suppress(RuntimeError):
            self._here.call_soon_threadsafe(event.set)

    def _write_all(self, take: _Take) -> None:
        while self._gather(take):
            # At the first message, and not before: it imports all the code of task functions.
            self._insist("import", registry, away=(Exception,))
            self._take_in([_message(one) for one in self._in_hand])

    def _gather(self, take: _Take) -> bool:
        """Take in hand as much as one transaction takes in; False when there is no more."""
        with self._taking:
            if self._left:
                raise _Stopped
            self._in_hand = []
            size = 0
            key = None
            while len(self._in_hand) < MESSAGES_AT_ONCE and size < BYTES_AT_ONCE:
                found = next(self._rest, None)
                if found is not None:
                    self._in_hand.append(_in_hand(*found, key))
                    size += len(found[0])
                elif (piece := take(wait=not self._in_hand)) is not None:
                    self._rest, key = codec.tasks_decoder.contents(piece.body), piece.key
                else:
                    break
            return bool(self._in_hand)

    def _take_in(self, messages: Sequence[Asked | Rejected]) -> None:
        try:
            reasons = self._insist("take in", lambda: store.take_in(messages))
        except _Refused as refused:
            self._take_in_apart(messages, refused)
            return
        for message, reason in zip(messages, reasons, strict=True):
            why = message.draft.rejection if reason is None and isinstance(message, Asked) else reason
            if why is not None:
                self._unread.tell(TASKS, [Unreadable(cut=message.body[:200], why=why)])

    def _take_in_apart(self, messages: Sequence[Asked | Rejected], refused: _Refused) -> None:
        """One message that the record can't hold, which none should be, must not keep the others waiting."""
        half = len(messages) // 2
        if half:
            self._take_in(messages[:half])
            self._take_in(messages[half:])
        elif isinstance(messages[0], Asked):
            self._take_in([Rejected(messages[0].body, f"the record does not take it: {refused}")])
        else:
            log.error("message.dropped", extra={"cut": messages[0].body[:200], "why": str(refused)})

    def _insist[T](self, wanted: str, call: Callable[[], T], away: tuple[type[Exception], ...] = _AWAY) -> T:
        """The answer, however often it takes. Raises _Refused when an error is none of those, and comes again."""
        pause = FIRST_PAUSE
        tries = refusals = 0
        while True:
            try:
                return call()
            except away as error:
                problem: Exception = error
            except Exception as error:
                log.exception("record.failed", extra={"asked": wanted})
                refusals += 1
                if refusals == REFUSALS:
                    raise _Refused(f"{type(error).__name__}: {error}") from error
                problem = error
            tries += 1
            if tries.bit_count() == 1:
                log.warning("intake.waits", extra={"asked": wanted, "tries": tries, "why": str(problem)})
            if self._stopping.wait(pause):
                raise _Stopped
            pause = min(2 * pause, LONGEST_PAUSE)
            # Whatever state the connection is in, the next try starts on a new one.
            connection.close()


def _in_hand(piece: bytes, content: Ask | Unreadable, key: str | None) -> _InHand:
    """The message, with the id that its task will have however often this is tried."""
    if isinstance(content, Unreadable) or content.task_id:
        return _InHand(Piece(piece), content)
    key = key or new_id()
    return _InHand(Piece(piece, key), msgspec.structs.replace(content, task_id=key))


def _message(one: _InHand) -> Asked | Rejected:
    if isinstance(one.content, Unreadable):
        return Rejected(body(one.piece.body), one.content.why)
    try:
        return asked(one.content, one.piece.body)
    except Exception:
        # A fault in this process, or in a type hint of a task function: no reason to keep the others waiting.
        log.exception("message.failed")
        return Rejected(body(one.piece.body), "it could not be checked; the ventilator's log tells more")
