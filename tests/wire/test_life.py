"""What ends a process: each test lives one life on an event loop of its own."""

import asyncio
import logging
import os
import signal
import socket

import pytest

from wire.life import Life
from wire.supervision import Alone, Supervised

WITHIN = 10.0


def live(course, supervision=None):
    """The exit code of a life that takes this course, which hears of each time that it is asked to stop."""

    async def whole() -> int:
        stops: asyncio.Queue[None] = asyncio.Queue()
        life = Life("process", supervision or Alone(), lambda: stops.put_nowait(None))
        going = asyncio.create_task(course(life, stops))
        code = await asyncio.wait_for(life.ended(), WITHIN)
        await going
        return code

    return asyncio.run(whole())


def test_a_process_ends_by_its_own_word_and_the_first_one_counts():
    async def course(life, stops):
        life.end(0)
        life.end(1)

    assert live(course) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_signal_asks_it_to_stop_and_ends_nothing(number, caplog):
    caplog.set_level(logging.INFO)

    async def course(life, stops):
        for _ in range(2):
            os.kill(os.getpid(), number)
            await stops.get()
        life.end(7)

    assert live(course) == 7
    assert [(record.message, record.signal) for record in caplog.records] == [("stop.asked", number.name)] * 2


def test_it_ends_with_its_supervisor(caplog):
    ours, theirs = socket.socketpair()

    async def course(life, stops):
        ours.close()

    with theirs:
        assert live(course, Supervised(theirs)) == 1
    assert [record.message for record in caplog.records] == ["supervisor.gone"]


def test_what_a_supervisor_says_does_not_end_it():
    ours, theirs = socket.socketpair()
    looked = asyncio.Event()

    class Watched(Supervised):
        def gone(self) -> bool:
            looked.set()
            return super().gone()

    async def course(life, stops):
        ours.send(b"?")
        await looked.wait()
        life.end(0)

    with ours, theirs:
        assert live(course, Watched(theirs)) == 0


def test_the_fault_of_a_task_that_it_rests_on_ends_it_with_the_traceback(caplog):
    async def failing() -> None:
        raise ValueError("no")

    async def course(life, stops):
        life.rests_on(asyncio.create_task(failing()))

    assert live(course) == 1
    [record] = caplog.records
    assert (record.message, record.what) == ("process.failed", "a task failed")
    assert isinstance(record.exc_info[1], ValueError)


def test_a_task_that_ends_or_is_cancelled_ends_nothing():
    async def nothing() -> None:
        return

    async def forever() -> None:
        await asyncio.Future()

    async def course(life, stops):
        done, cancelled = asyncio.create_task(nothing()), asyncio.create_task(forever())
        life.rests_on(done)
        life.rests_on(cancelled)
        cancelled.cancel()
        await asyncio.wait([done, cancelled])
        life.end(3)

    assert live(course) == 3


def test_a_fault_in_what_the_event_loop_calls_ends_it(caplog):
    async def course(life, stops):
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)

    assert live(course) == 1
    assert [record.message for record in caplog.records] == ["process.failed"]
