"""A task says why it is not running yet: each case through real processes, one after the other on one stack."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.parts import stopped
from tests.support.stack import Stack
from tests.support.starting import Starts
from tests.support.tasks import create, finished
from tests.support.waiting import wait_until

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def _create(stack: Stack, name: str, *args: object, **options: object) -> str:
    query = """mutation($name: String!, $args: JSON, $queue: String, $maxAttempts: Int, $runAfter: DateTime) {
        createTask(name: $name, args: $args, queue: $queue, maxAttempts: $maxAttempts, runAfter: $runAfter) { id } }"""
    return str(stack.graphql(query, {"name": name, "args": list(args), **options})["createTask"]["id"])


def _read(stack: Stack, key: str) -> dict[str, Any]:
    query = "query($id: ID!) { task(id: $id) { status attempt waiting estimatedStartAt runAfter } }"
    task: dict[str, Any] = stack.graphql(query, {"id": key})["task"]
    return task


def _says(stack: Stack, key: str, pattern: str, within: float = 10.0) -> dict[str, Any]:
    """The task once its sentence is like the pattern."""
    seen: list[str | None] = []

    def said() -> dict[str, Any] | None:
        task = _read(stack, key)
        if task["waiting"] not in seen:
            seen.append(task["waiting"])
        return task if re.fullmatch(pattern, task["waiting"] or "") else None

    try:
        return wait_until(said, within) or {}
    except AssertionError as error:
        raise AssertionError(f"{pattern!r} was never said; these were: {seen}") from error


def test_a_task_says_why_it_waits_in_each_case(start: Starts) -> None:
    stack = start(workers=1, ZONDA_QUEUES="default,mail")
    finished(stack, create(stack, "add", 1, 2)["id"])

    unserved = _create(stack, "add", 1, 2, queue="reports")
    _says(stack, unserved, r"No worker serves its queue reports: W1 serves default and mail\.")

    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    scheduled = _says(stack, _create(stack, "add", 1, 2, runAfter=later), rf"It is scheduled for {INSTANT}\.")
    assert scheduled["estimatedStartAt"] == scheduled["runAfter"]

    failing = _create(stack, "divide", 1, 0, maxAttempts=2)
    between = _says(stack, failing, rf"It waits until {INSTANT} for attempt 2 of 2: the last one failed\.")
    assert between["estimatedStartAt"][:23] in between["waiting"]
    assert finished(stack, failing)["status"] == "FAILED"

    stack.graphql('mutation { pauseQueue(name: "mail", reason: "deploying") { name } }')
    paused = _create(stack, "add", 1, 2, queue="mail")
    _says(stack, paused, rf"Its queue mail is paused since {INSTANT}: deploying\.")

    # A worker that does not move keeps what it is granted until it is given up.
    with stopped(stack.pid("worker-1")):
        granted = _create(stack, "add", 1, 2)
        _says(stack, granted, r"W1 has it and is about to start it\.")
        _cancel(stack, granted)
        _says(stack, granted, r"It is being cancelled: W1 has been told to let go of it\.")
        assert finished(stack, granted)["reason"] == "CANCELLED"
        _says(stack, unserved, r"No worker is connected\.")
        _says(stack, paused, rf"Its queue mail is paused since {INSTANT}: deploying\.")

    stack.graphql('mutation { resumeQueue(name: "mail") { name } }')
    assert finished(stack, paused, within=20)["result"] == 3

    running = _create(stack, "sleep", 30)
    wait_until(lambda: _read(stack, running)["status"] == "RUNNING", 10)
    following, last = (_create(stack, "add", 1, 2) for _ in range(2))
    _says(stack, following, r"It is next in its queue, and the one slot that serves the queue is busy\.")
    _says(stack, last, r"1 task of its queue is ahead of it, and the one slot that serves the queue is busy\.")
    _cancel(stack, running)


def _cancel(stack: Stack, *keys: str) -> None:
    stack.graphql("mutation($ids: [ID!]) { cancelTasks(ids: $ids) { count } }", {"ids": list(keys)})
