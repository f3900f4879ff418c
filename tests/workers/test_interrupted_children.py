"""Real child processes that are told to end, print, crash and tell of their progress; without a worker's sockets."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from tests.workers.test_children import W1, WITHIN, Heard, a_call, pid_in, with_children
from workers.children import Children
from workers.events import ChildEnded, Raised, Returned, RunEnded
from workers.why import Why

pytestmark = pytest.mark.system


async def result(heard: Heard) -> object:
    """What the function returned, once it has."""
    ended = await heard.next()
    assert isinstance(ended, RunEnded), ended
    assert isinstance(ended.end, Returned), ended
    return json.loads(bytes(ended.end.result))


async def raised(heard: Heard) -> Raised:
    ended = await heard.next()
    assert isinstance(ended, RunEnded), ended
    assert isinstance(ended.end, Raised), ended
    return ended.end


def test_a_running_function_is_told_to_end_and_the_child_goes_on(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        for fence, why in enumerate(Why, 1):
            started = tmp_path / why
            children.run(1, a_call("sleep_interruptibly", str(started), 60, fence=fence), W1)
            await asyncio.to_thread(pid_in, started)
            children.interrupt(1, fence, why)

            end = await raised(heard)

            assert (end.error, end.interrupted) == (f"Interrupted: {why}", why)
            # It may be told before it sleeps: its file is there first.
            assert "in sleep_interruptibly" in end.traceback
        children.run(1, a_call("add", 1, 2), W1)
        assert await result(heard) == 3

    with_children(act)


def test_an_interrupt_never_meets_another_task_than_the_one_it_is_meant_for(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.interrupt(1, 1, Why.CANCEL)
        for fence in range(1, 200):
            children.run(1, a_call("add", fence, 1, fence=fence + 1_000), W1)
            children.interrupt(1, fence + 999, Why.TIMEOUT)
            assert await result(heard) == fence + 1

    with_children(act)


def test_an_interrupt_that_comes_before_its_task_waits_for_it(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.interrupt(1, 7, Why.CANCEL)
        children.run(1, a_call("sleep_interruptibly", str(tmp_path / "pid"), 60, fence=7), W1)

        assert (await raised(heard)).interrupted is Why.CANCEL

    with_children(act)


def test_what_a_function_does_to_signals_and_streams_does_not_meet_the_next_one(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("change_everything"), W1)
        assert await result(heard) is None
        children.run(1, a_call("sleep_interruptibly", str(tmp_path / "pid"), 60, fence=2), W1)
        pid = await asyncio.to_thread(pid_in, tmp_path / "pid")
        await asyncio.sleep(0.3)  # the alarm that the first one has set would have come by now
        children.interrupt(1, 2, Why.TIMEOUT)
        assert (await raised(heard)).interrupted is Why.TIMEOUT
        children.run(1, a_call("print_everywhere", fence=3), W1)
        await result(heard)
        assert "from Python\n" in heard.printed("stdout")
        os.kill(pid, signal.SIGTERM)
        assert await heard.next() == ChildEnded(1, "was killed by signal 15 (SIGTERM)")

    with_children(act)


def test_a_function_that_does_not_mind_is_killed_with_all_that_it_has_started(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        started = tmp_path / "pids"
        children.run(1, a_call("sleep_stubbornly", str(started), 60), W1)
        text = await asyncio.to_thread(wait_until, lambda: started.exists() and started.read_text(), WITHIN)
        pids = [int(pid) for pid in text.split()]
        started.unlink()
        children.interrupt(1, 1, Why.TIMEOUT)
        # It heard, and goes on.
        await asyncio.to_thread(wait_until, lambda: started.exists() and started.read_text(), WITHIN)

        children.kill(1)

        assert await heard.next() == ChildEnded(1, "was killed by signal 9 (SIGKILL)")
        for pid in pids:
            await asyncio.to_thread(wait_until, lambda pid=pid: not is_alive(pid), WITHIN)

    with_children(act)


@pytest.mark.parametrize("piece", [64 * 1024, 16])
def test_all_that_a_function_prints_is_read_before_its_end_is_told(monkeypatch, piece):
    monkeypatch.setattr("workers.process._PIECE", piece)

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        for _ in range(20):
            heard.output.clear()
            children.run(1, a_call("print_everywhere"), W1)
            await result(heard)

            assert sorted(heard.printed("stdout").splitlines()) == [
                "and no end",
                "from C",
                "from Python",
                "from a subprocess",
            ]
            assert heard.printed("stderr") == "to its standard error\n"
            assert heard.printed("log") == "INFO shop: a log line\n"

    with_children(act)


@pytest.mark.parametrize("piece", [64 * 1024, 16])
def test_the_last_words_of_a_child_that_crashes_are_read_before_its_end_is_told(monkeypatch, piece):
    monkeypatch.setattr("workers.process._PIECE", piece)

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("print_and_crash"), W1)

        assert await heard.next() == ChildEnded(1, "was killed by signal 11 (SIGSEGV)")

        assert heard.printed("stdout").endswith("-\nlast words\n")
        assert "Fatal Python error: Segmentation fault" in heard.printed("stderr")
        assert "print_and_crash" in heard.printed("stderr")

    with_children(act)


def test_progress_is_told_a_few_times_a_second_and_the_last_one_always():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("progress_telling", 50_000), W1)
        ended = await heard.next()

        assert isinstance(ended, RunEnded)
        assert (heard.progress[0].fraction, heard.progress[0].message) == (0.0, "0 of 50000")
        assert heard.progress[-1].message == "49999 of 50000"
        assert 2 <= len(heard.progress) <= ended.ran / 0.25 + 2

    with_children(act)


def test_what_a_child_says_beside_tasks_is_logged_by_its_worker(tmp_path: Path, caplog):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        assert await heard.next() == ChildEnded(1, "ended with exit code 1")

    with caplog.at_level("INFO"):
        with_children(act, {"ZONDA_TASK_ENTRY_POINT": "tests.workers.functions:load_loudly"})

    [said] = [record for record in caplog.records if record.message == "child.said"]
    assert said.__dict__["text"] == "loading"
    assert said.__dict__["stream"] == "stdout"
