"""What a running Zonda tells those who look after it: its logs."""

import json
from collections.abc import Iterator

import pytest

from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import create, finished


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("watching") / "home", workers=1, environment=PROOF) as started:
        yield started


def test_every_line_of_every_log_is_one_json_object(stack: Stack) -> None:
    finished(stack, create(stack, "divide", 1, 0)["id"])
    finished(stack, create(stack, "die")["id"], within=20)

    found = {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in (stack.home / "logs").glob("*.log")
    }

    assert set(found) == {"backend", "ventilator", "sink", "worker-1", "supervisor"}
    for name, lines in found.items():
        assert lines, name
        for line in lines:
            assert {"time", "level", "process", "event"} <= line.keys(), line
    ended = [line for line in found["worker-1"] if line["event"] == "child.ended"]
    assert "SIGKILL" in ended[0]["how"]
