"""What a worker does with frames that nobody should send it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.workers.ventilator import Ventilator, with_worker
from wire import codec
from wire.messages import MAX_FRAME, VentilatorBeat

pytestmark = pytest.mark.system

GARBAGE = [
    b"x" * (MAX_FRAME + 1024 * 1024),
    os.urandom(1_000),
    b"\xff\xfe{}",
    b"[" + b",".join([b"7", b'"a"', b"null", b"{}"] * 1_000) + b"]",
    b"[" * 100_000,
    b"",
    b'{"kind":"mystery"}',
]


def test_after_garbage_on_its_topic_and_on_control_a_worker_works_on_and_has_logged_a_few_lines(tmp_path: Path) -> None:
    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        assert ventilator.last is not None
        hello = ventilator.last.hello
        for frame in GARBAGE:
            ventilator._topic.send(frame)
            ventilator._control.send(frame)
        # For another worker, and of another round.
        for header in ({"incarnation": "another"}, {"hello": hello + 7}):
            ventilator._topic.send(codec.encode([VentilatorBeat(**{**ventilator.header(), **header})]))

        ventilator.grant(1, "add", 1, 2)
        await ventilator.until(lambda: ventilator.outcome(1))
        assert ventilator.last.hello == hello
        # The topic `control` is another connection than the worker's own, and may be behind it.
        await ventilator.until(lambda: topics_told(tmp_path / "log") == {"W1", "control"})

    log = [json.loads(line) for line in with_worker(tmp_path, act).splitlines()]

    told = [line for line in log if line["event"] == "message.unreadable"]
    assert str(MAX_FRAME + 1024 * 1024) in told[0]["why"]
    assert len(told) < 40


def topics_told(log: Path) -> set[str]:
    """The topics of which the worker has logged that something cannot be read."""
    # Of the last line only a part may be there.
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {line["topic"] for line in lines if line["event"] == "message.unreadable"}
