"""A record that is not, or not wholly, what this code needs: nothing is served from it, and finishing is enough."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.support.parts import Parts
from tests.support.stack import ROOT
from tests.support.tasks import create, finished
from tests.support.waiting import wait_until


def applied(record: Path, app: str = "%") -> int:
    """How many migrations the record has, of one app or of all."""
    if not record.exists():
        return 0
    with closing(sqlite3.connect(f"file:{record}?mode=ro", uri=True)) as look:
        try:
            return int(look.execute("SELECT count(*) FROM django_migrations WHERE app LIKE ?", [app]).fetchone()[0])
        except sqlite3.OperationalError:
            return 0


DIES_BEFORE_IT_IS_WRITTEN_DOWN = """
import os, sys
from django.core.management import execute_from_command_line
from django.db.migrations.recorder import MigrationRecorder

written_down = MigrationRecorder.record_applied

def dies(self, app, name):
    if (app, name) == ("{app}", "{name}"):
        os._exit(9)
    written_down(self, app, name)

MigrationRecorder.record_applied = dies
os.environ["DJANGO_SETTINGS_MODULE"] = "backend.config.settings"
execute_from_command_line(["manage.py", "migrate", "--no-input"])
"""


@pytest.mark.parametrize(("app", "name"), [("admin", "0001_initial"), ("zonda", "0001_record")])
def test_a_migration_killed_before_it_is_written_down_can_be_run_again(tmp_path: Path, app: str, name: str) -> None:
    """L3: what it did and that it was done are one transaction."""
    parts = Parts(tmp_path / "home")
    parts.home.mkdir()
    program = DIES_BEFORE_IT_IS_WRITTEN_DOWN.format(app=app, name=name)
    died = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=parts.environment, check=False)
    before = applied(parts.home / "zonda.sqlite3")

    parts.migrate()

    assert died.returncode == 9
    assert 0 < before < applied(parts.home / "zonda.sqlite3")


def test_a_migration_killed_midway_is_finished_by_the_next_and_nothing_is_served_before(tmp_path: Path) -> None:
    """L3: processes that are there already refuse, or wait for it."""
    parts = Parts(tmp_path / "home")
    record = parts.home / "zonda.sqlite3"
    parts.home.mkdir()
    for app in ("%", "zonda"):
        migrating = subprocess.Popen(
            [sys.executable, "backend/manage.py", "migrate", "--no-input"],
            cwd=ROOT,
            env=parts.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(partial(applied, record, app), 30, "it is midway", seldom=False)
        finally:
            migrating.kill()
            migrating.wait()
    there = applied(record)

    try:
        refused = parts.begin("backend")
        waiting = [parts.begin(name) for name in ("ventilator", "sink", "worker-1")]
        code = refused.ended()
        waiting[0].wait_until_says("record.away")
        unfinished = applied(record)
        parts.migrate()
        parts.begin("backend").wait_until_ready()
        result = finished(parts, create(parts, "add", 1, 2)["id"], 30)["result"]
    finally:
        parts.end_all()

    assert 1 <= there < applied(record), "it was not killed midway"
    assert unfinished == there, "somebody who serves has migrated"
    assert code == 1
    assert "lacks" in refused.tail()
    assert "migrate" in refused.tail()
    assert result == 3
    assert [part.process.returncode for part in waiting] == [-9] * 3, "they had to be killed at the end, and not before"
