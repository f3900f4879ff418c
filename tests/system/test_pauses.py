"""Each process stands still for three times as long as a silent worker is waited for, and goes on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.parts import stopped
from tests.support.processes import is_alive
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import all_ended, create_many, every_task, lines
from tests.support.waiting import wait_until

STANDS = 9.0
"""Seconds: three times the three beats after which a silent worker is given up."""

LONG = 6.0
"""Seconds of a task that runs when the process stops: it is over while that still stands."""

ALONE = ("SUCCEEDED",)
RERUN = ("LOST", "SUCCEEDED")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("pauses") / "home", 2, {**PROOF, "ZONDA_SLOTS": "2"}) as stack:
        yield stack


@pytest.mark.parametrize("victim", ["backend", "ventilator", "sink", "child", "worker-1"])
def test_what_stood_still_and_goes_on_loses_nothing_and_settles_nothing_twice(
    stack: Stack, tmp_path: Path, victim: str
) -> None:
    """I4, I5, I7, I12, L1, L3. Only of a worker must others think that it is dead."""
    spans, traces = tmp_path / "spans", tmp_path / "traces"
    long = create_many(stack, [{"name": "span", "args": [str(spans), LONG]}] * 4)
    wait_until(lambda: len(lines(spans)) == len(long), 20, "all slots are busy")
    short = create_many(stack, [{"name": "trace", "args": [str(traces), 0.02]}] * 100)
    pid = int(lines(spans)[0].split()[-1]) if victim == "child" else stack.pid(victim)
    # One that it was granted and cannot start is not lost with it.
    held = tasks_of(stack, pid) & set(long) if victim == "worker-1" else set()

    with stopped(pid):
        time.sleep(STANDS)  # what is tested is that so much time passes
    all_ended(stack, within=40)

    outcomes = {
        task["id"]: tuple(attempt["outcome"] for attempt in task["attempts"])
        for task in every_task(stack)
        if task["id"] in {*long, *short}
    }
    assert is_alive(pid), "it was ended, or ended by itself"
    assert {key for key in long if outcomes[key] == RERUN} == held
    assert {key for key in outcomes if outcomes[key] == ALONE} == {*long, *short} - held
    begun = [line.split()[1] for line in lines(spans) if line.startswith("begin")]
    assert sorted(begun) == sorted([*long, *held])
    assert {line.split()[0] for line in lines(traces)} == set(short)


def tasks_of(stack: Stack, pid: int) -> set[str]:
    """What the worker with this pid runs."""
    workers = stack.graphql("{ workers { pid tasks { id } } }")["workers"]
    (worker,) = [worker for worker in workers if worker["pid"] == pid]
    return {task["id"] for task in worker["tasks"]}
