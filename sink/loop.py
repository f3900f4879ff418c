"""The sink's loop: a socket to read, one to write, and one HTTP call at a time. The machine decides."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import assert_never

from sink.backend import Backend
from sink.effects import Call, Effect, Exit, GiveUp, ToStatus
from sink.events import CallAnswered, CallFailed, CallRefused, Event, ReportsHeard, StopAsked, Ticked
from sink.machine import Sink
from sink.unreadable import refused
from wire import codec
from wire.life import Life
from wire.presence import Signs
from wire.supervision import Supervision
from wire.topics import RESULTS, STATUS
from wire.transports import Receiver, Transport
from wire.unread import Unread

log = logging.getLogger("sink")

_FRAMES_AT_ONCE = 256


class Loop:
    """Feeds the machine what happens, and does what it asks for."""

    def __init__(
        self,
        backend: Backend,
        transport: Transport,
        supervision: Supervision,
        show_life: Callable[[], None] = lambda: None,
    ) -> None:
        """`show_life` is called every few seconds while this loop turns."""
        self._backend = backend
        self._show_life = show_life
        self._transport = transport
        self._supervision = supervision
        self._machine = Sink()
        self._unread = Unread(log)
        self._caller = ThreadPoolExecutor(max_workers=1, thread_name_prefix="call")
        self._failing = False
        self._timer: asyncio.TimerHandle | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Work until told to stop; the process's exit code. The caller holds the lock of the home's sink."""
        self._loop = asyncio.get_running_loop()
        self._life = Life("sink", self._supervision, self._stop)
        self._room = asyncio.Event()
        self._status = self._transport.push(STATUS)
        results = self._transport.pull(RESULTS, own=True)
        reading = self._loop.create_task(self._read(results))
        self._life.rests_on(reading)
        signs = Signs(self._show_life)
        self._supervision.ready()
        log.info("sink.ready")
        try:
            return await self._life.ended()
        finally:
            signs.stop()
            if self._timer is not None:
                self._timer.cancel()
            reading.cancel()
            results.close()
            self._unread.sum_up()
            self._caller.shutdown(wait=False, cancel_futures=True)

    def _happened(self, event: Event) -> None:
        for effect in self._machine.handle(event, monotonic()):
            self._obey(effect)
        if not self._machine.full:
            self._room.set()
        self._set_timer()

    def _obey(self, effect: Effect) -> None:
        match effect:
            case Call(reports):
                call = self._loop.create_task(self._call(reports))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
            case ToStatus(messages):
                # Lost when nobody takes it: the worker reports again, and is answered DUPLICATE.
                for frame in codec.frames(messages):
                    self._status.send(frame)
            case GiveUp(task_id=task_id, fence=fence, why=why):
                log.error("report.given_up", extra={"task": task_id, "fence": fence, "why": why})
            case Exit(code):
                log.info("sink.ends", extra={"code": code})
                self._life.end(code)
            case _:
                assert_never(effect)

    async def _call(self, reports: tuple[bytes, ...]) -> None:
        event = await self._loop.run_in_executor(self._caller, self._backend.report, reports)
        match event:
            case CallAnswered():
                if self._failing:
                    log.info("backend.answers", extra={"reports": len(reports)})
                self._failing = False
            case CallRefused(why):
                log.warning("call.refused", extra={"reports": len(reports), "why": why})
            case CallFailed(why):
                if not self._failing:
                    log.warning("backend.silent", extra={"reports": len(reports), "why": why})
                self._failing = True
            case _:
                assert_never(event)
        self._happened(event)

    async def _read(self, results: Receiver) -> None:
        async for frame in results.frames():
            self._take(frame)
            for _ in range(_FRAMES_AT_ONCE):
                if self._machine.full or (more := results.take()) is None:
                    break
                self._take(more)
            # A frame that is there already is given without waiting: let the rest of the loop have its turn.
            await asyncio.sleep(0)
            if self._machine.full:
                log.warning("reading.paused")
                self._room.clear()
                await self._room.wait()
                log.info("reading.goes_on")

    def _take(self, frame: bytes) -> None:
        reports, unreadable = codec.results_decoder.decode(frame)
        if unreadable:
            self._unread.tell(RESULTS, unreadable)
            reports += refused(frame)
        if reports:
            self._happened(ReportsHeard(tuple(reports)))

    def _set_timer(self) -> None:
        deadline = self._machine.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline < float("inf"):
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._happened(Ticked())

    def _stop(self) -> None:
        if self._machine.stopping:
            self._life.end(0)
        self._happened(StopAsked())
