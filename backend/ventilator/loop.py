"""The ventilator's process: sockets, clock and log. It obeys the machine and decides nothing."""

import asyncio
import logging
import signal
from typing import Any, assert_never

from backend.tasks import wake
from backend.ventilator.effects import (
    Close,
    Effect,
    Fill,
    Lose,
    Open,
    Publish,
    RaiseEpoch,
    ReadRecord,
    Send,
    Shut,
    WriteWorkers,
)
from backend.ventilator.events import Event, StatusHeard, Ticked, Woken
from backend.ventilator.machine import Ventilator
from backend.ventilator.recording import Began, GaveUp, Recording, Told
from wire import codec
from wire.messages import OnStatus
from wire.supervision import Supervision
from wire.topics import CONTROL, STATUS, Topic
from wire.transports import Sender, Transport

log = logging.getLogger("zonda.ventilator")

FRAMES_AT_ONCE = 200
"""Frames from `status` that are read as one event; the clock gets its turn in between."""


class Loop:
    """One ventilator, from its first epoch until it is stopped. Make it under the lock `ventilator`; run it once."""

    def __init__(self, transport: Transport, supervision: Supervision) -> None:
        self._transport = transport
        self._supervision = supervision
        self._topics: dict[Topic, Sender] = {}
        self._machine: Ventilator | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """The process's exit code: 0 when it was stopped, 1 when it gave up."""
        self._here = asyncio.get_running_loop()
        self._end: asyncio.Future[int] = self._here.create_future()
        self._here.set_exception_handler(self._fail)
        self._status = self._transport.pull(STATUS, own=True)
        self._control = self._transport.publish(CONTROL)
        self._hints = wake.listen()
        self._recording = Recording(self._pass_on)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._here.add_signal_handler(number, self._stop, 0)
        lifeline = self._supervision.fileno()
        if lifeline >= 0:
            self._here.add_reader(lifeline, self._feel_lifeline)
        self._recording.start()
        reading: asyncio.Task[None] | None = None
        try:
            await self._wait_for_machine()
            if self._machine is not None:
                self._here.add_reader(self._hints, self._take_hints)
                reading = self._here.create_task(self._read_status())
                reading.add_done_callback(self._reading_ended)
                self._supervision.ready()
            return await self._end
        finally:
            self._here.remove_reader(self._hints)
            if lifeline >= 0:
                self._here.remove_reader(lifeline)
            if self._timer is not None:
                self._timer.cancel()
            await self._finish(reading)

    async def _wait_for_machine(self) -> None:
        self._began = asyncio.Event()
        waiting: list[asyncio.Future[Any]] = [self._here.create_task(self._began.wait()), self._end]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        waiting[0].cancel()

    async def _finish(self, reading: "asyncio.Task[None] | None") -> None:
        # The write in hand may take a moment; what it tells us afterwards falls into a loop that has ended.
        await asyncio.to_thread(self._recording.stop)
        self._hints.close()
        self._status.close()
        self._control.close()
        for sender in self._topics.values():
            sender.close()
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])

    # --- what happens ------------------------------------------------------------------------------------------------

    def _pass_on(self, told: Told) -> None:
        self._here.call_soon_threadsafe(self._hear_record, told)

    def _hear_record(self, told: Told) -> None:
        match told:
            case Began(epoch, known):
                self._machine = Ventilator(epoch, known, self._here.time())
                log.info(
                    "ventilator.began",
                    extra={"epoch": epoch, "workers": len(known.workers), "grants": len(known.grants)},
                )
                self._began.set()
                self._handle(Ticked())
            case GaveUp(why):
                log.error("ventilator.gave_up", extra={"why": why})
                self._stop(1)
            case _:
                self._handle(told)

    async def _read_status(self) -> None:
        async for frame in self._status.frames():
            messages = self._read(frame)
            for _ in range(FRAMES_AT_ONCE):
                if (more := self._status.take()) is None:
                    break
                messages += self._read(more)
            if messages:
                self._handle(StatusHeard(tuple(messages)))

    def _read(self, frame: bytes) -> list[OnStatus]:
        messages, unreadable = codec.status_decoder.decode(frame)
        for bad in unreadable:
            log.warning("message.unreadable", extra={"topic": STATUS, "cut": bad.cut, "why": bad.why})
        return messages

    def _reading_ended(self, reading: "asyncio.Task[None]") -> None:
        if reading.cancelled() or self._end.done():
            return
        log.error("ventilator.gave_up", exc_info=reading.exception(), extra={"why": "status cannot be read"})
        self._stop(1)

    def _take_hints(self) -> None:
        try:
            while self._hints.recv(16):
                pass
        except BlockingIOError:
            pass
        self._handle(Woken())

    def _feel_lifeline(self) -> None:
        if self._supervision.gone():
            self._stop(0)

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Half-obeyed, nothing here can be trusted any more; the next start reads everything anew.
        why = context.get("exception")
        log.error("ventilator.gave_up", exc_info=why, extra={"why": context.get("message")})
        self._stop(1)

    def _stop(self, code: int) -> None:
        if not self._end.done():
            self._end.set_result(code)

    # --- what is done about it ---------------------------------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        if self._machine is None or self._end.done():
            return
        for effect in self._machine.handle(event, self._here.time()):
            self._obey(effect)
        self._set_timer(self._machine.next_deadline())

    def _set_timer(self, deadline: float) -> None:
        """An early tick is harmless, so a timer that is set stays unless it would be late."""
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline != float("inf"):
            self._timer = self._here.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._handle(Ticked())

    def _obey(self, effect: Effect) -> None:
        match effect:
            case Send(to, messages):
                # Nobody there to take it: the worker's beats will show that it is missing.
                self._topics[to].send(codec.encode(messages))
            case Publish(message):
                self._control.send(codec.encode([message]))
            case Open(topic):
                log.info("worker.seated", extra={"worker": topic})
                self._topics[topic] = self._transport.push(topic, own=True)
            case Shut(topic):
                log.info("worker.left", extra={"worker": topic})
                self._topics.pop(topic).close()
            case Close(closings):
                log.info(
                    "grants.closed", extra={"count": len(closings), "causes": sorted({one.cause for one in closings})}
                )
                self._recording.ask(effect)
            case RaiseEpoch() | Fill() | ReadRecord() | Lose() | WriteWorkers():
                self._recording.ask(effect)
            case _:
                assert_never(effect)
