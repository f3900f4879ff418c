"""Whatever anybody PUSHes to a running Zonda: tasks, wrong tasks, and what is none."""

import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.support.stack import ROOT, Stack
from tests.support.starting import PROOF
from tests.support.tasks import counts, create, finished, lines, read
from tests.support.waiting import wait_until
from wire.home import Home
from wire.messages import MAX_FRAME

SCRIPT = re.search(r"```python\n(import zmq\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

TOO_LARGE = b'{"task":"add","args":["' + b"x" * (MAX_FRAME + 1024 * 1024) + b'"]}'
GARBAGE = [
    TOO_LARGE,
    os.urandom(1_000),
    b"\xff\xfe{}",
    b"[" + b",".join([b"7", b'"a"', b"null", b"[]", b"{}"] * 1_000) + b"]",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"",
    b'{"kind":"mystery"}',
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("raw") / "home", workers=1, environment=PROOF) as started:
        yield started


class Producer:
    """A PUSH socket of somebody who has nothing of Zonda's."""

    def __init__(self, stack: Stack, topic: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.connect(f"ipc://{Home(stack.home).sockets()}/{topic}")

    def send(self, *bodies: object) -> None:
        for body in bodies:
            self._socket.send(body if isinstance(body, bytes) else json.dumps(body).encode())

    def close(self) -> None:
        self._context.destroy(linger=5_000)


@pytest.fixture
def tasks(stack: Stack) -> Iterator[Producer]:
    producer = Producer(stack, "TASKS")
    yield producer
    producer.close()


def ended(stack: Stack, key: str) -> dict[str, Any]:
    """The task once it has ended; until its message was taken in there is none."""

    def there() -> bool:
        answer = stack.post({"query": f'{{ task(id: "{key}") {{ id }} }}'})
        return bool(answer["data"]["task"])

    wait_until(there, 10, f"{key} is there")
    return finished(stack, key)


def rejected(stack: Stack) -> list[tuple[str, str]]:
    """Body and reason of every message that was kept."""
    with closing(sqlite3.connect(f"file:{stack.home / 'zonda.sqlite3'}?mode=ro", uri=True)) as record:
        return list(record.execute("SELECT body, reason FROM zonda_rejected_message ORDER BY id"))


def test_the_six_lines_of_the_readme_are_a_task_and_twice_the_same(stack: Stack, tmp_path: Path) -> None:
    assert SCRIPT is not None
    assert len(SCRIPT[1].splitlines()) == 6
    (tmp_path / ".zonda").mkdir()
    (tmp_path / ".zonda" / "sockets").symlink_to(Home(stack.home).sockets())
    script = [sys.executable, "-I", "-c", SCRIPT[1]]

    subprocess.run(script, cwd=tmp_path, check=True, timeout=20)
    first = ended(stack, "d5750c0e-ed82")
    before = counts(stack)
    subprocess.run(script, cwd=tmp_path, check=True, timeout=20)
    # What is sent after it is written after it.
    subprocess.run([*script[:-1], SCRIPT[1].replace("d5750c0e-ed82", "after-it")], cwd=tmp_path, check=True, timeout=20)
    ended(stack, "after-it")

    assert (first["status"], first["result"], len(first["attempts"])) == ("FINISHED", 3, 1)
    assert read(stack, "d5750c0e-ed82") == first
    assert counts(stack)["finished"] == before["finished"] + 1


def test_sent_many_times_by_many_ways_it_runs_once(stack: Stack, tasks: Producer, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    message = {"task-id": "once", "task": "trace", "args": [str(path)], "priority": 3}

    tasks.send(message, [message, message])
    create(stack, "trace", str(path), id="once", priority=3)
    tasks.send(
        {**message, "kind": "task", "colour": "blue"}, {"task-id": "after", "task": "trace", "args": [str(path)]}
    )
    ended(stack, "once")
    ended(stack, "after")

    assert lines(path) == ["once 1", "after 1"]


def test_a_wrong_task_is_failed_and_says_why(stack: Stack, tasks: Producer) -> None:
    tasks.send(
        [
            {"task-id": "unknown", "task": "ad", "args": [1, 2], "queue": "mail"},
            {"task-id": "misfit", "task": "add", "args": [1, "two"]},
            {"task-id": "large", "task": "echo", "args": ["x" * (2 * 1024 * 1024)]},
            {"task-id": "urgent", "task": "add", "args": [1, 2], "priority": "very"},
        ]
    )

    found = {key: ended(stack, key) for key in ("unknown", "misfit", "large", "urgent")}

    assert {(task["status"], task["reason"], task["attempt"]) for task in found.values()} == {("FAILED", "REJECTED", 0)}
    assert "There is no task function named 'ad'. Did you mean add" in found["unknown"]["error"]
    assert found["unknown"]["queue"] == "mail"
    assert "parameter 'b' must be a number, not" in found["misfit"]["error"]
    assert "the limit is 1048576 bytes" in found["large"]["error"]
    assert found["urgent"]["error"] == "priority: must be a number, not a string"


def test_the_same_id_with_other_content_is_kept_and_changes_nothing(stack: Stack, tasks: Producer) -> None:
    tasks.send({"task-id": "taken", "task": "add", "args": [1, 2]}, {"task-id": "taken", "task": "add", "args": [3, 4]})

    assert ended(stack, "taken")["result"] == 3
    wait_until(lambda: any("'taken' belongs to a task" in reason for _, reason in rejected(stack)), 10)


@pytest.mark.parametrize("topic", ["TASKS", "status", "results"])
def test_garbage_is_told_of_and_what_comes_after_it_is_done(stack: Stack, topic: str) -> None:
    name = "sink" if topic == "results" else "ventilator"
    before = len(stack.log(name))
    pid = stack.pid(name)
    producer = Producer(stack, topic)
    try:
        producer.send(*GARBAGE)
        if topic == "TASKS":
            producer.send({"task-id": "after-garbage", "task": "add", "args": [1, 2]})
            task = ended(stack, "after-garbage")
            reasons = [reason for _, reason in rejected(stack)]
            assert any(reason.startswith(f"{len(TOO_LARGE)} bytes") for reason in reasons)
            assert "it is nested too deeply" in reasons
            assert all(len(body) <= 2_000 for body, _ in rejected(stack))
        else:
            task = finished(stack, create(stack, "add", 1, 2)["id"])
        # What is too large comes first, and is not the last that is told of.
        wait_until(lambda: len(told(stack, name, before)) > 5, 10, "it is told of")
    finally:
        producer.close()

    assert (task["status"], task["result"]) == ("FINISHED", 3)
    lines = told(stack, name, before)
    assert len(lines) < 40
    assert any(f"{len(TOO_LARGE)} bytes" in line for line in lines)
    assert stack.pid(name) == pid


def told(stack: Stack, name: str, since: int) -> list[str]:
    """The lines of a process's log that are about a topic, from this character on."""
    return [line for line in stack.log(name)[since:].splitlines() if '"topic"' in line]


def test_what_was_read_outlives_a_ventilator_that_could_not_write_it(stack: Stack, tasks: Producer) -> None:
    kept = stack.home / "tasks.unwritten"
    asked = [{"task": "add", "args": [number, 0]} for number in (100, 101)]

    def writing() -> bool:
        """Whether somebody has the turn to write, and so has read what there is to write."""
        with (stack.home / "zonda.sqlite3-now").open() as turn:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    with closing(sqlite3.connect(stack.home / "zonda.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        tasks.send([*asked, {"task-id": "kept", "task": "add", "args": [1, 2]}, "the last of them"])
        wait_until(writing, 10, "the message was read", seldom=False)
        stack.kill("ventilator", signal.SIGTERM)
        wait_until(kept.exists, 10, "what was read is in the file")
        writer.execute("ROLLBACK")

    assert ended(stack, "kept")["result"] == 3
    wait_until(lambda: not kept.exists(), 20, "all of it is written")
    with closing(sqlite3.connect(stack.home / "zonda.sqlite3")) as record:
        found = record.execute("SELECT args FROM zonda_task WHERE args LIKE '[10_,0]' ORDER BY seq").fetchall()
    assert [json.loads(args) for (args,) in found] == [[100, 0], [101, 0]]
    assert '"the last of them"' in [body for body, _ in rejected(stack)]
