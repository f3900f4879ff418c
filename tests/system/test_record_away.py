"""A record that cannot be written for a while: clients are told, nothing is lost, and it is over by itself.

All on one Zonda, whose home is a small disk: each test leaves it as it found it.
"""

import json
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import zmq

from tests.support.parts import readiness
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import CREATE, all_ended, create, create_many, every_task, finished, lines
from tests.support.trouble import SmallDisk, system_calls
from tests.support.waiting import wait_until
from wire.home import Home
from wire.topics import TASKS

TOLD_WITHIN = 25.0
"""Seconds in which a client learns that nothing can be written: ten, and what a busy machine adds."""

ROOM_BEFORE = 20_000_000
"""Bytes that the record's files may take in without growing: well above its log and what earlier tests left free."""

PARTS = ("backend", "ventilator", "sink", "worker-1", "worker-2")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path_factory.mktemp("disk"), 32) as disk:
        yield disk


@pytest.fixture(scope="module")
def logs(disk: SmallDisk) -> Iterator[SmallDisk]:
    (disk.path / "home").mkdir(mode=0o700)
    with SmallDisk(disk.path / "home" / "logs", 2) as logs:
        yield logs


@pytest.fixture(scope="module")
def stack(disk: SmallDisk, logs: SmallDisk) -> Iterator[Stack]:
    with Stack(disk.path / "home", 2, {**PROOF, "ZONDA_SLOTS": "2"}) as stack:
        yield stack


@pytest.fixture(autouse=True)
def nobody_ends(stack: Stack) -> Iterator[None]:
    """What is over by itself needs no process to be started again, and no worker to be given up."""
    before = {name: stack.pid(name) for name in PARTS}
    lost = stack.log("ventilator").count('"worker.lost"')
    yield
    all_ended(stack, within=40)
    assert {name: stack.pid(name) for name in PARTS} == before
    assert stack.log("ventilator").count('"worker.lost"') == lost
    assert stack.process.poll() is None


type Refusal = tuple[str, str, float]
"""Code and message of a createTask that was refused, and the seconds that this took."""


def refusal(stack: Stack) -> Refusal:
    """Of a createTask that is refused for certain."""
    return refused(stack, "add", 1, 2) or pytest.fail("the task was created")


def refused(stack: Stack, name: str, *args: object) -> Refusal | None:
    """Of this createTask; None when the task was created."""
    began = time.monotonic()
    answer = stack.post({"query": CREATE, "variables": {"name": name, "args": list(args)}}, timeout=60)
    if "errors" not in answer:
        return None
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["message"], time.monotonic() - began


