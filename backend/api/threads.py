"""The threads that speak to the database, so that the event loop never waits for it.

Each keeps one connection open for as long as it runs. Writes go through one thread: what waits is committed together.

Full       too much waits already, or for too long
Unsaved    the commit failed: nothing of it is in the record
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Any, Final

from django.db import connection, connections

from backend.tasks import unreachable

ALONE: Final = 2**63
"""The weight of a piece that shares its transaction with no other."""

log = logging.getLogger(__name__)


READS_AT_MOST: Final = 4_096
WRITES_AT_MOST: Final = 4_096
"""Pieces that wait for the threads that read, and for the one that writes. `bodies` bounds what they hold."""

SERVICES_AT_MOST: Final = 16
"""Pieces of our own services that wait beyond them, and before them: what a crowd asks keeps no report waiting."""

WAITS_AT_MOST: Final = 15.0
"""Seconds that a piece waits for its turn with the writer. One that has begun takes what waiting for the record takes:
at most ten seconds for who writes in another process of ours, and ten for a program that is not."""


class Full(Exception):
    """Too much waits already, or for too long."""


class Unsaved(Exception):
    """The commit failed, and the text says why: nothing of it is in the record."""

    def __init__(self, why: str = unreachable.UNREACHABLE) -> None:
        super().__init__(why)


class Piece[T]:
    """Some work for another thread, and the future that the event loop waits on."""

    def __init__(self, work: Callable[[], T], weight: int = 0, *, service: bool = False) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._result: T | None = None
        self._error: BaseException | None = None
        self.weight = weight
        self.service = service
        self.future: asyncio.Future[T] = self._loop.create_future()

    def run(self) -> None:
        try:
            self._result = self._work()
        except Exception as error:  # noqa: BLE001  (whoever awaits the future gets it, traceback and all)
            self._error = error

    def fail(self, error: BaseException) -> None:
        self._error = error

    @staticmethod
    def deliver(pieces: "Sequence[Piece[Any]]", afterwards: Callable[[], None] = lambda: None) -> None:
        """Give the results to those who wait for them, in one visit to the event loop."""

        def settle() -> None:
            for piece in pieces:
                if piece.future.done():
                    continue
                if piece._error is not None:
                    piece.future.set_exception(piece._error)
                else:
                    piece.future.set_result(piece._result)
            afterwards()

        try:
            pieces[0]._loop.call_soon_threadsafe(settle)
        except RuntimeError:
            # The loop is closed: nobody waits for these any more.
            return


class Readers:
    """A few threads that run what only reads."""

    def __init__(self, threads: int = 2, *, waiting: int = READS_AT_MOST) -> None:
        self._limit = waiting
        self._pieces: SimpleQueue[Piece[Any] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"reader-{number}", daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run[T](self, work: Callable[[], T]) -> T:
        """The result of the work. Raises Full, or what the work raised."""
        if self._pieces.qsize() >= self._limit:
            raise Full
        piece = Piece(work)
        self._pieces.put(piece)
        return await piece.future

    def close(self) -> None:
        """End the threads after what waits; blocks until they have ended."""
        for _ in self._threads:
            self._pieces.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while (piece := self._pieces.get()) is not None:
                piece.run()
                _look_after_connection()
                Piece.deliver([piece])
        finally:
            connections.close_all()


class Writer:
    """The one thread of this process that changes the record.

    What waits when it is free shares one transaction, up to `batch` pieces or `weight` bytes of requests. A piece that
    is refused undoes its own work and spoils no other; all are answered after the commit. A heavier piece goes alone,
    and opens its transactions itself. Those of our own services go first.
    """

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[Any]],
        committed: Callable[[], None],
        *,
        batch: int = 64,
        weight: int = 64 * 1024,
        waiting: int = WRITES_AT_MOST,
        patience: float = WAITS_AT_MOST,
    ) -> None:
        self._transaction = transaction
        self._committed = committed
        self._batch = batch
        self._weight = weight
        self._limit = waiting
        self._patience = patience
        self._pieces: deque[Piece[Any]] = deque()
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def run[T](self, work: Callable[[], T], weight: int = 0, *, service: bool = False) -> T:
        """The result of the work, once it is committed. Raises Full, Unsaved, or what the work raised."""
        piece = Piece(work, weight, service=service)
        with self._changed:
            # They are the first of what waits, and few: none but the sink has the token.
            services = sum(1 for _ in takewhile(lambda one: one.service, self._pieces))
            waits, limit = (services, SERVICES_AT_MOST) if service else (len(self._pieces) - services, self._limit)
            if self._closing or waits >= limit:
                raise Full
            self._pieces.insert(services if service else len(self._pieces), piece)
            self._changed.notify()
        patience = asyncio.get_running_loop().call_later(self._patience, self._turn_away, piece)
        try:
            return await piece.future
        finally:
            patience.cancel()

    def _turn_away(self, piece: Piece[Any]) -> None:
        """Let a piece that has not begun wait no longer; of one that has, nobody can say what it comes to."""
        with self._changed:
            if piece not in self._pieces:
                return
            self._pieces.remove(piece)
        if not piece.future.done():
            piece.future.set_exception(Full())

    def close(self) -> None:
        """End the thread after what waits; blocks until it has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        try:
            while batch := self._take():
                if batch[0].weight > self._weight:
                    self._run_alone(batch[0])
                else:
                    self._commit(batch)
        finally:
            connections.close_all()

    def _take(self) -> list[Piece[Any]]:
        """What to commit together next; waits for it; empty when there will be no more."""
        with self._changed:
            while not self._pieces and not self._closing:
                self._changed.wait()
            taken: list[Piece[Any]] = []
            weight = 0
            while self._pieces and len(taken) < self._batch:
                if taken and weight + self._pieces[0].weight > self._weight:
                    break
                taken.append(self._pieces.popleft())
                weight += taken[-1].weight
            return taken

    def _run_alone(self, piece: Piece[Any]) -> None:
        # Reading and checking thousands of tasks takes a while, in which others may write.
        piece.run()
        _look_after_connection()
        Piece.deliver([piece], self._committed)

    def _commit(self, batch: Sequence[Piece[Any]]) -> None:
        try:
            with self._transaction():
                for piece in batch:
                    piece.run()
                if connection.needs_rollback:
                    # Leaving the block now would roll back without a word.
                    raise Unsaved
        except Exception as error:
            log.exception("commit.failed", extra={"requests": len(batch)})
            if isinstance(error, unreachable.AWAY):
                # What waits has waited for the same: to let it try in its turn would double the time it takes.
                batch = [*batch, *self._take_all()]
            for piece in batch:
                piece.fail(Unsaved(unreachable.why(error)))
            # After a disk has failed nobody knows what a connection has in its cache.
            connection.close()
        Piece.deliver(batch, self._committed)

    def _take_all(self) -> list[Piece[Any]]:
        with self._changed:
            taken = list(self._pieces)
            self._pieces.clear()
        return taken


def _look_after_connection() -> None:
    """Go on with another connection after an error of the database's: nobody knows what this one has in its cache."""
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close()
    else:
        connection.close_if_unusable_or_obsolete()
