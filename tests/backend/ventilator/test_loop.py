"""The ventilator's loop on real sockets and the test's record; the test is its worker and its sink."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backend.tasks import store
from backend.tasks.models import Task, Worker
from backend.ventilator.loop import Loop
from backend.ventilator.machine import Ventilator
from tests.support.record import a_draft
from wire import codec
from wire.home import Home
from wire.messages import (
    Answer,
    Assigned,
    AttemptStarted,
    AttemptSucceeded,
    Beat,
    Freed,
    Goodbye,
    Grant,
    Hello,
    OnStatus,
    OnWorkerTopic,
    ReportKind,
    Settled,
    SettledBySink,
    VentilatorBeat,
)
from wire.topics import CONTROL, STATUS, topic
from wire.transports import Receiver
from wire.transports.zeromq import ZeroMQTransport

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 10.0


class Supervisor:
    """The other end of the lifeline."""

    def __init__(self) -> None:
        self.mine, self._theirs = socket.socketpair()
        self.told_ready = asyncio.Event()

    def ready(self) -> None:
        self.told_ready.set()

    def fileno(self) -> int:
        return self._theirs.fileno()

    def gone(self) -> bool:
        self._theirs.setblocking(False)
        try:
            return self._theirs.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        self.mine.close()
        self._theirs.close()


class AWorker:
    """Says hello, obeys, and takes what comes."""

    def __init__(self, transport: ZeroMQTransport, incarnation: str = "one") -> None:
        self.who: dict[str, Any] = {
            "incarnation": incarnation,
            "hello": 1,
            "name": "a worker",
            "host": "anna",
            "pid": 1,
            "queues": ("*",),
            "slots": 1,
        }
        self._transport = transport
        self._status = transport.push(STATUS)
        self._control = transport.subscribe(CONTROL)
        self._topic: Receiver | None = None
        self.frames = 0

    def say(self, message: OnStatus) -> None:
        self._status.send(codec.encode([message]))

    def shout(self, frame: bytes) -> None:
        self._status.send(frame)

    async def listen(self) -> None:
        """Be given a topic."""
        async with asyncio.timeout(WITHIN):
            while (frame := self._control.take()) is None:
                self.say(Hello(**self.who))
                await asyncio.sleep(0.02)
        ((assigned,), _) = codec.control_decoder.decode(frame)
        assert isinstance(assigned, Assigned)
        self.who["topic"] = assigned.topic
        self._topic = self._transport.pull(topic(assigned.topic))

    async def greet_until_it_ends(self, loop: "asyncio.Task[int]") -> None:
        """Hellos are lost until the connection stands."""
        async with asyncio.timeout(WITHIN):
            while not loop.done():
                self.say(Hello(**self.who))
                await asyncio.sleep(0.02)

    async def until(self, kind: type[OnWorkerTopic]) -> Any:
        """The next message of that kind; each frame before it is answered with a beat that holds nothing."""
        assert self._topic is not None
        async with asyncio.timeout(WITHIN):
            async for frame in self._topic.frames():
                messages, unreadable = codec.worker_topic_decoder.decode(frame)
                assert not unreadable
                wanted = [message for message in messages if isinstance(message, kind)]
                if wanted:
                    return wanted[0]
                self.say(Beat(**self.who, received=(messages[0].epoch, messages[0].seq)))
        raise AssertionError("the topic was closed")

    def close(self) -> None:
        self._status.close()
        self._control.close()
        if self._topic is not None:
            self._topic.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture(autouse=True)
def record() -> Iterator[None]:
    yield
    store.engine.close()


@asynccontextmanager
async def running(home: Home, supervisor: Supervisor) -> AsyncIterator["asyncio.Task[int]"]:
    transport = ZeroMQTransport(home)
    loop = asyncio.create_task(Loop(transport, supervisor).run())
    try:
        async with asyncio.timeout(WITHIN):
            await supervisor.told_ready.wait()
        yield loop
    finally:
        if not loop.done():
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait([loop], timeout=WITHIN)
        transport.close()


def act(home: Home, acting: Callable[["asyncio.Task[int]", AWorker, Supervisor], Awaitable[None]]) -> int:
    """Run a ventilator and the act beside it; the ventilator's exit code."""

    async def go() -> int:
        supervisor = Supervisor()
        transport = ZeroMQTransport(home)
        worker = AWorker(transport)
        try:
            async with running(home, supervisor) as loop:
                await acting(loop, worker, supervisor)
            return await loop
        finally:
            worker.close()
            transport.close()
            supervisor.close()

    return asyncio.run(go())