def refusal_on_a_full_disk(stack: Stack) -> Refusal:
    """The first one, once the room that the record's own files had before the disk was full is used up.

    Its write-ahead log is written from its start again after a checkpoint, and free pages of the record are used
    again: neither takes any of the disk.
    """
    large = "x" * 200_000
    tries = (refused(stack, "echo", large) for _ in range(ROOM_BEFORE // len(large)))
    return next(filter(None, tries), None) or pytest.fail(f"{ROOM_BEFORE:,} bytes were written on a full disk")


def record_check(stack: Stack) -> tuple[int, Any]:
    """The status of /readyz, and what it says of the record."""
    found = readiness(stack)
    return found["code"], found["checks"]["record"]["says"]


@contextmanager
def at_work(stack: Stack, history: Path, seconds: float = 2.0) -> Iterator[list[str]]:
    """Two tasks that run while the inside happens, and twenty that wait behind them; each runs once, to its end."""
    running = create_many(stack, [{"name": "span", "args": [str(history), seconds]}] * 4)
    wait_until(lambda: len(lines(history)) >= 4, 20, "they run")
    waiting = create_many(stack, [{"name": "trace", "args": [str(history.with_name("trace"))]}] * 20)
    yield running
    all_ended(stack, within=60)
    begun = [line.split()[1] for line in lines(history) if line.startswith("begin")]
    assert Counter(begun) == Counter(running), "what runs is not run again"
    assert Counter(line.split()[0] for line in lines(history.with_name("trace"))) == Counter(waiting)
    tasks = {task["id"]: task for task in every_task(stack)}
    for key in (*running, *waiting):
        assert [attempt["outcome"] for attempt in tasks[key]["attempts"]] == ["SUCCEEDED"]


def test_on_a_full_disk_nothing_is_lost_and_all_goes_on_when_there_is_room(
    stack: Stack, disk: SmallDisk, tmp_path: Path
) -> None:
    """I1, I4, L1, L3: a typed error, running tasks end, their reports wait with the worker."""
    with at_work(stack, tmp_path / "history"):
        with disk.filled():
            code, message, took = refusal_on_a_full_disk(stack)
            red = record_check(stack)
            wait_until(lambda: len(lines(tmp_path / "history")) == 8, 20, "what runs ends")
            time.sleep(3.5)  # longer than a silent worker is waited for: nobody is silent
        began = time.monotonic()
        task = create_when_it_can_be(stack)
        recovered = time.monotonic() - began
    wait_until(lambda: readiness(stack)["code"] == 200, 30, "it is ready again")

    assert (code, "The disk that the record is on is full" in message) == ("UNAVAILABLE", True)
    assert took < TOLD_WITHIN
    assert red[0] == 503
    assert "full" in red[1]
    assert finished(stack, task)["result"] == 3
    assert recovered < 20


def test_log_files_that_cannot_be_written_stop_nobody(stack: Stack, logs: SmallDisk, tmp_path: Path) -> None:
    """L3: a log is worth less than what it is about."""
    with logs.filled(), at_work(stack, tmp_path / "history", 0.5):
        task = create(stack, "count_to", 3, 0.01)["id"]
        assert finished(stack, task, 20)["status"] == "FINISHED"
        wait_until(lambda: readiness(stack)["code"] == 200, 30, "it is ready")


@pytest.mark.parametrize(
    "failing", ["fsync,fdatasync:error=EIO", "pwrite64,ftruncate,fallocate:error=EROFS"], ids=["EIO", "EROFS"]
)
def test_a_failing_disk_is_told_and_its_commits_count_for_nothing(stack: Stack, failing: str, tmp_path: Path) -> None:
    """I1, I4: EIO on fsync, or a file system that became read-only under open files. Nobody is told that a task was
    taken, and the connection is opened anew."""
    with at_work(stack, tmp_path / "history"):
        with system_calls(stack.pid("backend"), failing):
            code, message, took = refusal(stack)
            red = record_check(stack)
            wait_until(lambda: len(lines(tmp_path / "history")) == 8, 20, "what runs ends")
            again, _, _ = refusal(stack)
        task = create_when_it_can_be(stack)

    assert (code, "reports errors" in message) == ("UNAVAILABLE", True)
    assert again == "UNAVAILABLE"
    assert took < TOLD_WITHIN
    assert red[0] == 503
    assert "reports errors" in red[1]
    assert finished(stack, task)["result"] == 3


@pytest.mark.parametrize(
    ("failing", "why"),
    [
        ("fsync,fdatasync:error=EIO", "disk I/O error"),
        ("pwrite64,ftruncate,fallocate:error=EIO", "disk I/O error"),
        ("pwrite64,ftruncate,fallocate:error=EROFS", "disk I/O error"),
        ("pwrite64,ftruncate,fallocate:error=ENOSPC", "disk is full"),
    ],
    ids=["EIO on fsync", "EIO", "EROFS", "ENOSPC"],
)
def test_a_ventilator_that_alone_cannot_write_goes_on_when_it_can(
    stack: Stack, failing: str, why: str, tmp_path: Path
) -> None:
    """I1, I3, I4, I5, L3: it ends by none of its own writes that fail; what comes on TASKS waits, and is one task."""
    told, key = len(stack.log("ventilator")), f"on-tasks-{uuid4()}"
    with at_work(stack, tmp_path / "history"):
        with system_calls(stack.pid("ventilator"), failing):
            push(stack, {"task-id": key, "task": "add", "args": [1, 2]})
            wait_until(lambda: why in stack.log("ventilator")[told:], 20, "it is told")
            wait_until(lambda: len(lines(tmp_path / "history")) == 8, 20, "what runs ends")
            there = is_there(stack, key)
        wait_until(lambda: is_there(stack, key), 20, "it is a task")

    assert not there
    assert finished(stack, key)["result"] == 3


def test_a_slow_disk_makes_all_slower_and_loses_no_worker(stack: Stack, tmp_path: Path) -> None:
    """I12, L1: beats do not wait for the disk."""
    slow = "fsync,fdatasync:delay_enter=400000"
    with at_work(stack, tmp_path / "history", 3.0):
        with system_calls(stack.pid("backend"), slow), system_calls(stack.pid("ventilator"), slow):
            began = time.monotonic()
            tasks = [create(stack, "add", 1, number)["id"] for number in range(3)]
            took = time.monotonic() - began
            time.sleep(3.5)  # longer than a silent worker is waited for
        assert [finished(stack, task, 30)["result"] for task in tasks] == [1, 2, 3]

    assert took > 3 * 0.35, "the disk was not slow"


def test_a_record_that_a_foreign_process_keeps_locked_is_waited_for(stack: Stack, tmp_path: Path) -> None:
    """I1, I4, I12, L1: 12 s, longer than anything waits for it, and than a silent worker is waited for."""
    with at_work(stack, tmp_path / "history"), closing(sqlite3.connect(stack.home / "zonda.sqlite3")) as foreign:
        foreign.isolation_level = None
        foreign.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        refusals: list[Refusal] = []
        clients = [threading.Thread(target=lambda: refusals.append(refusal(stack))) for _ in range(3)]
        for client in clients:
            client.start()
        red = record_check(stack)
        for client in clients:
            client.join()
        # The fault itself: locked for longer than anybody waits for the record.
        time.sleep(max(0.0, began + 12 - time.monotonic()))
        foreign.execute("ROLLBACK")
        task = create_when_it_can_be(stack)

    assert {code for code, _, _ in refusals} == {"UNAVAILABLE"}
    assert max(took for _, _, took in refusals) < TOLD_WITHIN
    assert red[0] == 503
    assert "Another process has kept the record" in red[1]
    assert finished(stack, task)["result"] == 3


@pytest.mark.parametrize("by", ["deleted", "replaced"])
def test_a_record_whose_file_was_taken_away_is_told_and_never_made_anew(stack: Stack, by: str) -> None:
    """I1: nobody is told that a task was taken which nobody will ever find."""
    record = stack.home / "zonda.sqlite3"
    aside = record.with_name("aside.sqlite3")
    before = create(stack, "add", 1, 2)["id"]
    finished(stack, before)

    record.rename(aside)
    if by == "replaced":
        shutil.copy(aside, record)
    code, message, _ = refusal(stack)
    red = record_check(stack)
    made_anew = record.exists()
    aside.replace(record)
    task = create_when_it_can_be(stack)

    assert code == "UNAVAILABLE"
    assert "deleted or replaced" in message
    assert red[0] == 503
    assert "deleted or replaced" in red[1]
    assert made_anew is (by == "replaced")
    assert finished(stack, task)["result"] == 3
    assert finished(stack, before)["result"] == 3


def create_when_it_can_be(stack: Stack) -> str:
    """The id of an `add` of 1 and 2, created as soon as that works again."""

    def created() -> str | None:
        answer = stack.post({"query": CREATE, "variables": {"name": "add", "args": [1, 2]}}, timeout=60)
        return None if "errors" in answer else answer["data"]["createTask"]["id"]

    return wait_until(created, 30, "a task can be created") or ""


def is_there(stack: Stack, key: str) -> bool:
    """Whether there is a task with this id."""
    return "errors" not in stack.post({"query": "query($id: ID!) { task(id: $id) { id } }", "variables": {"id": key}})


def push(stack: Stack, message: Mapping[str, object]) -> None:
    """Ask for a task as any program does that has ZeroMQ."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(f"ipc://{Home(stack.home).sockets()}/{TASKS}")
        socket.send(json.dumps(message).encode())
        socket.close(linger=5_000)
