"""Several threads or processes that do something to one record at the same moment."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, Final

from django.db import connection, connections

from backend.tasks import store

ROOT: Final = Path(__file__).resolve().parents[2]


def together[T](*works: Callable[[], T]) -> list[T | BaseException]:
    """What each work came to, in its own thread with its own connection; none begins before all are there."""
    gate = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            gate.wait(10)
            return work()
        finally:
            connections.close_all()
            store.engine.close()

    with ThreadPoolExecutor(len(works)) as threads:
        futures: list[Future[T]] = [threads.submit(run, work) for work in works]
    return [future.exception() or future.result() for future in futures]


def a_process(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """A Python process with Django set up on the record of this test; it prints `ready`, then waits for a line."""
    preamble = "import sys, django; django.setup(); print('ready', flush=True); sys.stdin.readline()\n"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
    return subprocess.Popen(
        [sys.executable, "-c", preamble + code, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run_together(code: str, arguments: Sequence[Sequence[str]]) -> list[str]:
    """What a process for each of the arguments printed; all begin at one moment."""
    processes = [a_process(code, *some) for some in arguments]
    for process in processes:
        assert _line(process.stdout) == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return printed


def _line(stream: Any) -> str:
    return str(stream.readline().strip())
