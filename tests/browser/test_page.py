"""The page in a real browser against all of Zonda: runs frontend/e2e."""

import json
from pathlib import Path
from typing import Final

import pytest
import zmq

from tests.support.specifications import WITHIN, run_specifications
from tests.support.stack import Stack
from wire.home import Home

MARKUP: Final = '<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">'


@pytest.mark.timeout(WITHIN + 90)
def test_the_page_does_what_its_specifications_say(tmp_path: Path) -> None:
    with Stack(
        tmp_path / "home", workers=2, environment={"ZONDA_APPS": "tests.support.forms,tests.support.hostile"}
    ) as stack:
        name_things_by_markup(stack)
        code, printed = run_specifications(
            "e2e",
            {
                "ZONDA_URL": stack.url.rstrip("/"),
                "ZONDA_BACKEND_PID_FILE": str(stack.home / "run" / "backend.pid"),
                "ZONDA_MARKUP": MARKUP,
            },
        )
        assert code == 0, f"{printed}\n{stack.logs()}"

    assert "skipped" not in printed, printed


def name_things_by_markup(stack: Stack) -> None:
    """A task of no function, and a worker that serves nobody's queue and falls silent at once."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    for topic, body in {
        "TASKS": {"task-id": "named-by-markup", "task": MARKUP},
        "status": {
            "kind": "hello",
            "incarnation": "0000000000003c3e",
            "hello": 1,
            "name": MARKUP,
            "host": MARKUP,
            "pid": 1,
            "queues": ["of-nobody"],
            "slots": 1,
        },
    }.items():
        socket = context.socket(zmq.PUSH)
        socket.connect(f"ipc://{Home(stack.home).sockets()}/{topic}")
        socket.send(json.dumps(body).encode())
        socket.close(linger=5_000)
    context.term()
