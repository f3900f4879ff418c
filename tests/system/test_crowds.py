"""Very many tasks at once, a worker that comes and goes, clients that are slow: none keeps others from their turn."""

import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from backend.tasks.lifecycle import MAX_LOSSES
from tests.support.stack import Stack
from tests.support.starting import Starts
from tests.support.tasks import all_ended, counts, create, create_many, every_task, finished, ids, lines
from tests.support.waiting import wait_until

CROWD = 10_000
FLAPS = 4
SLOW = 20


def test_ten_thousand_that_are_due_in_the_same_second_keep_no_urgent_task_waiting(start: Starts) -> None:
    """I8, I9, L2."""
    stack = start(workers=2)
    due = datetime.now(UTC) + timedelta(seconds=8)
    create_many(stack, [{"name": "add", "args": [1, 2], "runAfter": due.isoformat()}] * CROWD)
    early = counts(stack)
    wait_until(lambda: counts(stack)["finished"] > 0, 20, "they are due")

    urgent = finished(stack, create(stack, "add", 2, 3, priority=100)["id"], 20)
    behind = counts(stack)["queueing"]
    # The rest would only take its time.
    stack.graphql("mutation { cancelTasks(filter: {status: [QUEUEING, RUNNING]}) { count } }", timeout=60)
    all_ended(stack, within=60)

    assert early["queueing"] == CROWD, "one started before it was due"
    assert behind > CROWD // 2, "it waited for those before it"
    started, created = (datetime.fromisoformat(urgent[field]) for field in ("startedAt", "createdAt"))
    assert started - created < timedelta(seconds=1), "L2"


def test_a_worker_that_dies_again_and_again_uses_up_no_task_s_losses(start: Starts, tmp_path: Path) -> None:
    """I6, L1, L3: what it was granted and had not started is no attempt, and other workers go on."""
    stack = start(workers=2)
    path = tmp_path / "trace"
    create_many(stack, [{"name": "trace", "args": [str(path), 0.5]}] * 300)

    for _ in range(FLAPS):
        pid = stack.pid("worker-1")
        wait_until(partial(runs_something, stack, pid), 30, "it has work again")
        stack.kill("worker-1")
    stack.graphql("mutation { cancelTasks(filter: {status: [QUEUEING]}) { count } }")
    all_ended(stack, within=30)

    tasks = every_task(stack)
    losses = {task["id"]: sum(attempt["outcome"] == "LOST" for attempt in task["attempts"]) for task in tasks}
    assert sum(losses.values()) <= FLAPS, "more was counted as lost than can have run on one slot"
    for task in tasks:
        if task["status"] == "FAILED":
            # One that is always begun again on the worker that dies may be lost for the third time.
            assert task["reason"] == ("LOST" if losses[task["id"]] == MAX_LOSSES else "CANCELLED")
    assert {task["id"] for task in tasks if task["status"] == "FINISHED"} <= ids(lines(path))


def test_clients_that_do_not_read_their_answers_keep_nobody_waiting(start: Starts) -> None:
    """L2: as many as there are threads that read, and more; each has asked for more than the system takes for it."""
    stack = start(workers=1)
    for key in [create(stack, "echo", "x" * 900_000)["id"] for _ in range(6)]:
        finished(stack, key)
    query = quote("{ tasks(first: 6) { nodes { result } } }")
    with ExitStack() as slow:
        for _ in range(SLOW):
            client = slow.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", stack.port))
            client.sendall(f"GET /graphql?query={query} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n\r\n".encode())
            assert client.recv(15) == b"HTTP/1.1 200 OK"

        tasks = [finished(stack, create(stack, "add", 2, 3)["id"]) for _ in range(5)]

    for task in tasks:
        created, started = (datetime.fromisoformat(task[field]) for field in ("createdAt", "startedAt"))
        assert started - created < timedelta(seconds=1), "L2"


def runs_something(stack: Stack, pid: int) -> bool:
    workers = stack.graphql("{ workers { pid current } }")["workers"]
    return any(worker["pid"] == pid and worker["current"] for worker in workers)
