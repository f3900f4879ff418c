"""Running tasks that are told to end, print without end and tell of their progress; and a worker that is drained."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.processes import is_alive
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import create, finished, lines, read
from tests.support.waiting import wait_until
from wire.messages import LOG_LINES_AT_MOST

WITHIN = 15.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("limits") / "home"
    with Stack(home, 2, {**PROOF, "ZONDA_SLOTS": "2"}) as stack:
        yield stack


def running(stack: Stack, key: str) -> None:
    wait_until(lambda: read(stack, key)["status"] == "RUNNING", WITHIN, f"{key} runs")


def cancel(stack: Stack, key: str) -> None:
    answer = stack.graphql("mutation($ids: [ID!]) { cancelTasks(ids: $ids) { count } }", {"ids": [key]})
    assert answer == {"cancelTasks": {"count": 1}}


def limited(stack: Stack, name: str, *args: object, timeout: float) -> str:
    query = """mutation($name: String!, $args: JSON, $timeout: Float) {
        createTask(name: $name, args: $args, timeout: $timeout) { id } }"""
    key: str = stack.graphql(query, {"name": name, "args": list(args), "timeout": timeout})["createTask"]["id"]
    return key


def log_of(stack: Stack, key: str) -> list[tuple[int, str, str]]:
    """The lines of a task, as the record has them."""
    record = sqlite3.connect(f"file:{stack.home / 'zonda.sqlite3'}?mode=ro", uri=True)
    try:
        query = """SELECT l.number, l.stream, l.text FROM zonda_log_line l JOIN zonda_task t ON t.seq = l.task_id
            WHERE t.key = ? ORDER BY l.fence, l.number"""
        return record.execute(query, [key]).fetchall()
    finally:
        record.close()


def outcome(task: dict[str, Any]) -> tuple[str, str, str]:
    [attempt] = task["attempts"]
    return task["status"], task["reason"], attempt["outcome"]


@pytest.mark.parametrize("name", ["sleep", "sleep_async"])
def test_a_task_that_sleeps_for_a_minute_is_cancelled_where_it_sleeps(stack, name):
    key = create(stack, name, 60.0)["id"]
    running(stack, key)

    cancel(stack, key)
    task = finished(stack, key)

    assert outcome(task) == ("FAILED", "CANCELLED", "CANCELLED")
    # Of one that was only killed, after its grace, there is none.
    assert "sleep" in task["attempts"][0]["traceback"]


@pytest.mark.parametrize("how", ["cancelled", "timed out"])
def test_one_that_does_not_mind_is_killed_after_its_grace_with_what_it_has_started(stack, tmp_path, how):
    path = tmp_path / "pids"
    if how == "cancelled":
        key = create(stack, "stubborn", str(path))["id"]
        wait_until(lambda: lines(path), WITHIN, "it runs")
        cancel(stack, key)
    else:
        key = limited(stack, "stubborn", str(path), timeout=0.5)
    task = finished(stack, key)

    reason = "CANCELLED" if how == "cancelled" else "TIMEOUT"
    kind = "CANCELLED" if how == "cancelled" else "TIMED_OUT"
    assert outcome(task) == ("FAILED", reason, kind)
    assert "had to be killed" in task["attempts"][0]["error"]
    first, *_ = lines(path)
    wait_until(lambda: not any(is_alive(int(pid)) for pid in first.split()), WITHIN, f"{first} are gone")


def test_those_that_take_too_long_are_grouped_by_where_they_were(stack, tmp_path):
    # Long enough for each to have begun to sleep.
    keys = {
        "/demo/tasks.py sleep": [limited(stack, "sleep", 60.0, timeout=seconds) for seconds in (1.0, 1.5)],
        "support/proof/tasks.py sleep_async": [limited(stack, "sleep_async", 60.0, timeout=1.0)],
        "/demo/tasks.py count_to": [limited(stack, "count_to", 60, 60.0, timeout=1.0)],
        None: [limited(stack, "stubborn", str(tmp_path / "grouped"), timeout=1.0)],
    }
    asked = {key for some in keys.values() for key in some}
    assert {finished(stack, key)["reason"] for key in asked} == {"TIMEOUT"}

    groups = stack.graphql("{ failureGroups { key frame } }")["failureGroups"]

    for frame, some in keys.items():
        query = "query($key: ID!) { tasks(filter: {failure: [$key]}) { nodes { id } } }"
        found = [
            (group["frame"], ids)
            for group in groups
            if (ids := asked & {task["id"] for task in stack.graphql(query, {"key": group["key"]})["tasks"]["nodes"]})
        ]
        [where] = [where for where, ids in found if ids == set(some)]
        assert where is None if frame is None else where.endswith(frame)


def test_a_task_that_prints_100_mb_harms_nothing_and_its_beginning_and_end_are_kept(stack):
    key = create(stack, "flood", 100)["id"]
    running(stack, key)
    overtook = 0
    while read(stack, key)["status"] == "RUNNING":
        finished(stack, create(stack, "add", 1, overtook)["id"])
        overtook += read(stack, key)["status"] == "RUNNING"

    task = finished(stack, key)
    assert (task["status"], len(task["attempts"])) == ("FINISHED", 1), task
    assert overtook, "others had to wait for it"
    kept = log_of(stack, key)
    assert 100 < len(kept) <= LOG_LINES_AT_MOST
    assert kept[0] == (1, "stdout", f"{0:07} {'x' * 91}")
    assert kept[-1][2].startswith("the end")
    [left_out] = [text for _, stream, text in kept if stream == "worker"]
    assert "MB) left out" in left_out


def test_progress_and_lines_of_a_task_are_seen_while_it_runs(stack):
    key = create(stack, "count_to", 40, 0.2)["id"]

    def seen() -> bool:
        task = stack.graphql("query($id: ID!) { task(id: $id) { status progress { fraction message } } }", {"id": key})[
            "task"
        ]
        progress = task["progress"] or {}
        return bool(
            task["status"] == "RUNNING"
            and 0 < (progress.get("fraction") or 0) < 1
            and (progress.get("message") or "").endswith(" of 40")
            and ("log", "INFO backend.demo.tasks: 1 of 40")
            in [(stream, text) for _, stream, text in log_of(stack, key)]
        )

    wait_until(seen, WITHIN, "progress and lines are seen")
    cancel(stack, key)
    assert outcome(finished(stack, key)) == ("FAILED", "CANCELLED", "CANCELLED")


def test_a_drained_worker_ends_what_it_runs_and_is_not_started_again(stack, tmp_path):
    query = "{ workers { topic name state tasks { id } } }"
    name, topic = next(
        (found["name"], found["topic"]) for found in stack.graphql(query)["workers"] if found["name"] == "worker-2"
    )
    pid = stack.pid(name)
    tasks = [create(stack, "span", str(tmp_path / "spans"), 2.0)["id"] for _ in range(4)]
    wait_until(lambda: len(lines(tmp_path / "spans")) >= 4, WITHIN, "every slot has something to do")

    stack.graphql("mutation($topic: ID!) { drainWorker(topic: $topic) { state } }", {"topic": topic})
    wait_until(lambda: not is_alive(pid), WITHIN, "the drained worker is gone")

    ended = [read(stack, key) for key in tasks]
    assert [task["status"] for task in ended if task["attempts"][0]["worker"] == topic] == ["FINISHED"] * 2
    stack.output.wait_for(f"{name} was drained, and is not started again", WITHIN)
    assert finished(stack, create(stack, "add", 1, 2)["id"])["result"] == 3
