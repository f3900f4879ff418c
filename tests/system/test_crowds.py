"""Very many tasks at once, a worker that comes and goes, clients that are slow: none keeps others from their turn."""

import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from backend.api.bodies import BODIES_AT_MOST
from backend.tasks.lifecycle import MAX_LOSSES
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import all_ended, counts, create, create_many, every_task, finished, ids, lines
from tests.support.waiting import wait_until

CROWD = 10_000
FLAPS = 4
SLOW = 20
MAX_BODY = 16 * 1024 * 1024
FEW = CROWD // 5
"""What may start before one that is urgent: what workers were granted already, and what starts until it is written."""


@pytest.fixture(scope="module")
def zonda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One Zonda for all crowds: each of them is gone before the next comes."""
    with Stack(tmp_path_factory.mktemp("crowds") / "home", 2, PROOF) as stack:
        yield stack


@pytest.fixture
def stack(zonda: Stack) -> Stack:
    """It, once both workers are there: one that dies again and again comes back ever later."""
    wait_until(lambda: ready(zonda) == 2, 60, "both workers are there")
    return zonda


def test_ten_thousand_that_are_due_in_the_same_second_keep_no_urgent_task_waiting(stack: Stack) -> None:
    """I8, I9, L2."""
    before = counts(stack)
    due = datetime.now(UTC) + timedelta(seconds=8)
    create_many(stack, [{"name": "add", "args": [1, 2], "runAfter": due.isoformat()}] * CROWD)
    wait_until(lambda: counts(stack)["finished"] > before["finished"], 20, "they are due")

    urgent = finished(stack, create(stack, "add", 2, 3, priority=100)["id"], 20)["id"]
    behind = counts(stack)["queueing"]
    # The rest would only take its time.
    stack.graphql("mutation { cancelTasks(filter: {status: [QUEUEING, RUNNING]}) { count } }", timeout=60)
    all_ended(stack, within=60)

    assert asked(stack, "SELECT count(*) FROM zonda_task WHERE started_at < run_after") == 0, (
        "started before it was due"
    )
    assert behind > CROWD // 2, "it waited for those before it"
    # Not by the clock: how many start in a second is the machine's matter.
    others = """SELECT count(*) FROM zonda_task one, zonda_task other WHERE one.key = ?
        AND other.started_at > one.created_at AND other.started_at < one.started_at"""
    assert asked(stack, others, urgent) < FEW, "L2"


def test_a_worker_that_dies_again_and_again_uses_up_no_task_s_losses(stack: Stack, tmp_path: Path) -> None:
    """I6, L1, L3: what it was granted and had not started is no attempt, and other workers go on."""
    path = tmp_path / "trace"
    created = create_many(stack, [{"name": "trace", "args": [str(path), 0.5]}] * 300)

    for _ in range(FLAPS):
        pid = stack.pid("worker-1")
        wait_until(partial(runs_something, stack, pid), 30, "it has work again")
        stack.kill("worker-1")
    stack.graphql("mutation { cancelTasks(filter: {status: [QUEUEING]}) { count } }")
    all_ended(stack, within=30)

    tasks = every_task(stack, among=created)
    losses = {task["id"]: sum(attempt["outcome"] == "LOST" for attempt in task["attempts"]) for task in tasks}
    assert sum(losses.values()) <= FLAPS, "more was counted as lost than can have run on one slot"
    for task in tasks:
        if task["status"] == "FAILED":
            # One that is always begun again on the worker that dies may be lost for the third time.
            assert task["reason"] == ("LOST" if losses[task["id"]] == MAX_LOSSES else "CANCELLED")
    assert {task["id"] for task in tasks if task["status"] == "FINISHED"} <= ids(lines(path))


def test_clients_that_do_not_read_their_answers_keep_nobody_waiting(stack: Stack) -> None:
    """L2: as many as there are threads that read, and more; each has asked for more than the system takes for it, and
    has its answer still to come when others have had theirs."""
    for key in [create(stack, "echo", "x" * 900_000)["id"] for _ in range(6)]:
        finished(stack, key)
    query = quote("{ tasks(first: 6) { nodes { result } } }")
    with ExitStack() as slow:
        clients = []
        for _ in range(SLOW):
            client = slow.enter_context(socket.socket())
            client.settimeout(10)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", stack.port))
            client.sendall(f"GET /graphql?query={query} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n\r\n".encode())
            assert client.recv(15) == b"HTTP/1.1 200 OK"
            clients.append(client)

        tasks = [finished(stack, create(stack, "add", 2, 3)["id"]) for _ in range(5)]
        heads_and_bodies = [rest_of(client) for client in clients[::5]]

    assert [task["result"] for task in tasks] == [5] * 5
    assert [len(body) for _, body in heads_and_bodies] == [length_in(head) for head, _ in heads_and_bodies]


def test_bodies_without_their_last_byte_keep_no_outcome_waiting(stack: Stack) -> None:
    """L3: as many bytes as there may be of all, so that nobody else has room for a word."""
    key = create(stack, "sleep", 6.0)["id"]
    with ExitStack() as crowd:
        for _ in range(BODIES_AT_MOST // MAX_BODY):
            crowd.enter_context(unfinished(stack, MAX_BODY - 1024))

        def full() -> bool:
            for bits in range(23, 2, -1):
                crowd.enter_context(unfinished(stack, 2**bits))
            # What is still on its way may be refused, and what it had taken is free again.
            return all(refuses(stack) for _ in range(10))

        wait_until(full, 40, "nobody has room for a word")

        finds = "SELECT count(*) FROM zonda_task WHERE key = ? AND status = 'FINISHED'"
        wait_until(lambda: asked(stack, finds, key), 20, "its outcome is written")
        assert refuses(stack), "there was room for anybody"


def refuses(stack: Stack) -> bool:
    """Whether a few bytes are too many."""
    return "UNAVAILABLE" in str(stack.post({"query": "{ __typename }"}))


def unfinished(stack: Stack, size: int) -> socket.socket:
    """A client that has sent all of a body but its last byte, or as much as is taken of it."""
    client = socket.create_connection(("127.0.0.1", stack.port))
    client.settimeout(3)
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
    # Refused, it is not read to its end.
    with suppress(OSError):
        client.sendall(b" " * (size - 1))
    return client


def rest_of(client: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of the answer that this client has waiting, as far as it comes."""
    answer = b""
    while b"\r\n\r\n" not in answer and (some := client.recv(65536)):
        answer += some
    head, _, body = answer.partition(b"\r\n\r\n")
    pieces = [body]
    left = length_in(head) - len(body)
    while left > 0 and (some := client.recv(min(left, 65536))):
        pieces.append(some)
        left -= len(some)
    return head, b"".join(pieces)


def length_in(head: bytes) -> int:
    """Bytes of the body that this head announces."""
    found = re.search(rb"(?i)content-length: (\d+)", head)
    assert found is not None, head
    return int(found[1])


def asked(stack: Stack, query: str, *values: str) -> int:
    """The number that the record has for this."""
    with closing(sqlite3.connect(f"file:{stack.home / 'zonda.sqlite3'}?mode=ro", uri=True)) as record:
        return int(record.execute(query, values).fetchone()[0])


def ready(stack: Stack) -> int:
    """How many workers can be given something."""
    return sum(worker["state"] == "READY" for worker in stack.graphql("{ workers { state } }")["workers"])


def runs_something(stack: Stack, pid: int) -> bool:
    workers = stack.graphql("{ workers { pid current } }")["workers"]
    return any(worker["pid"] == pid and worker["current"] for worker in workers)
