"""What real child processes leave behind, and who ends it. Linux: elsewhere a daemon is not found."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from tests.workers.test_children import W1, WITHIN, Heard, a_call, pid_in, with_children
from workers import process
from workers.children import Children
from workers.events import ChildEnded, Raised, Returned, RunEnded
from workers.why import Why

pytestmark = pytest.mark.system

KILLED = "was killed by signal 9 (SIGKILL)"


async def run(children: Children, heard: Heard, task: str, *args: object, fence: int = 1) -> object:
    children.run(1, a_call(task, *args, fence=fence), W1)
    return await heard.next()


async def pid_from(file: Path) -> int:
    return await asyncio.to_thread(pid_in, file)


def test_a_daemon_lives_as_long_as_the_child_that_has_left_it(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        for fence in (1, 2):
            ended = await run(children, heard, "leave_a_daemon", str(tmp_path / f"{fence}"), "return", fence=fence)
            assert isinstance(ended, RunEnded)
            assert isinstance(ended.end, Returned)
        daemons = [pid_in(tmp_path / "1"), pid_in(tmp_path / "2")]
        assert all(map(is_alive, daemons))

        children.retire(1)

        assert await heard.next() == ChildEnded(1, "ended with exit code 0")
        assert not any(map(is_alive, daemons))

    with_children(act)


def test_a_child_that_dies_takes_its_daemons_with_it(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        ended = await run(children, heard, "leave_a_daemon", str(tmp_path / "pid"), "end")

        assert ended == ChildEnded(1, "ended with exit code 1 without an outcome")
        assert not is_alive(pid_in(tmp_path / "pid"))

    with_children(act)


def test_a_child_that_is_killed_takes_its_daemons_with_it(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("leave_a_daemon", str(tmp_path / "pid"), "wait"), W1)
        daemon = await pid_from(tmp_path / "pid")

        children.kill(1)

        assert await heard.next() == ChildEnded(1, KILLED)
        assert not is_alive(daemon)

    with_children(act)


def test_a_daemon_that_forks_faster_than_one_looks_is_caught(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        ended = await run(children, heard, "leave_one_who_forks", str(tmp_path / "pids"))

        assert ended == ChildEnded(1, "ended with exit code 1 without an outcome")

    with_children(act)

    pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    assert not any(is_alive(int(pid)) for pid in pids)


@pytest.mark.parametrize("task", ["start_and_wait_for", "sleep_stubbornly", "leave_a_daemon", "spin_in_c"])
def test_a_killed_worker_takes_all_that_its_tasks_have_started_with_it(tmp_path, task):
    started = tmp_path / "pids"
    more: dict[str, object] = {
        "start_and_wait_for": str(tmp_path / "never"),
        "sleep_stubbornly": 60,
        "leave_a_daemon": "wait",
        "spin_in_c": f"{'a' * 40}b",
    }
    worker = a_worker(lambda children: children.run(1, a_call(task, str(started), more[task]), W1))
    pids = [int(pid) for pid in wait_until(lambda: started.exists() and started.read_text().split(), WITHIN) or []]

    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)

    wait_until(lambda: not any(map(is_alive, pids)), WITHIN)


def a_worker(act: Callable[[Children], None]) -> int:
    """The pid of a process that has children and lets the first one do that, until it is killed."""
    worker = os.fork()
    if worker:
        return worker

    async def go(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        act(children)
        await asyncio.Event().wait()

    try:
        with_children(go)
    finally:
        # Never on into the tests, however it went: this process is a copy of who runs them.
        os._exit(0)


@pytest.mark.parametrize(
    ("task", "args"), [("signal_group", []), ("signal_parent", [9]), ("signal_parent", [15])], ids=str
)
def test_who_kills_group_or_parent_meets_nobody_but_itself(task, args):
    async def act(children: Children, heard: Heard) -> None:
        for number in (1, 2):
            children.start(number)
            await heard.next()

        children.run(1, a_call(task, *args), W1)

        assert await heard.next() == ChildEnded(1, KILLED)
        children.run(2, a_call("add", 1, 2, fence=2), W1)
        assert isinstance(await heard.next(), RunEnded)

    with_children(act)


def test_a_function_that_has_stopped_its_guard_is_killed_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_KILLED_WITHIN", 0.2)

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        assert isinstance(await run(children, heard, "signal_parent", signal.SIGSTOP), RunEnded)
        children.run(1, a_call("start_and_wait_for", str(tmp_path / "pid"), str(tmp_path / "never"), fence=2), W1)
        pid = await pid_from(tmp_path / "pid")

        children.kill(1)

        assert await heard.next() == ChildEnded(1, KILLED)
        await asyncio.to_thread(wait_until, lambda: not is_alive(pid), WITHIN)

    with_children(act)


def test_a_function_that_has_itself_traced_can_still_be_told_to_end(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        assert isinstance(await run(children, heard, "be_traced"), RunEnded)
        children.run(1, a_call("sleep_interruptibly", str(tmp_path / "pid"), 60, fence=2), W1)
        await pid_from(tmp_path / "pid")

        children.interrupt(1, 2, Why.CANCEL)

        ended = await heard.next()
        assert isinstance(ended, RunEnded)
        assert isinstance(ended.end, Raised)

    with_children(act)


def test_a_child_that_does_not_leave_when_it_may_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_LEAVES_WITHIN", 0.3)

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        await run(children, heard, "hang_at_exit")

        began = time.monotonic()
        children.retire(1)

        assert await heard.next() == ChildEnded(1, KILLED)
        assert time.monotonic() - began >= 0.3

    with_children(act)


def test_a_child_that_leaves_does_what_was_registered_for_its_exit(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        await run(children, heard, "mark_at_exit", str(tmp_path / "mark"))

        children.retire(1)

        assert await heard.next() == ChildEnded(1, "ended with exit code 0")
        assert (tmp_path / "mark").read_text() == "left\n"

    with_children(act)
