"""The worker's loop: sockets, children and the clock. It decides nothing; the machine does."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import assert_never, cast

from wire import codec
from wire.life import Life
from wire.messages import Hello, OnResults, OnStatus
from wire.supervision import Supervision
from wire.topics import CONTROL, RESULTS, STATUS, Topic
from wire.transports import Receiver, Sender, Transport
from wire.unread import Unread
from workers.children import Children
from workers.effects import (
    Effect,
    Exit,
    Interrupt,
    KillChild,
    Listen,
    RetireChild,
    Run,
    StartChild,
    ToChildren,
    ToResults,
    ToStatus,
    Unlisten,
)
from workers.events import AssignedHeard, Event, FrameHeard, StopAsked, Ticked
from workers.machine import Identity, Worker
from workers.settings import Settings

log = logging.getLogger("workers")

_FRAMES_AT_ONCE = 64
_LINGER = 0.002


class Loop:
    """Feeds the machine what happens, and does what it asks for."""

    def __init__(self, settings: Settings, identity: Identity, transport: Transport, supervision: Supervision) -> None:
        self._transport = transport
        self._supervision = supervision
        self._machine = Worker(identity, monotonic())
        self._children = Children(settings, self._happened)
        self._unread = Unread(log)
        self._stop_asked = False
        self._told_ready = False
        self._hello_logged = 0
        self._status: Sender
        self._results: Sender
        self._receiver: Receiver | None = None
        self._listening: asyncio.Task[None] | None = None
        # Messages wait for the end of the turn, and under load a little longer, so that many travel in few frames.
        self._to_status: list[OnStatus] = []
        self._to_results: list[OnResults] = []
        self._turn_ends = False
        self._flushed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """Work until told to stop; the process's exit code."""
        self._loop = asyncio.get_running_loop()
        self._life = Life("worker", self._supervision, self._stop)
        self._status = self._transport.push(STATUS)
        self._results = self._transport.push(RESULTS)
        control = self._loop.create_task(self._hear_control(self._transport.subscribe(CONTROL)))
        self._life.rests_on(control)
        try:
            self._happened(Ticked())
            return await self._life.ended()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            control.cancel()
            self._unlisten()
            await self._children.close()
            self._flush()
            self._unread.sum_up()

    def _happened(self, event: Event) -> None:
        for effect in self._machine.handle(event, monotonic()):
            self._obey(effect)
        if not self._turn_ends:
            self._turn_ends = True
            linger = self._flushed_at + _LINGER - monotonic() if self._machine.under_load else 0.0
            if linger > 0:
                self._loop.call_later(linger, self._end_turn)
            else:
                self._loop.call_soon(self._end_turn)

    def _obey(self, effect: Effect) -> None:
        match effect:
            case ToStatus(messages):
                self._log_hellos(messages)
                self._to_status += messages
            case ToResults(messages):
                self._to_results += messages
            case Listen(topic):
                log.info("topic.joined", extra={"topic": topic})
                self._listen(topic)
            case Unlisten():
                log.info("topic.left")
                self._unlisten()
            case Exit(code):
                log.info("worker.ends", extra={"code": code})
                self._life.end(code)
            case _:
                self._obey_for_child(effect)

    def _obey_for_child(self, effect: ToChildren) -> None:
        match effect:
            case Run(child, grant, topic):
                self._children.run(child, grant, topic)
            case StartChild(child):
                self._children.start(child)
            case Interrupt(child, fence, why):
                log.info("child.interrupted", extra={"child": child, "fence": fence, "why": why})
                self._children.interrupt(child, fence, why)
            case KillChild(child, why):
                log.warning("child.killed", extra={"child": child, "why": why})
                self._children.kill(child)
            case RetireChild(child, why):
                log.info("child.retired", extra={"child": child, "why": why})
                self._children.retire(child)
            case _:
                assert_never(effect)

    def _log_hellos(self, messages: tuple[OnStatus, ...]) -> None:
        for message in messages:
            if isinstance(message, Hello) and message.hello != self._hello_logged:
                self._hello_logged = message.hello
                log.info("hello.said", extra={"hello": message.hello, "topic": message.topic or None})

    def _end_turn(self) -> None:
        self._turn_ends = False
        self._flushed_at = monotonic()
        self._flush()
        if self._machine.in_touch and not self._told_ready:
            self._told_ready = True
            log.info("worker.ready")
            self._supervision.ready()
        self._set_timer()

    def _flush(self) -> None:
        # What nobody takes now is said again: by the next beat, or from the outbox.
        if self._to_results:
            for frame in codec.frames(self._to_results):
                self._results.send(frame)
            self._to_results = []
        if self._to_status:
            for frame in codec.frames(self._to_status):
                self._status.send(frame)
            self._to_status = []

    def _set_timer(self) -> None:
        deadline = self._machine.next_deadline()
        if deadline == float("inf"):
            return
        if self._timer is not None:
            if self._timer.when() <= deadline:
                # It rings too early at worst, and is set again then: cheaper than a new one for each message.
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if monotonic() >= self._machine.next_deadline():
            self._happened(Ticked())
        else:
            self._set_timer()

    def _listen(self, topic: Topic) -> None:
        self._receiver = self._transport.pull(topic)
        self._listening = self._loop.create_task(self._hear_topic(topic, self._receiver))
        self._life.rests_on(self._listening)

    def _unlisten(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        if self._receiver is not None:
            self._receiver.close()
        self._receiver = self._listening = None

    async def _hear_topic(self, topic: Topic, receiver: Receiver) -> None:
        async with aclosing(cast("AsyncGenerator[bytes]", receiver.frames())) as frames:
            async for frame in frames:
                self._take(topic, frame)
                for _ in range(_FRAMES_AT_ONCE):
                    if receiver is not self._receiver or (more := receiver.take()) is None:
                        break
                    self._take(topic, more)
                # A frame that is there already is given without waiting: let the rest of the loop have its turn.
                await asyncio.sleep(0)

    def _take(self, topic: Topic, frame: bytes) -> None:
        messages, unreadable = codec.worker_topic_decoder.decode(frame)
        self._unread.tell(topic, unreadable)
        if messages:
            self._happened(FrameHeard(tuple(messages)))

    async def _hear_control(self, receiver: Receiver) -> None:
        try:
            async for frame in receiver.frames():
                messages, unreadable = codec.control_decoder.decode(frame)
                self._unread.tell(CONTROL, unreadable)
                for message in messages:
                    self._happened(AssignedHeard(message))
                await asyncio.sleep(0)
        finally:
            receiver.close()

    def _stop(self) -> None:
        self._happened(StopAsked(hurry=self._stop_asked))
        self._stop_asked = True
