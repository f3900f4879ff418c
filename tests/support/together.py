"""Several threads or processes that do something to one record at the same moment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Final

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
    return subprocess.Popen(
        [sys.executable, "-c", preamble + code, *arguments],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


_FORKING: Final = """
import json, os, sys, tempfile, traceback
import django
django.setup()
from backend.tasks import drafts, store
from django.db import connection

code, each = json.load(sys.stdin)
assert connection.connection is None, "SQLite is not to be opened before the fork"
begin, gate = os.pipe()
children = []
for arguments in each:
    printed = tempfile.TemporaryFile("w+")
    if child := os.fork():
        children.append((child, printed))
        continue
    failed = True
    try:
        os.close(gate)
        os.dup2(printed.fileno(), sys.stdout.fileno())
        sys.argv[1:] = arguments
        os.read(begin, 1)
        exec(code, {"sys": sys})
        sys.stdout.flush()
        failed = False
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(failed)
os.close(gate)
ended = []
for child, printed in children:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    printed.seek(0)
    ended.append((status, printed.read().strip()))
print(json.dumps(ended))
"""


def run_together(code: str, arguments: Sequence[Sequence[str]]) -> list[str]:
    """What a process for each of the arguments printed; all begin at one moment, when there are all of them.

    One process sets Django up, and the others are its forks.
    """
    forking = subprocess.run(
        [sys.executable, "-c", _FORKING],
        cwd=ROOT,
        env=_environment(),
        input=json.dumps([code, arguments]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    ended = json.loads(forking.stdout)
    assert [status for status, _ in ended] == [0] * len(arguments)
    return [printed for _, printed in ended]


def _environment() -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
