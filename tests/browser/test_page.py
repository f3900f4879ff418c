"""The page in a real browser: runs frontend/e2e against all of Zonda, and frontend/states against the fake server."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import zmq

from backend.door.tests import PEERS
from tests.support.stack import ROOT, Stack
from wire.home import Home

BROWSERS: Final = next(peer for peer in PEERS if peer.name == "Chromium").programs
WITHIN: Final = 900  # seconds for every specification together, on a busy machine too
MARKUP: Final = '<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">'


@pytest.mark.timeout(WITHIN + 90)
def test_the_page_does_what_its_specifications_say(tmp_path: Path) -> None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        # `./RUN.sh test` installs it where it can, and says so where it can't.
        assert os.environ.get("CI") != "true", "no Chromium, and CI=true allows no skip"
        pytest.skip("no Chromium on this machine")

    with Stack(
        tmp_path / "home", workers=2, environment={"ZONDA_APPS": "tests.support.forms,tests.support.hostile"}
    ) as stack:
        name_things_by_markup(stack)
        ran = subprocess.run(
            # The states on a phone and zoomed; `npm run photograph` looks at them on a desk too.
            ["npx", "--no-install", "playwright", "test", "--project=e2e", "--project=states"],
            cwd=ROOT / "frontend",
            env={
                **os.environ,
                "ZONDA_URL": stack.url.rstrip("/"),
                "ZONDA_BACKEND_PID_FILE": str(stack.home / "run" / "backend.pid"),
                "ZONDA_CHROMIUM": browser,
                "ZONDA_MARKUP": MARKUP,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{stack.logs()}"

    assert "skipped" not in ran.stdout, ran.stdout


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
