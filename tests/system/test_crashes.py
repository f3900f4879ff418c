"""Processes killed under load: every task ends, and ends once."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.processes import children, is_alive
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import all_ended, counts, create_many, every_task, ids, lines
from tests.support.waiting import wait_until

MANY = 400


def child_of(pid: int) -> int:
    """One of the processes that this one has started, once there is any."""
    return wait_until(lambda: children(pid), 20, f"{pid} has children")[0]


def kill(stack: Stack, name: str) -> None:
    """SIGKILL to a process of the stack, `child` for a child of its first worker, and wait until it is gone."""
    pid = child_of(stack.pid("worker-1")) if name == "child" else stack.pid(name)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), 5, f"{name} is gone")


def one_terminal_outcome_each(tasks: list[dict[str, object]]) -> None:
    """I4 and I7 by what the API shows: one outcome that ended the task, attempts numbered without gaps."""
    for task in tasks:
        attempts = task["attempts"]
        assert isinstance(attempts, list)
        assert [attempt["number"] for attempt in attempts] == list(range(1, len(attempts) + 1)), task
        assert all(attempt["outcome"] == "LOST" for attempt in attempts[:-1]), task
        assert attempts[-1]["outcome"] == "SUCCEEDED", task


@pytest.fixture(scope="module")
def zonda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One Zonda whose processes are killed again and again, by each test with work of its own."""
    with Stack(tmp_path_factory.mktemp("crashes") / "home", 2, {**PROOF, "ZONDA_SLOTS": "2"}) as started:
        yield started


@pytest.fixture
def stack(zonda: Stack) -> Stack:
    """It, once all that the tests before have killed is there again. What was killed often comes back ever later."""
    wait_until(lambda: answers(zonda), 30, "the backend is there")
    wait_until(lambda: idle(zonda) == 2, 60, "both workers are there, with nothing to do")
    return zonda


@pytest.mark.parametrize("victim", ["child", "worker-1", "sink", "ventilator", "backend"])
def test_nothing_is_lost_when_a_process_is_killed_under_load(stack: Stack, tmp_path: Path, victim: str) -> None:
    path = tmp_path / "trace"
    created = create_many(stack, [{"name": "trace", "args": [str(path), 0.004]}] * MANY)

    wait_until(lambda: len(lines(path)) > MANY // 10, 20, "the work has begun")
    kill(stack, victim)
    wait_until(lambda: len(lines(path)) > MANY // 2, 30, "the work goes on")
    kill(stack, victim)
    all_ended(stack, within=60)

    tasks = every_task(stack, among=created)
    assert len(tasks) == len(created) == MANY
    assert {task["status"] for task in tasks} == {"FINISHED"}
    assert ids(lines(path)) == set(created)
    one_terminal_outcome_each(tasks)


def test_the_tasks_of_a_killed_worker_run_elsewhere_within_five_seconds(stack: Stack, tmp_path: Path) -> None:
    # The other worker has a slot left: how long a new worker takes to load is not in the promise.
    before = counts(stack)
    path = tmp_path / "span"
    keys = create_many(stack, [{"name": "span", "args": [str(path), 8.0]}] * 2)
    wait_until(lambda: len(lines(path)) == 2, 10, "both run")
    held = {worker["topic"]: worker for worker in stack.graphql("{ workers { topic pid tasks { id } } }")["workers"]}
    victim = next(worker for worker in held.values() if worker["pid"] == stack.pid("worker-1"))

    stack.kill("worker-1")
    (key,) = [task["id"] for task in victim["tasks"]]

    seen: list[dict[str, object]] = []

    def begins_again() -> bool:
        # Looked at all the time: a new worker may be given the seat, and with it the row, a second after the loss.
        seen.extend(stack.graphql("{ workers { topic state lostTasks { id } } }")["workers"])
        return f"begin {key} 2" in " ".join(lines(path))

    wait_until(begins_again, 5, "its task begins again")
    begins_again()
    assert {"topic": victim["topic"], "state": "LOST", "lostTasks": [{"id": key}]} in seen
    assert all_ended(stack, within=30)["finished"] == before["finished"] + len(keys)


def has_more_lines(path: Path, count: int) -> bool:
    return len(lines(path)) > count


def test_every_process_killed_in_turn_under_load_loses_nothing(stack: Stack, tmp_path: Path) -> None:
    before_all = counts(stack)
    path = tmp_path / "trace"
    created: list[str] = []

    for victim in ("child", "worker-1", "sink", "ventilator", "backend"):
        created += create_many(stack, [{"name": "trace", "args": [str(path), 0.01]}] * 200)
        before = len(lines(path))
        wait_until(partial(has_more_lines, path, before + 20), 30, "the work goes on")
        kill(stack, victim)
        if victim == "backend":
            stack.pid("backend")
            wait_until(lambda: answers(stack), 30, "the backend is back")
    ended = all_ended(stack, within=60)

    assert ended == {**before_all, "finished": before_all["finished"] + len(created)}
    assert ids(lines(path)) == set(created)
    one_terminal_outcome_each(every_task(stack, among=created))


def idle(stack: Stack) -> int:
    """How many workers are there and have nothing to do."""
    workers = stack.graphql("{ workers { state current pending } }")["workers"]
    return sum((worker["state"], worker["current"], worker["pending"]) == ("READY", 0, 0) for worker in workers)


def answers(stack: Stack) -> bool:
    """Whether the backend serves again."""
    try:
        return bool(stack.graphql("{ __typename }"))
    except OSError:
        return False
