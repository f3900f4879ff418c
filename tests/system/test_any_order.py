"""Backend, ventilator, sink and worker start in any order, and each again while tasks run."""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from sink.machine import LONGEST_PAUSE, REFUSALS
from tests.support.parts import Part, Parts
from tests.support.tasks import all_ended, create, create_many, every_task, finished, lines, read
from tests.support.waiting import wait_until

CONVERGES_WITHIN = 20.0

ORDERS = [
    ("worker-1", "sink", "ventilator", "backend"),
    ("sink", "backend", "worker-1", "ventilator"),
    ("ventilator", "worker-1", "backend", "sink"),
    ("backend", "ventilator", "sink", "worker-1"),
]
"""Each process comes first, second, third and last once."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with Parts(tmp_path_factory.mktemp("any-order") / "home") as parts:
        yield parts


@pytest.fixture(autouse=True)
def nothing_left(parts: Parts) -> Iterator[None]:
    yield
    parts.end_all()


def starts(path: Path) -> Counter[str]:
    """How often each task has begun, by the history that the task functions wrote."""
    return Counter(line.split()[1] for line in lines(path) if line.startswith("begin"))


def has_refusals(sink: Part, many: int) -> bool:
    return sink.log.read_text().count('"call.refused"') == many


def states(parts: Parts) -> list[str]:
    return [worker["state"] for worker in parts.graphql("{ workers { state } }")["workers"]]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_all_converge_in_whatever_order_they_start(parts: Parts, order: tuple[str, ...]) -> None:
    """L3, L2. Each is really up, as far as it can be alone, before the next is started."""
    up = {"backend": "backend.ready", "ventilator": "epoch.raised", "sink": "sink.ready", "worker-1": "child.ready"}

    for name in order:
        parts.begin(name).wait_until_says(up[name])
    task = create(parts, "add", 1, 2)

    assert finished(parts, task["id"], CONVERGES_WITHIN)["result"] == 3


def test_each_of_them_restarts_while_tasks_run_and_what_runs_is_not_run_again(parts: Parts, tmp_path: Path) -> None:
    """L3, I6, I7: the ventilator rebuilds its load table from the record and the hellos."""
    history = tmp_path / "history"
    begun = parts.begin_all(ZONDA_SLOTS="4")
    created = create_many(parts, [{"name": "span", "args": [str(history), 7.0]}] * 4)
    wait_until(lambda: len(starts(history)) == 4, 15, "all four run")
    waiting = create_many(parts, [{"name": "trace", "args": [str(tmp_path / "trace")]}] * 20)

    outages = {}
    for name in ("ventilator", "sink", "backend", "ventilator"):
        began = time.monotonic()
        begun[name].killed()
        begun[name] = parts.begin(name).wait_until_ready()
        outages[name] = time.monotonic() - began
    ended = all_ended(parts, within=60)

    assert ended["failed"] == 0
    assert ended["finished"] >= 24  # those of a test before are there too
    assert set(starts(history)) == set(created)
    assert set(starts(history).values()) == {1}, f"run again after outages of {outages}"
    assert len(lines(tmp_path / "trace")) == len(set(lines(tmp_path / "trace"))) == len(waiting)
    # A worker of a test before is there until it is lost.
    wait_until(lambda: states(parts).count("READY") == 1 == len(set(states(parts)) - {"LOST"}), 15, "one is READY")
    assert {len(task["attempts"]) for task in every_task(parts) if task["id"] in created} == {1}


def test_an_outcome_outlives_a_backend_that_ends_in_the_midst_of_it_again_and_again(
    parts: Parts, tmp_path: Path
) -> None:
    """L3, I4: each time the sink is answered with a bare 500, which says nothing of the outcome."""
    begun = parts.begin_all()
    path = tmp_path / "trace"
    task = create(parts, "trace", str(path), 2.0)
    wait_until(lambda: read(parts, task["id"])["status"] == "RUNNING", 15, "it runs")

    with closing(sqlite3.connect(parts.home / "zonda.sqlite3", isolation_level=None)) as record:
        record.execute("BEGIN EXCLUSIVE")
        wait_until(lambda: lines(path), 15, "it has run")
        for broken_off in range(1, REFUSALS + 1):
            # By then the sink has called, and waits for ten seconds and more.
            time.sleep(LONGEST_PAUSE + 1.0)
            begun["backend"].signal(signal.SIGTERM)
            wait_until(partial(has_refusals, begun["sink"], broken_off), 15, "the call is broken off")
            begun["backend"].killed()
            begun["backend"] = parts.begin("backend").wait_until_ready()
        record.execute("ROLLBACK")
    ended = finished(parts, task["id"], within=30)

    assert (ended["status"], ended["result"], len(ended["attempts"])) == ("FINISHED", 1, 1)
