"""A whole worker process, with the test in the place of ventilator and sink."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TextIO, cast

from msgspec import Raw

from wire import codec
from wire.home import Home
from wire.messages import (
    Answer,
    Assigned,
    AttemptStarted,
    Beat,
    Freed,
    Grant,
    Hello,
    OnResults,
    OnStatus,
    ReportKind,
    Settled,
    VentilatorBeat,
)
from wire.topics import CONTROL, RESULTS, STATUS, worker_topic
from wire.transports import Receiver
from wire.transports.zeromq import ZeroMQTransport

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 20.0
W1 = worker_topic(1)


class Ventilator:
    """Owns every topic of a home, and speaks to its one worker."""

    def __init__(self, home: Home) -> None:
        self._transport = ZeroMQTransport(home)
        self._status = self._transport.pull(STATUS, own=True)
        self._results = self._transport.pull(RESULTS, own=True)
        self._control = self._transport.publish(CONTROL)
        self._topic = self._transport.push(W1, own=True)
        self._seq = 0
        self.last: Hello | Beat | None = None
        self.status: list[OnStatus] = []
        self.reports: list[OnResults] = []
        self._tasks = [
            asyncio.create_task(self._hear(self._status, codec.status_decoder, self._heard_status)),
            asyncio.create_task(self._hear(self._results, codec.results_decoder, self.reports.append)),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._transport.close()

    async def until[T](self, condition: Callable[[], T]) -> T:
        async with asyncio.timeout(WITHIN):
            while not (answer := condition()):
                assert not [task for task in self._tasks if task.done()]
                # The condition may be about anything: it is asked again.
                await asyncio.sleep(0.01)
        return answer

    async def in_touch(self) -> None:
        """Wait for a hello, and answer hellos until the worker beats."""
        await self.until(lambda: isinstance(self.last, Beat))

    def grant(self, fence: int, task: str, *args: object) -> None:
        self.send(
            Grant(
                **self.header(),
                task_id=f"t{fence}",
                task=task,
                args=Raw(json.dumps(args).encode()),
                kwargs=Raw(b"{}"),
                queue="default",
                priority=0,
                attempt=1,
                fence=fence,
            )
        )

    def settle(self, fence: int, report: ReportKind) -> None:
        self.send(Settled(**self.header(), task_id=f"t{fence}", fence=fence, report=report, answer=Answer.APPLIED))

    def send(self, message: Grant | Settled | VentilatorBeat) -> None:
        self._topic.send(codec.encode([message]))

    def header(self) -> dict:
        assert self.last is not None
        self._seq += 1
        return {"epoch": 1, "seq": self._seq, "incarnation": self.last.incarnation, "hello": self.last.hello}

    def outcome(self, fence: int) -> OnResults | None:
        return next((r for r in self.reports if r.fence == fence and not isinstance(r, AttemptStarted)), None)

    def handed_back(self, fence: int) -> Freed | None:
        return next(
            (m for m in self.status if isinstance(m, Freed) and m.fence == fence and not isinstance(m.ran, float)), None
        )

    def answer(self, fence: int) -> OnResults | Freed | None:
        return self.outcome(fence) or self.handed_back(fence)

    async def _hear(self, receiver: Receiver, decoder: codec.Decoder, heard: Callable) -> None:
        async with aclosing(cast("AsyncGenerator[bytes]", receiver.frames())) as frames:
            async for frame in frames:
                messages, unreadable = decoder.decode(frame)
                assert not unreadable
                for message in messages:
                    heard(message)

    def _heard_status(self, message: OnStatus) -> None:
        self.status.append(message)
        if isinstance(message, Hello | Beat):
            self.last = message
            self._control.send(codec.encode([Assigned(epoch=1, incarnation=message.incarnation, topic=W1)]))
            self.send(VentilatorBeat(**self.header()))


def with_worker(
    tmp_path: Path,
    act: Callable[[Ventilator, subprocess.Popen[str]], Awaitable[None]],
    environment: dict[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> str:
    """Run a worker and the act beside it; returns what the worker logged."""
    home = Home(tmp_path / "home")
    home.prepare()
    log = tmp_path / "log"

    async def go() -> None:
        ventilator = Ventilator(home)
        with log.open("w") as file:
            process = start(home, file, environment or {}, pass_fds)
            try:
                await act(ventilator, process)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait(WITHIN)
                await ventilator.close()

    try:
        asyncio.run(go())
    finally:
        text = log.read_text()
        sys.stdout.write(text)
    return text


def start(home: Home, log: TextIO, environment: dict[str, str], pass_fds: tuple[int, ...]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "workers"],
        cwd=ROOT,
        stderr=log,
        stdout=log,
        text=True,
        pass_fds=pass_fds,
        env={
            **os.environ,
            "ZONDA_HOME": str(home.path),
            "ZONDA_TASK_ENTRY_POINT": "tests.workers.functions:load",
            **environment,
        },
    )


async def ended(process: subprocess.Popen[str]) -> int:
    return await asyncio.to_thread(process.wait, WITHIN)
