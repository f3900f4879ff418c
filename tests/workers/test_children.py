"""Real child processes, without a worker's sockets."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Raw

from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from tests.workers.driver import a_grant
from wire.messages import Grant
from wire.topics import worker_topic
from workers.children import Children
from workers.events import (
    ChildEnded,
    ChildReady,
    FromChildren,
    OutputRead,
    Progressed,
    Raised,
    Returned,
    RunBegun,
    RunEnded,
)
from workers.settings import Settings

pytestmark = pytest.mark.system

WITHIN = 20.0
W1 = worker_topic(1)
MINE = {"ZONDA_TASK_ENTRY_POINT": "tests.workers.functions:load"}
HEADER = {"epoch": 1, "seq": 1, "incarnation": "me", "hello": 1}


class Heard:
    """What the children's owner is told, to be waited for."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[FromChildren] = asyncio.Queue()
        self.output: list[OutputRead] = []
        self.progress: list[Progressed] = []
        self.begun: list[RunBegun] = []

    def happened(self, event: FromChildren) -> None:
        """That a run has begun is kept apart."""
        if isinstance(event, RunBegun):
            self.begun.append(event)
        else:
            self.events.put_nowait(event)

    async def next(self) -> FromChildren:
        """The next one that is neither output nor progress, which are gathered."""
        while True:
            event = await asyncio.wait_for(self.events.get(), WITHIN)
            if isinstance(event, OutputRead):
                self.output.append(event)
            elif isinstance(event, Progressed):
                self.progress.append(event)
            else:
                return event

    def printed(self, stream: str) -> str:
        return b"".join(event.piece for event in self.output if event.stream == stream).decode()


def with_children(act: Callable[[Children, Heard], Awaitable[None]], environment: dict[str, str] | None = None) -> None:
    async def go() -> None:
        heard = Heard()
        children = Children(Settings.read(MINE | (environment or {})), heard.happened)
        try:
            await act(children, heard)
        finally:
            await children.close()

    asyncio.run(go())


def pid_in(file: Path) -> int:
    """The pid that a function has written there, as soon as it has."""
    return int(wait_until(lambda: file.exists() and file.read_text(), WITHIN))


def a_call(task: str, *args: object, fence: int = 1) -> Grant:
    return a_grant(fence, task=task, args=json.dumps(args).encode(), **HEADER)


def test_a_child_runs_one_task_after_the_other():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        assert await heard.next() == ChildReady(1)
        for a in range(50):
            children.run(1, a_call("add", a, 1), W1)
            ended = await heard.next()
            assert isinstance(ended, RunEnded)
            assert ended.end == Returned(Raw(str(a + 1).encode()))
            assert heard.begun == [RunBegun(1)] * (a + 1), "each run has begun once, before it ended"

    with_children(act)


def test_a_child_survives_what_a_function_does_to_its_streams_signals_and_copies():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        calls: list[tuple[str, list[object], str]] = [
            ("say", ["not json\n"], '"not json\\n"'),
            ("interrupted_by_terminal", [], '"alive"'),
            ("fork_and_return", [], '"original"'),
            ("refuse_namelessly", [], ""),
            ("refuse_without_a_story", [], ""),
            ("add", [1, 2], "3"),
        ]
        for task, args, result in calls:
            children.run(1, a_call(task, *args), W1)
            ended = await heard.next()
            assert isinstance(ended, RunEnded), ended
            assert (bytes(ended.end.result).decode() if isinstance(ended.end, Returned) else "") == result

    with_children(act)


def test_large_arguments_and_results_go_through():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("echo", "x" * 2_500_000), W1)
        ended = await heard.next()
        assert isinstance(ended, RunEnded)
        assert isinstance(ended.end, Returned)
        assert len(bytes(ended.end.result)) == 2_500_002

    with_children(act, {"ZONDA_MAX_PAYLOAD": "3MiB"})


def test_the_limit_for_results_reaches_the_child():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("echo", "x" * 1000), W1)
        ended = await heard.next()
        assert isinstance(ended, RunEnded)
        assert isinstance(ended.end, Raised)
        assert ended.end.error == "TooLarge: the result has 1002 bytes, the limit is 100"

    with_children(act, {"ZONDA_MAX_PAYLOAD": "100B"})


@pytest.mark.parametrize(
    ("task", "args", "how"),
    [
        ("kill", [], "was killed by signal 9 (SIGKILL)"),
        ("end", [3], "ended with exit code 3 without an outcome"),
        ("end", [0], "ended with exit code 0 without an outcome"),
        ("close_everything", [], "closed its channel to the worker"),
        ("talk_to_the_worker", [], "said 4294967295 bytes at once, the limit is 4190208"),
        ("say_at_length", [], "said 4194304 bytes at once, the limit is 4190208"),
        (
            "say_to_the_worker",
            ['{"type":"failed","fence":2,"ran":1,"error":"","exception":"","traceback":""}'],
            "spoke of a task that it does not run",
        ),
        ("say_to_the_worker", ['{"type":"taken","fence":1}'], "spoke of a task that it does not run"),
        ("say_to_the_worker", ['{"type":"spent","fence":2,"why":"is tired"}'], "spoke of a task that it does not run"),
        (
            "say_to_the_worker",
            ['{"type":"failed","fence":1,"ran":-1e308,"error":"","exception":"","traceback":""}'],
            "said what no child says: Expected `float` >= 0.0 - at `$.ran`",
        ),
        (
            "say_to_the_worker",
            ['{"type":"failed","fence":1,"ran":1,"error":"","exception":"","traceback":"","delay":-0.1}'],
            "said what no child says: Expected `float` >= 0.0 - at `$.delay`",
        ),
        (
            "say_to_the_worker",
            ['{"type":"progressed","fence":1,"fraction":1.1,"message":null}'],
            "said what no child says: Expected `float` <= 1.0 - at `$.fraction`",
        ),
        (
            "say_to_the_worker",
            ['{"type":"progressed","fence":1,"fraction":null,"message":"' + "x" * 1_001 + '"}'],
            "said what no child says: Expected `str` of length <= 1000 - at `$.message`",
        ),
        ("say_to_the_worker", ['{"type":"ready","pid":1}'], "said twice that it is ready"),
        ("say_depth", [], "said what no child says: it is nested too deeply"),
        (
            "say_to_the_worker",
            ['{"type":"failed","fence":1,"ran":1,"error":"\xff","exception":"","traceback":""}'],
            "said what no child says: 'utf-8' codec can't decode byte 0xff in position 44: invalid start byte",
        ),
        (
            "say_to_the_worker",
            ['{"type":"succeeded","fence":1,"ran":1,"result":"\xff"}'],
            "said what no child says: 'utf-8' codec can't decode byte 0xff in position 48: invalid start byte",
        ),
        (
            "say_to_the_worker",
            ['{"type":"' + "x" * 100_000 + '"}'],
            f"said what no child says: Invalid value '{'x' * 185}",
        ),
    ],
)
def test_the_end_of_a_child_under_a_task_is_told_with_its_cause(task, args, how):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call(task, *args), W1)
        assert await heard.next() == ChildEnded(1, how)

    with_children(act)


