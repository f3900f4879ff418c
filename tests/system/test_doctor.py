"""`./RUN.sh doctor` beside a Zonda that runs, at rest, and on a record that somebody has spoilt; old tasks that go."""

import json
import sqlite3
import subprocess
from contextlib import closing
from typing import Any

from tests.support.stack import ROOT, Stack, own_environment
from tests.support.starting import PROOF, Starts
from tests.support.tasks import all_ended, counts, create_many, every_task
from tests.support.waiting import wait_until


def doctor(stack: Stack) -> tuple[int, dict[str, Any]]:
    """The exit code of the doctor, and what it tells programs."""
    ended = subprocess.run(
        [ROOT / "RUN.sh", "doctor", "--json"],
        env=own_environment(stack.home, PROOF),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, json.loads(ended.stdout[ended.stdout.index("{") :])


def broken(told: dict[str, Any]) -> list[str]:
    return [check["check"] for check in told["checks"] if not check["holds"]]


def test_the_doctor_finds_nothing_in_a_zonda_that_works_and_what_somebody_spoils(start: Starts) -> None:
    stack = start(workers=1, ZONDA_RETENTION="3s")
    tasks = [{"name": "add", "args": [1, 2]}] * 300 + [{"name": "divide", "args": [1, 0]}] * 20
    create_many(stack, [*tasks, {"name": "die"}, *tasks])

    code, told = doctor(stack)
    assert (code, broken(told)) == (0, []), told
    assert told["running"] == stack.process.pid

    all_ended(stack, within=60)
    wait_until(lambda: not any(counts(stack).values()), 20, "every old task is taken off the record")
    assert every_task(stack) == []
    stack.stop()
    code, told = doctor(stack)
    assert (code, broken(told), told["running"]) == (0, [], None), told

    with closing(sqlite3.connect(stack.home / "zonda.sqlite3")) as database, database:
        assert database.execute("SELECT created, finished, failed FROM zonda_queue").fetchall() == [(641, 0, 0)]
        database.execute("UPDATE zonda_queue SET failed = 7")
    code, told = doctor(stack)
    assert (code, broken(told)) == (1, ["counters"])
