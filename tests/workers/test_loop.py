"""A whole worker process, with the test in the place of ventilator and sink."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TextIO, cast

import pytest
from msgspec import Raw

from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from wire import codec
from wire.home import Home
from wire.messages import (
    SILENT_AFTER,
    Answer,
    Assigned,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    Beat,
    Freed,
    Goodbye,
    Grant,
    Hello,
    OnResults,
    OnStatus,
    ReportKind,
    Settled,
    Started,
    VentilatorBeat,
)
from wire.supervision import READY, VARIABLE
from wire.topics import CONTROL, RESULTS, STATUS, worker_topic
from wire.transports import Receiver
from wire.transports.zeromq import ZeroMQTransport

pytestmark = pytest.mark.system

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


def test_a_worker_runs_what_it_is_granted_and_keeps_reporting_until_it_is_settled(tmp_path):
    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        assert ventilator.last is not None
        assert (ventilator.last.pid, ventilator.last.topic, ventilator.last.slots) == (process.pid, W1, 2)
        assert ventilator.last.name == "worker-7"
        ventilator.grant(1, "add", 1, 2)
        ventilator.grant(2, "refuse", "no")

        await ventilator.until(lambda: ventilator.outcome(1) and ventilator.outcome(2))

        success, failure = ventilator.outcome(1), ventilator.outcome(2)
        assert isinstance(success, AttemptSucceeded)
        assert bytes(success.result) == b"3"
        assert isinstance(failure, AttemptFailed)
        assert failure.error == "ValueError: no"
        assert {Started, Freed} <= {type(message) for message in ventilator.status}
        count = len(ventilator.reports)
        await ventilator.until(lambda: len(ventilator.reports) >= count + 2)
        for fence, kind in [(1, ReportKind.SUCCEEDED), (2, ReportKind.FAILED)]:
            ventilator.settle(fence, kind)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.unsettled == ())

    with_worker(tmp_path, act, {"ZONDA_SLOTS": "2", "ZONDA_WORKER_NAME": "worker-7"})


def test_a_killed_child_is_reported_within_a_second_and_the_spare_goes_on(tmp_path):
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        ventilator.grant(2, "add", 1, 2)
        await ventilator.until(lambda: started.exists() and started.read_text())
        os.kill(int(started.read_text()), signal.SIGKILL)

        async with asyncio.timeout(1.0):
            await ventilator.until(lambda: ventilator.outcome(1) and ventilator.outcome(2))

        lost = ventilator.outcome(1)
        assert isinstance(lost, AttemptLost)
        assert lost.error == "The child process was killed by signal 9 (SIGKILL)"
        assert isinstance(ventilator.outcome(2), AttemptSucceeded)

    with_worker(tmp_path, act)


def test_a_slot_gets_another_child_every_so_many_tasks_and_loses_none(tmp_path):
    pids: list[int] = []

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        for fence in range(1, 10_000):
            ventilator.grant(fence, "pid")
            outcome = await ventilator.until(partial(ventilator.answer, fence))
            if isinstance(outcome, Freed):
                # Both children were at their start for longer than a grant waits: it is granted again, as always.
                continue
            assert isinstance(outcome, AttemptSucceeded)
            pids.append(int(bytes(outcome.result)))
            if len(pids) == 20:
                return

    log = with_worker(tmp_path, act, {"ZONDA_SLOT_TASKS": "4"})

    runs = Counter(pids)
    assert max(runs.values()) == 4
    retired = [json.loads(line) for line in log.splitlines() if '"child.retired"' in line]
    assert {line["why"] for line in retired} == {"has run 4 tasks"}
    assert len(retired) == list(runs.values()).count(4) >= 3


def test_what_a_function_leaves_that_kills_its_guard_too_is_found_by_the_worker(tmp_path):
    daemon = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "leave_a_daemon", str(daemon), "return")
        await ventilator.until(lambda: ventilator.outcome(1))
        assert is_alive(int(daemon.read_text()))

        ventilator.grant(2, "signal_parent", int(signal.SIGKILL))

        await ventilator.until(lambda: ventilator.outcome(2))
        await ventilator.until(lambda: not is_alive(int(daemon.read_text())))
        ventilator.grant(3, "add", 1, 2)
        assert isinstance(await ventilator.until(lambda: ventilator.outcome(3)), AttemptSucceeded)

    with_worker(tmp_path, act)


def test_sigterm_lets_what_runs_end_and_hands_the_rest_back(tmp_path):
    started, stop = tmp_path / "pid", tmp_path / "stop"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "start_and_wait_for", str(started), str(stop))
        await ventilator.until(started.exists)
        ventilator.grant(2, "add", 1, 2)
        process.send_signal(signal.SIGTERM)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.draining)
        stop.touch()
        await ventilator.until(lambda: ventilator.outcome(1))
        ventilator.settle(1, ReportKind.SUCCEEDED)

        assert await ended(process) == 0

        await ventilator.until(lambda: isinstance(ventilator.status[-1], Goodbye))
        assert [fence for fence in (1, 2) if ventilator.handed_back(fence)] == [2]
        assert ventilator.outcome(2) is None

    log = with_worker(tmp_path, act)
    assert {"worker.starts", "worker.ready", "stop.asked", "worker.ends"} <= {
        json.loads(line)["event"] for line in log.splitlines()
    }


def test_a_second_signal_ends_the_worker_at_once_with_its_children(tmp_path):
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        await ventilator.until(lambda: started.exists() and started.read_text())
        process.send_signal(signal.SIGINT)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.draining)
        process.send_signal(signal.SIGTERM)

        assert await ended(process) == 0
        assert not is_alive(int(started.read_text()))

    with_worker(tmp_path, act)


def test_the_worker_says_ready_and_ends_with_its_supervisor(tmp_path):
    ours, theirs = socket.socketpair()
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        theirs.close()
        await ventilator.in_touch()
        ours.settimeout(WITHIN)
        assert await asyncio.to_thread(ours.recv, 100) == READY
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        await ventilator.until(lambda: started.exists() and started.read_text())

        ours.close()

        assert await ended(process) == 1
        wait_until(lambda: not is_alive(int(started.read_text())), WITHIN)

    with ours:
        with_worker(tmp_path, act, {VARIABLE: str(theirs.fileno())}, pass_fds=(theirs.fileno(),))


def test_a_stopped_and_continued_worker_drops_what_it_had_not_started(tmp_path):
    stop = tmp_path / "stop"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "wait_for", str(stop))
        await ventilator.until(lambda: any(isinstance(message, Started) for message in ventilator.status))
        process.send_signal(signal.SIGSTOP)
        ventilator.grant(2, "add", 1, 2)
        stalled_until = monotonic() + SILENT_AFTER + 0.1
        await ventilator.until(lambda: monotonic() > stalled_until)
        process.send_signal(signal.SIGCONT)

        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.hello == 2)
        assert ventilator.last is not None
        assert [(held.fence, held.started) for held in ventilator.last.holds] == [(1, True)]
        stop.touch()
        await ventilator.until(lambda: ventilator.outcome(1))
        assert ventilator.outcome(2) is None

    with_worker(tmp_path, act)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ZONDA_SLOTS": "0"}, "ZONDA_SLOTS"),
        ({"ZONDA_TRANSPORT": "pigeon:"}, "ZONDA_TRANSPORT"),
        ({"ZONDA_HOME": "/proc/none"}, "ZONDA_HOME"),
    ],
)
def test_a_wrong_setting_ends_the_worker_with_its_name(tmp_path, environment, named):
    ended = subprocess.run(
        [sys.executable, "-m", "workers"],
        cwd=ROOT,
        env={**os.environ, "ZONDA_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )

    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
