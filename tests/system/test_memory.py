"""The kernel has no memory left for a worker, and kills one of its processes."""

from pathlib import Path

from tests.support.memory import little_memory
from tests.support.parts import Parts
from tests.support.tasks import all_ended, create, create_many, every_task, finished

ENOUGH = 512
"""MiB for a worker of two slots at work, with a child that is yet to be needed; not for a function that takes all."""


def test_a_child_that_the_kernel_kills_for_want_of_memory_is_told_and_only_its_task_is_lost(tmp_path: Path) -> None:
    """I4, I6, L1, L3: as any child that is killed, while another task runs beside it in the same group."""
    history = tmp_path / "history"
    with little_memory(ENOUGH) as group, Parts(tmp_path / "home", {"ZONDA_SLOTS": "2"}) as parts:
        parts.begin_all("backend", "ventilator", "sink")
        worker = parts.begin("worker-1", prefix=group.prefix).wait_until_ready()
        try:
            good = create_many(parts, [{"name": "span", "args": [str(history), 0.5]}] * 8)
            devoured = finished(parts, create(parts, "devour", priority=5)["id"], within=30)
            all_ended(parts, within=30)
            tasks = every_task(parts, good)
            killed, alive = group.kills(), worker.process.poll() is None
        finally:
            parts.end_all()

    assert (devoured["status"], devoured["reason"]) == ("FAILED", "LOST")
    assert [attempt["outcome"] for attempt in devoured["attempts"]] == ["LOST"] * 3
    assert "SIGKILL" in devoured["error"]
    assert killed == 3
    assert alive
    assert [(task["status"], task["attempt"]) for task in tasks] == [("FINISHED", 1)] * len(good)
