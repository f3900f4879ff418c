"""Long polls: a query waits for another answer, and costs neither a thread nor a connection while it waits.

Busy    as many wait already as are allowed to, or the server is stopping
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable

from msgspec import Struct, field

from backend.api.answer import Answer
from backend.api.request import Condition

EVERY = 0.1
"""Seconds between two executions of one query, at least."""

LOOK_EVERY = 0.05
"""Seconds between two looks at the record's version, while somebody waits."""

SHARE = 0.25
"""The part of a core that executing for those who wait may take in all."""

OWN_SHARE = 0.05
"""The part of a core that executing one query may take: a dear one comes more seldom, and leaves the others theirs. It
may be one execution ahead of that after a rest: what has just been created often ends a moment later."""

AT_ONCE = 16
"""Waiters that are told in one round of the event loop: whoever asks for something meanwhile has a turn in between."""

MAX_WAITERS = 10_000

KEPT_AT_MOST = 64 * 1024 * 1024
"""Bytes of all answers that are kept for those who come later. One that finds no room is told, and then only its tag is
kept: who comes without knowing it has the query executed once more."""

Execute = Callable[[], Awaitable[Answer]]


class Busy(Exception):
    """As many wait already as are allowed to, or the server is stopping."""


class _Waiter(Struct, eq=False):
    """One request. `leaving` says that its time is over, and the next execution is its last look."""

    condition: Condition
    future: asyncio.Future[Answer | None]
    leaving: bool = False


class _Watch(Struct, eq=False):
    """One distinct query, executed once however many wait for it.

    `etag` is that of its last answer, `answer` the same unless there is no room for it. By the monotonic clock it is
    not executed again before it is `due`, and by `paid` it has taken no more than its share.
    """

    execute: Execute
    waiters: set[_Waiter] = field(default_factory=set)
    etag: str | None = None
    answer: Answer | None = None
    version: int = -1
    due: float = 0.0
    paid: float = 0.0
    keeper: asyncio.Task[None] | None = None


class Live:
    """Everybody who waits, in one event loop. The record's `version` changes whenever any process commits."""

    def __init__(self, version: Callable[[], int], *, limit: int = MAX_WAITERS) -> None:
        self._read_version = version
        self._limit = limit
        self._watches: dict[Hashable, _Watch] = {}
        self._waiting = 0
        self._kept = 0
        self._closing = False
        self._version = -1
        self._moved = asyncio.Event()
        self._looker: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._telling = asyncio.Lock()

    def __len__(self) -> int:
        return self._waiting

    async def wait(
        self, key: Hashable, execute: Execute, condition: Condition, gone: asyncio.Future[None]
    ) -> Answer | None:
        """An answer that the client does not know yet, or in the end the one it knows; None when it has `gone`, or
        when in the end there is no other and the one it knows is not kept.

        `key` is equal exactly for calls that have the same answer. Raises Busy.
        """
        if self._closing or self._waiting >= self._limit:
            raise Busy
        watch = self._watches.setdefault(key, _Watch(execute))
        waiter = _Waiter(condition, asyncio.get_running_loop().create_future())
        watch.waiters.add(waiter)
        self._waiting += 1
        try:
            self._look()
            if watch.etag is not None and watch.version == self._version and not condition.knows(watch.etag):
                return watch.answer or await execute()
            self._keep(key, watch)
            return await self._told(watch, waiter, gone)
        finally:
            watch.waiters.discard(waiter)
            self._waiting -= 1

    def changed(self) -> None:
        """This process has committed something: look at once rather than in a moment."""
        if self._waiting:
            self._look()

    async def close(self) -> None:
        """Let nobody wait any longer. Those who do get no new answer."""
        self._closing = True
        tasks = [watch.keeper for watch in self._watches.values() if watch.keeper]
        if self._looker:
            tasks.append(self._looker)
        for watch in self._watches.values():
            for waiter in watch.waiters:
                if not waiter.future.done():
                    waiter.future.set_exception(Busy())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _told(self, watch: _Watch, waiter: _Waiter, gone: asyncio.Future[None]) -> Answer | None:
        parties = (waiter.future, gone)
        await asyncio.wait(parties, timeout=waiter.condition.wait, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            return None
        if not waiter.future.done():
            self._look()
            if watch.version == self._version:
                return watch.answer
            # Something has changed that the query has not been executed for: its last look.
            waiter.leaving = True
            await asyncio.wait(parties, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        return waiter.future.result() if waiter.future.done() else watch.answer

    def _look(self) -> None:
        version = self._read_version()
        if version != self._version:
            self._version = version
            self._moved.set()
            self._moved = asyncio.Event()

    def _keep(self, key: Hashable, watch: _Watch) -> None:
        if watch.keeper is None or watch.keeper.done():
            watch.keeper = asyncio.create_task(self._keep_told(key, watch))
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        while self._waiting:
            await asyncio.sleep(LOOK_EVERY)
            self._look()

    async def _keep_told(self, key: Hashable, watch: _Watch) -> None:
        """Execute the query whenever the record has changed, until nobody waits for it."""
        while watch.waiters:
            await asyncio.sleep(max(0.0, watch.due - time.monotonic()))
            answer = await self._execute(watch)
            await self._tell_all(watch, answer)
            while watch.waiters and watch.version == self._version:
                moved = self._moved
                try:
                    # A watch that everybody has left must end though nothing moves.
                    await asyncio.wait_for(moved.wait(), 1.0)
                except TimeoutError:
                    continue
        self._keep_answer(watch, None)
        # A client that comes back at once must find how lately its query was executed.
        await asyncio.sleep(max(EVERY, watch.paid - time.monotonic()))
        if watch.waiters:
            watch.keeper = None
            self._keep(key, watch)
        else:
            self._watches.pop(key, None)

    async def _tell_all(self, watch: _Watch, answer: Answer) -> None:
        # One query after the other: many at once would have as many times AT_ONCE in each round.
        async with self._telling:
            told = 0
            for waiter in tuple(watch.waiters):
                told += _tell(waiter, answer)
                if told == AT_ONCE:
                    told = 0
                    await asyncio.sleep(0)

    def _keep_answer(self, watch: _Watch, answer: Answer | None) -> None:
        if watch.answer is not None:
            self._kept -= len(watch.answer.body)
        watch.etag = answer.etag if answer else None
        has_room = answer is not None and self._kept + len(answer.body) <= KEPT_AT_MOST
        watch.answer = answer if has_room else None
        if watch.answer is not None:
            self._kept += len(watch.answer.body)

    async def _execute(self, watch: _Watch) -> Answer:
        await self._turn.acquire()
        rest = 0.0
        try:
            started = time.monotonic()
            watch.due = started + EVERY
            # Read before executing: a commit in between costs one execution too many, never one too few.
            self._look()
            version = self._version
            answer = await watch.execute()
            self._keep_answer(watch, answer)
            watch.version = version
            pause = answer.cost / OWN_SHARE
            watch.paid = max(watch.paid, started) + pause
            watch.due = max(watch.due, watch.paid - pause)
            rest = answer.cost * (1 / SHARE - 1)
            return answer
        finally:
            asyncio.get_running_loop().call_later(rest, self._turn.release)


def _tell(waiter: _Waiter, answer: Answer) -> bool:
    """Whether it was told: it may know the answer already, or have been told another one."""
    if waiter.future.done():
        return False
    if waiter.leaving or answer.status >= 300 or answer.faulty or not waiter.condition.knows(answer.etag):
        waiter.future.set_result(answer)
        return True
    return False
