"""The ventilator's process: sockets, clock and log. It obeys the machine and decides nothing."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import assert_never

from backend.environment import environment
from backend.tasks import wake
from backend.ventilator.effects import (
    Close,
    Disbelieve,
    Effect,
    Fill,
    Lose,
    Open,
    Publish,
    RaiseEpoch,
    ReadRecord,
    Send,
    Shut,
    Tend,
    WriteWorkers,
)
from backend.ventilator.events import Event, StatusHeard, Ticked, Woken
from backend.ventilator.intake import Intake
from backend.ventilator.machine import Ventilator
from backend.ventilator.pruning import Pruning
from backend.ventilator.recording import Began, GaveUp, Recording, Told
from wire import codec
from wire.life import Life
from wire.messages import OnStatus
from wire.presence import Signs
from wire.supervision import Supervision
from wire.topics import CONTROL, STATUS, TASKS, Topic
from wire.transports import Receiver, Sender, Transport
from wire.unread import Unread

log = logging.getLogger("ventilator")

_FAULTY = 1

FRAMES_AT_ONCE = 200
MESSAGES_AT_ONCE = 2_000
"""From `status` so many frames are read as one event, or as many as have so many messages; the clock gets its turn in
between."""


class Loop:
    """One ventilator, from its first epoch until it is stopped. Make it under the lock `ventilator`; run it once."""

    def __init__(
        self,
        transport: Transport,
        supervision: Supervision,
        show_life: Callable[[], None] = lambda: None,
        retention: timedelta | None = None,
    ) -> None:
        """`show_life` is called every few seconds while this loop turns and the record answers.

        Tasks that ended longer ago than `retention` are taken off the record, None for never.
        """
        self._retention = retention
        self._transport = transport
        self._show_life = show_life
        self._supervision = supervision
        self._topics: dict[Topic, Sender] = {}
        self._machine: Ventilator | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: Receiver | None = None
        self._taking_in: asyncio.Task[None] | None = None
        self._unread = Unread(log)
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """The process's exit code: 0 when it was stopped, 1 when it gave up."""
        self._here = asyncio.get_running_loop()
        self._life = Life("ventilator", self._supervision, self._stop)
        self._status = self._transport.pull(STATUS, own=True)
        self._control = self._transport.publish(CONTROL)
        self._hints = wake.listen()
        self._recording = Recording(self._pass_on, self._show_life, Pruning(self._retention))
        self._recording.start()
        signs = Signs(self._recording.ask_for_life)
        self._intake = Intake(environment.home.path / "tasks.unwritten", self._intake_failed)
        try:
            return await self._life.ended()
        finally:
            signs.stop()
            self._here.remove_reader(self._hints)
            if self._timer is not None:
                self._timer.cancel()
            await self._finish()

    async def _finish(self) -> None:
        if self._asked is not None and self._taking_in is not None:
            self._taking_in.cancel()
            await asyncio.wait([self._taking_in])
            self._intake.drain(self._asked)
            self._asked.close()
            await asyncio.to_thread(self._intake.stop)
        # The write in hand may take a moment; what it tells us afterwards falls into a loop that has ended.
        await asyncio.to_thread(self._recording.stop)
        self._hints.close()
        self._status.close()
        self._control.close()
        for sender in self._topics.values():
            sender.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        self._unread.sum_up()

    # --- what happens ------------------------------------------------------------------------------------------------

    def _pass_on(self, told: Told) -> None:
        self._here.call_soon_threadsafe(self._hear_record, told)

    def _hear_record(self, told: Told) -> None:
        if self._life.over:
            return
        match told:
            case Began(epoch, known):
                log.info(
                    "ventilator.began",
                    extra={"epoch": epoch, "workers": len(known.workers), "grants": len(known.grants)},
                )
                self._begin(Ventilator(epoch, known, self._here.time()))
            case GaveUp(why):
                log.error("ventilator.gave_up", extra={"why": why})
                self._life.end(_FAULTY)
            case _:
                self._handle(told)

    def _begin(self, machine: Ventilator) -> None:
        self._machine = machine
        self._here.add_reader(self._hints, self._take_hints)
        self._reading = self._here.create_task(self._read_status())
        self._life.rests_on(self._reading)
        # Not before there is a record to write to: until then tasks are better kept by who sends them.
        self._asked = self._transport.pull(TASKS, own=True)
        self._intake.start()
        self._taking_in = self._here.create_task(self._intake.read(self._asked))
        self._life.rests_on(self._taking_in)
        self._supervision.ready()
        self._handle(Ticked())

    async def _read_status(self) -> None:
        async for frame in self._status.frames():
            messages = self._read(frame)
            for _ in range(FRAMES_AT_ONCE):
                if len(messages) >= MESSAGES_AT_ONCE or (more := self._status.take()) is None:
                    break
                messages += self._read(more)
            if messages:
                self._handle(StatusHeard(tuple(messages)))

    def _read(self, frame: bytes) -> list[OnStatus]:
        messages, unreadable = codec.status_decoder.decode(frame)
        self._unread.tell(STATUS, unreadable)
        return messages

    def _take_hints(self) -> None:
        try:
            while self._hints.recv(16):
                pass
        except BlockingIOError:
            pass
        self._handle(Woken())

    def _intake_failed(self) -> None:
        self._here.call_soon_threadsafe(self._life.end, _FAULTY)

    def _stop(self) -> None:
        self._life.end(0)

    # --- what is done about it ---------------------------------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        if self._machine is None or self._life.over:
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
            case Disbelieve(incarnation, named, ours):
                log.warning(
                    "epoch.disbelieved",
                    extra={
                        "incarnation": incarnation,
                        "named": named,
                        "epoch": ours,
                        "why": "a worker names an epoch that no ventilator of this record can have had; "
                        "it gets nothing until it is started again",
                    },
                )
            case RaiseEpoch() | Fill() | Tend() | ReadRecord() | Lose() | WriteWorkers():
                self._recording.ask(effect)
            case _:
                assert_never(effect)