async def aside[T](call: Callable[..., T], *arguments: Any) -> T:
    """The call's answer, from a thread that leaves no connection behind."""

    def called() -> T:
        try:
            return call(*arguments)
        finally:
            connection.close()
            store.engine.close()

    return await asyncio.to_thread(called)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not await aside(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def test_a_task_goes_to_a_worker_and_its_answer_after_it(home: Home):
    async def acting(loop: object, worker: AWorker, supervisor: object) -> None:
        await worker.listen()
        await aside(store.create, [a_draft(1)])
        grant = await worker.until(Grant)
        assert bytes(grant.args) == b"[1]"
        assert (grant.incarnation, grant.attempt) == ("one", 1)

        common = {"task_id": grant.task_id, "attempt": 1, "fence": grant.fence, "worker": "W1", "incarnation": "one"}
        started = AttemptStarted(**common)
        assert await aside(store.report, [started]) == [Answer.APPLIED]
        succeeded = AttemptSucceeded(**common, ran=0.01, result=grant.args)
        assert await aside(store.report, [succeeded]) == [Answer.APPLIED]
        told = {"incarnation": "one", "task_id": grant.task_id, "fence": grant.fence}
        worker.say(Freed(**told, ran=0.01))
        worker.say(SettledBySink(**told, report=ReportKind.SUCCEEDED, answer=Answer.APPLIED))

        settled = await worker.until(Settled)
        assert (settled.fence, settled.answer) == (grant.fence, Answer.APPLIED)
        worker.say(Goodbye(incarnation="one"))
        await eventually(lambda: not Worker.objects.exists())

    assert act(home, acting) == 0
    assert Task.objects.get().status == "FINISHED"


def test_what_cannot_be_read_is_told_and_stops_nothing(home: Home, caplog: pytest.LogCaptureFixture):
    async def acting(loop: object, worker: AWorker, supervisor: object) -> None:
        await worker.listen()
        for rubbish in (b"\xff", b"{}", b'[{"kind": "beat"}]', b"[" * 10_000):
            worker.shout(rubbish)
        await eventually(lambda: caplog.messages.count("message.unreadable") == 4)
        await worker.until(VentilatorBeat)

    assert act(home, acting) == 0


def test_an_epoch_that_leaves_no_room_is_told_and_not_taken_over(home: Home, caplog: pytest.LogCaptureFixture):
    async def acting(loop: "asyncio.Task[int]", worker: AWorker, supervisor: object) -> None:
        absurd = Hello(**{**worker.who, "incarnation": "two"}, received=(2**31 - 2, 0))
        async with asyncio.timeout(WITHIN):
            while "epoch.disbelieved" not in caplog.messages:
                worker.say(absurd)
                await asyncio.sleep(0.02)
        await worker.listen()
        beat = await worker.until(VentilatorBeat)
        assert beat.epoch < 1000

    assert act(home, acting) == 0


def test_it_ends_when_its_supervisor_is_gone(home: Home):
    async def acting(loop: "asyncio.Task[int]", worker: AWorker, supervisor: Supervisor) -> None:
        supervisor.mine.close()
        await asyncio.wait([loop], timeout=WITHIN)
        assert loop.done()

    assert act(home, acting) == 1


def test_it_gives_up_when_another_ventilator_has_taken_over(home: Home, caplog: pytest.LogCaptureFixture):
    async def acting(loop: "asyncio.Task[int]", worker: AWorker, supervisor: object) -> None:
        await aside(store.raise_epoch, 0)
        await worker.greet_until_it_ends(loop)

    assert act(home, acting) == 1
    assert "ventilator.gave_up" in caplog.messages


def test_a_fault_of_its_own_ends_it(home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def broken(machine: Ventilator, event: object, now: float) -> None:
        raise ZeroDivisionError

    async def acting(loop: "asyncio.Task[int]", worker: AWorker, supervisor: object) -> None:
        monkeypatch.setattr(Ventilator, "handle", broken)
        await worker.greet_until_it_ends(loop)
        assert loop.done()

    assert act(home, acting) == 1
    assert "ZeroDivisionError" in caplog.text
