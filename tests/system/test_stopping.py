"""Ctrl-C with tasks running."""

import time
from pathlib import Path

from tests.support.starting import Starts
from tests.support.tasks import all_ended, create_many, every_task, lines
from tests.support.waiting import wait_until


def test_ctrl_c_with_tasks_running_leaves_each_finished_or_queueing(start: Starts, tmp_path: Path) -> None:
    stack = start(workers=2)
    path = tmp_path / "span"
    short = create_many(stack, [{"name": "span", "args": [str(path), 2.0]}])
    create_many(stack, [{"name": "span", "args": [str(path), 60.0]}])
    create_many(stack, [{"name": "trace", "args": [str(tmp_path / "trace")]}] * 50)
    wait_until(lambda: len(lines(path)) == 2, 10, "both slots are busy")

    began = time.monotonic()
    code = stack.stop()
    took = time.monotonic() - began

    assert code == 0
    assert took < 15
    wait_until(lambda: not stack.processes(), 2, "no process is left")
    stack.start()
    stack.wait_until_ready()
    tasks = every_task(stack)
    assert {task["status"] for task in tasks} <= {"QUEUEING", "RUNNING", "FINISHED"}
    assert next(task for task in tasks if task["id"] in short)["status"] == "FINISHED"


def test_work_that_waited_through_a_stop_is_done_after_the_next_start(start: Starts, tmp_path: Path) -> None:
    stack = start(workers=1)
    create_many(stack, [{"name": "trace", "args": [str(tmp_path / "trace"), 0.05]}] * 100)
    wait_until(lambda: len(lines(tmp_path / "trace")) > 3, 20, "the work has begun")

    assert stack.stop() == 0
    stack.start()
    stack.wait_until_ready()

    assert all_ended(stack, within=60)["finished"] == 100
    assert len(set(lines(tmp_path / "trace"))) == 100
