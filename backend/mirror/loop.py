"""The mirror's process: reads the record, writes to Redis, and waits. What and from where on, the plan says.

Nobody waits for it. Whatever Redis answers, and however long it is away, the mirror tries again and goes on from where
the copy stands; only a fault of its own, or of the record, ends it.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from django.db import connections
from msgspec.structs import replace
from redis.exceptions import RedisError

from backend.mirror import plan, record
from backend.mirror.hashes import FIRST_CURSOR, Hashes, Superseded
from backend.mirror.plan import Batch, Place, Start
from backend.tasks.changes import Changes
from backend.tasks.store.pruning import TOMBSTONES_STAY
from wire.life import Life
from wire.supervision import Supervision

log = logging.getLogger("mirror")

LOOK_EVERY: Final = 0.05
"""Seconds between two looks at whether the record has changed."""

CHECK_EVERY: Final = 1.0
"""Seconds without a word to Redis, after which it is asked whether it still has what it had."""

FAREWELL: Final = 0.7
"""Seconds to copy the last changes when the mirror is stopped."""

STEADY: Final = 2.0
"""Seconds that a session has to last until what went wrong before is forgotten."""

_FOREIGN_NAMED: Final = 5


class Loop:
    """One mirror, until it is stopped. Make it under the lock `mirror`; run it once."""

    def __init__(
        self,
        url: str,
        changes: Changes,
        retention: timedelta | None,
        supervision: Supervision,
        show_life: Callable[[], None] = lambda: None,
    ) -> None:
        """`show_life` is called whenever Redis has answered, at least every second while it does."""
        self._url = url
        self._show_life = show_life
        self._changes = changes
        self._retention = retention
        self._supervision = supervision
        self._form = plan.form(retention)
        # Django's connection belongs to a thread, and the event loop's own must not wait for it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._seen = 0
        self._version = -1
        self._failures = 0
        self._trouble = ""
        self._stopping = False

    async def run(self) -> int:
        """The process's exit code."""
        self._here = asyncio.get_running_loop()
        self._life = Life("mirror", self._supervision, self._stop)
        mirroring = self._here.create_task(self._mirror())
        self._life.rests_on(mirroring)
        try:
            return await self._life.ended()
        finally:
            mirroring.cancel()
            await asyncio.wait([mirroring])
            await self._read(connections.close_all)
            self._thread.shutdown()

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._here.call_later(FAREWELL, self._life.end, 0)

    async def _mirror(self) -> None:
        identity = await self._read(record.identity)
        self._seen = (await self._read(record.extent)).revision
        # Redis may be away: then there is all the more to do.
        self._supervision.ready()
        hashes = Hashes(self._url, identity)
        try:
            await self._session(hashes)
            while not self._stopping:
                await self._session(hashes)
        finally:
            with suppress(RedisError, OSError):
                await hashes.close()
        self._life.end(0)

    async def _session(self, hashes: Hashes) -> None:
        try:
            await self._follow(hashes, await self._begin(hashes))
        except Superseded as superseded:
            log.warning("mirror.superseded", extra={"why": str(superseded)})
            await self._pause()
        except (RedisError, OSError) as error:
            self._tell(error)
            await self._pause()

    async def _begin(self, hashes: Hashes) -> Place:
        kept = await hashes.begin(secrets.token_hex(8))
        extent = await self._read(record.extent)
        forgotten = _now() - min(self._retention or TOMBSTONES_STAY, TOMBSTONES_STAY)
        place, start = plan.begin(kept, extent, seen=self._seen, wanted=self._form, forgotten=forgotten)
        self._seen = extent.revision
        if start is not Start.RESUMED:
            await hashes.write([], [], place, self._form, _now())
        if self._trouble:
            self._trouble = ""
            log.info("redis.back")
        log.info(
            "mirror.began",
            extra={"why": start.value, "behind": extent.revision - place.revision, "fill_in_below": place.below},
        )
        return place

    async def _follow(self, hashes: Hashes, place: Place) -> None:
        """Copy whatever comes, until the mirror is stopped or the record is put back."""
        began_at = told_at = self._here.time()
        behind, cursor = True, FIRST_CURSOR
        while True:
            stopping = self._stopping  # asked before the look: what was committed before the stop is copied
            version = self._changes.version()
            if behind or version != self._version:
                batch = await self._read(partial(record.read, place))
                self._version, self._seen = version, batch.revision
                if plan.went_back(place, batch):
                    return
                following = plan.after(place, batch)
                if following != place:
                    await self._write(hashes, batch, following)
                    place, told_at = following, self._here.time()
                behind = batch.more or place.below > 0
            if behind:
                continue
            if stopping:
                return
            if place.sweep:
                cursor, place = await self._sweep(hashes, cursor, place)
                continue
            now = self._here.time()
            if now - told_at >= CHECK_EVERY:
                await hashes.check()
                self._show_life()
                told_at = now
            if now - began_at >= STEADY:
                self._failures = 0
            await asyncio.sleep(LOOK_EVERY)

    async def _write(self, hashes: Hashes, batch: Batch, place: Place) -> None:
        foreign = await hashes.write(plan.writes(batch, self._retention), batch.gone, place, self._form, _now())
        self._show_life()
        if foreign:
            log.warning(
                "hashes.skipped",
                extra={
                    "count": len(foreign),
                    "keys": list(foreign[:_FOREIGN_NAMED]),
                    "why": "there is something at these keys that is no hash",
                },
            )

    async def _sweep(self, hashes: Hashes, cursor: str, place: Place) -> tuple[str, Place]:
        """Delete some of the hashes whose tasks the record does not have. Changes get their turn in between."""
        following, keys = await hashes.look(cursor)
        gone = await self._read(partial(record.missing, keys))
        after = replace(place, sweep=following != FIRST_CURSOR)
        if gone or after != place:
            await hashes.write([], gone, after, self._form, _now())
        return following, after

    def _tell(self, error: Exception) -> None:
        """Once for each kind of trouble, not each time that it is met."""
        trouble = type(error).__name__
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("redis.away", extra={"why": f"{trouble}: {error}"})

    async def _pause(self) -> None:
        self._failures += 1
        if not self._stopping:
            await asyncio.sleep(plan.pause(self._failures))

    async def _read[T](self, reading: Callable[[], T]) -> T:
        return await self._here.run_in_executor(self._thread, reading)


def _now() -> datetime:
    return datetime.now(UTC)
