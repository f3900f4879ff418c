"""Ctrl-C with tasks running."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import all_ended, create_many, every_task, lines
from tests.support.waiting import wait_until

SHORT, LONG, MANY = 2.0, 60.0, 200
"""Seconds of a task that ends while Zonda does, and of one that does not; and so many that are not all done by then."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A Zonda that was stopped with work begun, and started again."""

    stack: Stack
    code: int
    took: float
    short: str
    long: str
    many: list[str]
    traces: Path
    after: dict[str, dict[str, Any]]
    """Each task by its id, as it was found after the next start."""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    folder = tmp_path_factory.mktemp("stopping")
    spans, traces = folder / "spans", folder / "traces"
    with Stack(folder / "home", 2, PROOF) as stack:
        many = create_many(stack, [{"name": "trace", "args": [str(traces), 0.05]}] * MANY)
        wait_until(lambda: len(lines(traces)) > 3, 20, "the work has begun")
        urgent = [{"name": "span", "args": [str(spans), seconds], "priority": 100} for seconds in (SHORT, LONG)]
        short, long = create_many(stack, urgent)
        wait_until(lambda: len(lines(spans)) == 2, 10, "both slots are busy")

        began = time.monotonic()
        code = stack.stop()
        took = time.monotonic() - began
        wait_until(lambda: not stack.processes(), 5, "no process is left")
        stack.start()
        stack.wait_until_ready()
        after = {task["id"]: task for task in every_task(stack)}
        stack.graphql("mutation($ids: [ID!]) { cancelTasks(ids: $ids) { count } }", {"ids": [long]})
        yield Stopped(stack, code, took, short, long, many, traces, after)


def test_ctrl_c_with_tasks_running_leaves_each_finished_or_queueing(stopped: Stopped) -> None:
    assert stopped.code == 0
    assert stopped.took < 15
    assert set(stopped.after) == {stopped.short, stopped.long, *stopped.many}
    assert {task["status"] for task in stopped.after.values()} <= {"QUEUEING", "RUNNING", "FINISHED"}
    assert stopped.after[stopped.short]["status"] == "FINISHED"
    assert stopped.after[stopped.long]["status"] != "FINISHED"


def test_work_that_waited_through_a_stop_is_done_after_the_next_start(stopped: Stopped) -> None:
    waited = [key for key in stopped.many if stopped.after[key]["status"] != "FINISHED"]

    ended = all_ended(stopped.stack, within=60)

    assert waited, "all was done before the stop"
    assert ended["finished"] == 1 + MANY
    assert len(lines(stopped.traces)) == len(set(lines(stopped.traces))) == MANY