def test_the_copy_that_an_error_makes_of_its_process_says_nothing_of_the_next_task(tmp_path):
    copy, going_on, done = tmp_path / "copy", tmp_path / "going-on", tmp_path / "done"

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("refuse_with_a_copy", str(copy), str(going_on)), W1)
        ended = await heard.next()
        assert isinstance(ended, RunEnded)
        assert isinstance(ended.end, Raised)
        assert ended.end.error == "Forking: forked"
        pid = await asyncio.to_thread(pid_in, copy)

        children.run(1, a_call("start_and_wait_for", str(going_on), str(done), fence=2), W1)
        await asyncio.to_thread(wait_until, lambda: not is_alive(pid), WITHIN)
        assert heard.events.empty()
        done.touch()
        ended = await heard.next()
        assert isinstance(ended, RunEnded)
        assert ended.end == Returned(Raw(b'"came"'))

    with_children(act)


def test_a_child_that_does_harm_while_it_runs_nothing_ends():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("harm_later", "keeps others waiting"), W1)
        assert isinstance(await heard.next(), RunEnded)
        assert await heard.next() == ChildEnded(1, "ended with exit code 1")

    with_children(act)


def test_a_spent_child_that_does_harm_gets_no_time_for_its_exit():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("harm_until_the_exit_and_longer", "keeps others waiting"), W1)
        run = await heard.next()
        assert isinstance(run, RunEnded)
        assert run.spent == "keeps others waiting"
        children.retire(1)
        assert await heard.next() == ChildEnded(1, "ended with exit code 1")

    with_children(act)


def test_a_child_that_cannot_load_its_functions_ends_with_an_exit_code():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        assert await heard.next() == ChildEnded(1, "ended with exit code 1")

    with_children(act, {"ZONDA_TASK_ENTRY_POINT": "tests.workers.functions:load_badly"})


def test_a_child_that_loads_too_long_says_where_it_is(monkeypatch, caplog):
    monkeypatch.setattr("workers.children.LOADS_WITHIN", 8.0)
    caplog.set_level("INFO")

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await asyncio.to_thread(wait_until, lambda: "load_without_end" in said(caplog), WITHIN)
        children.kill(1)
        assert await heard.next() == ChildEnded(1, "was killed by signal 9 (SIGKILL)")

    with_children(act, {"ZONDA_TASK_ENTRY_POINT": "tests.workers.functions:load_without_end"})


def said(caplog) -> str:
    """What children printed while they ran no task."""
    return "".join(getattr(record, "text", "") for record in caplog.records)


def test_a_killed_child_takes_what_it_has_started_with_it(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("start_and_wait_for", str(tmp_path / "pid"), str(tmp_path / "never")), W1)
        pid = await asyncio.to_thread(pid_in, tmp_path / "pid")
        children.kill(1)
        assert await heard.next() == ChildEnded(1, "was killed by signal 9 (SIGKILL)")
        assert not is_alive(pid)

    with_children(act)


def test_what_a_dead_child_has_left_behind_is_killed(tmp_path):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("leave_behind", str(tmp_path / "pid")), W1)
        assert await heard.next() == ChildEnded(1, "ended with exit code 1 without an outcome")

    with_children(act)

    wait_until(lambda: not is_alive(pid_in(tmp_path / "pid")), WITHIN)


def test_closing_ends_children_that_run_and_children_that_are_being_started(tmp_path):
    started = tmp_path / "pid"

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("start_and_wait_for", str(started), str(tmp_path / "never")), W1)
        await asyncio.to_thread(pid_in, started)
        children.start(2)

    with_children(act)

    assert not is_alive(int(started.read_text()))


def test_a_child_does_not_outlive_its_worker_even_in_the_middle_of_a_task(tmp_path):
    started = tmp_path / "pid"
    worker = os.fork()
    if worker == 0:

        async def act(children: Children, heard: Heard) -> None:
            children.start(1)
            await heard.next()
            children.run(1, a_call("start_and_wait_for", str(started), str(tmp_path / "never")), W1)
            await asyncio.Event().wait()

        try:
            with_children(act)
        finally:
            # Never on into the tests, however it went: this process is a copy of who runs them.
            os._exit(0)
    child = pid_in(started)

    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)

    wait_until(lambda: not is_alive(child), WITHIN)
