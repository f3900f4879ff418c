"""A worker's connection that was cut without a word, while the worker has joined anew."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.links import Link, free_ports
from tests.support.parts import Part, Parts
from tests.support.tasks import create, finished, lines
from tests.support.waiting import wait_until

W1 = 11
"""What `wire/PROTOCOL.md` adds to the port for it."""

ESTABLISHED = "01"
"""In /proc/net/tcp."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A Zonda whose worker joins its own topic by this link, which leads to this port of the ventilator."""

    parts: Parts
    ventilator: Part
    topic: Link
    port: int


@pytest.fixture
def zonda(tmp_path: Path) -> Iterator[Joined]:
    with ExitStack() as stack:
        there = free_ports(32)
        here = there + 16
        parts = Parts(tmp_path / "home", {"ZONDA_TRANSPORT": f"zeromq+tcp://127.0.0.1:{there}"})
        stack.enter_context(parts)
        stack.callback(parts.end_all)
        stack.enter_context(Link({here + one: there + one for one in range(4)}))
        topic = stack.enter_context(Link({here + W1: there + W1}))
        begun = parts.begin_all("backend", "ventilator", "sink")
        parts.begin("worker-1", environment={"ZONDA_TRANSPORT": f"zeromq+tcp://127.0.0.1:{here}"}).wait_until_ready()
        yield Joined(parts, begun["ventilator"], topic, there + W1)


def test_what_was_cut_without_a_word_gets_no_frames_of_the_connection_that_came_after_it(
    zonda: Joined, tmp_path: Path
) -> None:
    """L2, L3: the ventilator drops the half-open connection; what it grants from then on comes to the worker."""
    assert connections_to(zonda.port) == 1

    assert zonda.topic.half_open() == 1
    wait_until(lambda: connections_to(zonda.port) == 2, 10, "the worker has joined its topic anew", seldom=False)
    wait_until(lambda: connections_to(zonda.port) == 1, 10, "the ventilator has dropped what is half-open")
    history = tmp_path / "history"
    for number in range(10):
        create(zonda.parts, "trace", str(history), id=f"task-{number}")
        finished(zonda.parts, f"task-{number}")

    assert lines(history) == [f"task-{number} 1" for number in range(10)]
    assert not zonda.ventilator.says("grants.closed"), "a grant went astray"


def connections_to(port: int) -> int:
    """How many connections whoever listens on this port of the loopback takes for open."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(local.endswith(f":{port:04X}") and state == ESTABLISHED for _, local, _, state, *_ in rows)
