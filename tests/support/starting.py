"""Starting Zonda with the proof app, and single workers beside it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.support.stack import ROOT, Stack, own_environment
from tests.support.waiting import wait_until

PROOF: Final[Mapping[str, str]] = {"ZONDA_APPS": "tests.support.proof"}

type Starts = Callable[..., Stack]


@contextmanager
def worker(stack: Stack, **environment: str) -> Iterator[int]:
    """The pid of one more worker, started by hand beside the stack's own; it is READY, and told to end at the end."""

    def ready() -> int:
        workers = stack.graphql("{ workers { state } }")["workers"]
        return sum(found["state"] == "READY" for found in workers)

    before = ready()
    log = stack.home / "logs" / "worker-by-hand.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [ROOT / ".venv/bin/python", "-m", "workers"],
            cwd=ROOT,
            env=own_environment(stack.home, {**PROOF, **environment}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until(lambda: ready() > before, 20, "the worker started by hand is READY")
        yield process.pid
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.wait(15)
