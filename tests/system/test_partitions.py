"""One link between two processes carries nothing for a while, over TCP, and no end of it is told."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.soak.doctors import examine
from tests.support.links import Link, Way, free_ports
from tests.support.metrics import measured
from tests.support.parts import Part, Parts
from tests.support.stack import free_port
from tests.support.tasks import all_ended, create_many, every_task, lines, read
from tests.support.waiting import wait_until

LONGER_THAN_SILENCE = 5.0
"""Seconds: a worker that was not heard for three is lost."""

STATUS, CONTROL, RESULTS, W1 = 1, 2, 3, 11
"""What `wire/PROTOCOL.md` adds to the port for each topic."""


class Cuttable:
    """A Zonda over TCP whose worker and sink reach the others through links."""

    def __init__(self, parts: Parts, links: dict[str, Link], begun: dict[str, Part]) -> None:
        self.parts = parts
        self.links = links
        self.begun = begun

    def lost(self) -> int:
        """How often a worker was given up."""
        return self.begun["ventilator"].log.read_text().count('"worker.lost"')


@pytest.fixture(scope="module")
def zonda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cuttable]:
    with ExitStack() as stack:
        there = free_ports(32)
        here = there + 16
        parts = Parts(tmp_path_factory.mktemp("cut") / "home", {"ZONDA_TRANSPORT": f"zeromq+tcp://127.0.0.1:{there}"})
        stack.enter_context(parts)
        stack.callback(parts.end_all)

        def link(*topics: int) -> Link:
            return stack.enter_context(Link({here + one: there + one for one in topics}))

        http = free_port()
        links = {
            "worker-ventilator": link(STATUS, CONTROL, W1),
            "worker-sink": link(RESULTS),
            "sink-backend": stack.enter_context(Link({http: parts.port})),
        }
        begun = parts.begin_all("backend", "ventilator")
        begun["sink"] = parts.begin("sink", environment={"ZONDA_GRAPHQL_URL": f"http://127.0.0.1:{http}/graphql"})
        through = {"ZONDA_TRANSPORT": f"zeromq+tcp://127.0.0.1:{here}", "ZONDA_SLOTS": "2"}
        begun["worker-1"] = parts.begin("worker-1", environment=through).wait_until_ready()
        yield Cuttable(parts, links, begun)


@pytest.mark.parametrize("where", ["worker-sink", "sink-backend"])
def test_reports_that_cannot_get_through_wait_and_their_lease_does_not_lapse(
    zonda: Cuttable, where: str, tmp_path: Path
) -> None:
    """I4, I7, L1, L3: the worker beats all the while, and names what is not settled."""
    history = tmp_path / "history"
    before = zonda.lost()
    keys = create_many(zonda.parts, [{"name": "span", "args": [str(history), 1.0]}] * 4)
    wait_until(lambda: lines(history), 15, "they run")

    with zonda.links[where].cut():
        wait_until(lambda: len(lines(history)) >= 4, 15, "some end")
        threading.Event().wait(LONGER_THAN_SILENCE)
    all_ended(zonda.parts, within=40)

    assert zonda.lost() == before
    assert Counter(line.split()[1] for line in lines(history)) == Counter(keys * 2)
    assert_each_once(zonda.parts, keys, ["SUCCEEDED"])


@pytest.mark.parametrize("ways", [("there",), ("back",), ()], ids=["its words", "what it is told", "both"])
def test_a_worker_that_the_ventilator_has_no_word_with_is_lost_and_its_task_ends_once(
    zonda: Cuttable, ways: tuple[Way, ...], tmp_path: Path
) -> None:
    """I4, I5, I6, L1: it goes on meanwhile, and what comes of that is stale. One that beats and hears nothing is lost
    as well: what it says that it has received stands still."""
    history = tmp_path / "history"
    before = zonda.lost()
    keys = create_many(zonda.parts, [{"name": "span", "args": [str(history), 7.0]}])
    wait_until(lambda: lines(history), 15, "it runs")

    with zonda.links["worker-ventilator"].cut(*ways):
        wait_until(lambda: zonda.lost() == before + 1, 10, "the worker is lost")
    all_ended(zonda.parts, within=40)

    assert_each_once(zonda.parts, keys, ["LOST", "SUCCEEDED"])


def test_what_a_cut_off_worker_says_late_of_a_task_that_another_has_by_then_is_stale(
    zonda: Cuttable, tmp_path: Path
) -> None:
    """I4, I5, I6, I7, L1: nothing is heard of it until its own run has ended and the other's has begun."""
    history = tmp_path / "history"
    before, lost = measured(zonda.parts.url), zonda.lost()
    (key,) = create_many(zonda.parts, [{"name": "span", "args": [str(history), 10.0]}])
    wait_until(lambda: read(zonda.parts, key)["status"] == "RUNNING", 15, "the record has its start")
    other = zonda.parts.begin("worker-2").wait_until_ready()

    stale = "zonda_reports_total[('outcome', 'STALE')]"
    try:
        with zonda.links["worker-ventilator"].cut(), zonda.links["worker-sink"].cut():
            wait_until(lambda: zonda.lost() == lost + 1, 10, "the worker is lost")
            wait_until(lambda: len(runs(history, "begin")) == 2, 10, "it is begun again")
            wait_until(lambda: runs(history, "end"), 20, "the first has ended")
        wait_until(lambda: measured(zonda.parts.url)[stale] > before[stale], 20, "what the first says has come")
        all_ended(zonda.parts, within=40)
    finally:
        other.signal(signal.SIGTERM)
        other.ended()

    assert runs(history, "begin") == runs(history, "end") == ["1", "2"]
    assert_each_once(zonda.parts, [key], ["LOST", "SUCCEEDED"])
    (task,) = every_task(zonda.parts, [key])
    assert task["attempts"][0]["worker"] != task["attempts"][1]["worker"]
    settled = "zonda_tasks_settled_total[('queue', 'default'), ('reason', ''), ('status', 'FINISHED')]"
    assert measured(zonda.parts.url)[settled] == before.get(settled, 0) + 1
    assert examine(zonda.parts.environment) == []


def runs(history: Path, what: str) -> list[str]:
    """The numbers of the attempts whose begin, or end, stands there."""
    return [line.split()[2] for line in lines(history) if line.startswith(what)]


def assert_each_once(parts: Parts, keys: list[str], outcomes: list[str]) -> None:
    tasks = {task["id"]: task for task in every_task(parts)}
    for key in keys:
        assert tasks[key]["status"] == "FINISHED"
        assert [attempt["outcome"] for attempt in tasks[key]["attempts"]] == outcomes
