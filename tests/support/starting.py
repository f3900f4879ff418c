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

    def ready() -> bool:
        # Not by how many there are: the record has one that said goodbye a moment ago as READY still.
        workers = stack.graphql("{ workers { state pid } }")["workers"]
        return any((found["state"], found["pid"]) == ("READY", process.pid) for found in workers)

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
        wait_until(ready, 20, "the worker started by hand is READY")
        yield process.pid
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.wait(15)
