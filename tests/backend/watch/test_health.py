import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError

from backend.tasks import identity, models, unreachable, writable
from backend.tasks.engines.turnstile import NoTurn
from backend.watch import health
from backend.watch.health import Readiness, Status
from wire.home import Home
from wire.presence import MISSED_AFTER

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path):
    found = Home(tmp_path / "home")
    found.prepare()
    with closing(sqlite3.connect(found.database)) as made:
        made.execute("CREATE TABLE there (what)")
    yield found
    identity.forget(str(found.database))


@pytest.fixture(autouse=True)
def no_trouble_yet(monkeypatch):
    monkeypatch.setattr(unreachable, "trouble", unreachable.Trouble())


@pytest.fixture
def running(home):
    """The home with a ventilator and a sink."""
    with home.lock("ventilator"), home.lock("sink"):
        yield home


def a_worker(topic="W1", state="READY"):
    models.Worker.objects.create(
        topic=topic,
        incarnation=f"of-{topic}",
        name="worker",
        host="here",
        pid=1,
        queues=["*"],
        slots=1,
        state=state,
        last_beat_at=datetime.now(UTC),
    )


def statuses(readiness: Readiness) -> dict[str, Status]:
    return {check.name: check.status for check in readiness.checks}


def says(readiness: Readiness, name: str) -> str:
    return next(check.says for check in readiness.checks if check.name == name)


def test_with_everything_there_it_is_ready(running):
    a_worker()

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.ready
    assert statuses(found) == dict.fromkeys(["record", "workers", "ventilator", "sink", "page"], Status.OK)
    assert found.content()["status"] == "ok"
    assert found.content()["missing"] == []
    assert says(found, "workers") == "Workers: 1 READY."


@pytest.mark.parametrize("states", [[], ["LOST"], ["DRAINING", "STARTING"]])
def test_without_a_ready_worker_it_is_ready_and_says_so(running, states):
    for place, state in enumerate(states):
        a_worker(f"W{place + 1}", state)

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.ready
    assert statuses(found)["workers"] is Status.WARNING
    assert found.content()["status"] == "warning"
    assert all(state in says(found, "workers") for state in states)


@pytest.mark.parametrize("missing", ["ventilator", "sink"])
def test_a_process_that_does_not_run_is_named(home, missing):
    other = {"ventilator": "sink", "sink": "ventilator"}[missing]
    with home.lock(other):
        found = health.readiness(home, home.database, page_built=True, mirrored=False)

    assert not found.ready
    assert found.missing == [missing]
    assert f"The {missing} does not run" in says(found, missing)


@pytest.mark.parametrize("name", ["ventilator", "sink"])
def test_a_process_that_is_there_and_does_nothing_is_named(running, name):
    path = running.lock_file(name)
    then = path.stat().st_mtime - MISSED_AFTER - 1
    os.utime(path, (then, then))

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == [name]
    assert "no sign of life" in says(found, name)


def test_a_page_that_is_not_built_is_named(running):
    assert health.readiness(running, running.database, page_built=False, mirrored=False).missing == ["page"]


def test_a_record_that_lacks_a_migration_is_named(running):
    from django.db.migrations.recorder import MigrationRecorder

    newest = MigrationRecorder.Migration.objects.filter(app="zonda").latest("name")
    newest.delete()

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == ["record"]
    assert f"zonda.{newest.name}" in says(found, "record")


def test_a_record_that_somebody_keeps_to_himself_is_named(running, monkeypatch):
    monkeypatch.setattr(writable, "WITHIN", 0.01)
    with closing(sqlite3.connect(running.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == ["record"]
    assert unreachable.BUSY in says(found, "record")


def test_a_record_without_room_beside_it_is_named(running, monkeypatch):
    monkeypatch.setattr(writable, "LEAST_SPACE", 2**62)

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == ["record"]
    assert unreachable.FULL in says(found, "record")


@pytest.mark.parametrize("by", ["deleted", "replaced"])
def test_a_record_whose_file_is_another_one_is_named_and_no_new_one_is_made(running, by):
    assert health.readiness(running, running.database, page_built=True, mirrored=False).ready
    aside = running.path / "aside"
    running.database.rename(aside)
    if by == "replaced":
        shutil.copy(aside, running.database)

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == ["record"]
    assert unreachable.GONE in says(found, "record")
    assert running.database.exists() is (by == "replaced")
    aside.replace(running.database)
    assert health.readiness(running, running.database, page_built=True, mirrored=False).ready


def test_a_record_that_has_just_failed_is_named_for_a_while(running, monkeypatch):
    now = 100.0
    trouble = unreachable.Trouble(lambda: now)
    monkeypatch.setattr(unreachable, "trouble", trouble)
    trouble.note(NoTurn(10.0))

    before = health.readiness(running, running.database, page_built=True, mirrored=False)
    now += unreachable.LATELY + 1
    after = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert before.missing == ["record"]
    assert after.ready


def test_a_record_that_does_not_answer_is_named_without_what_it_said(running, monkeypatch):
    def broken():
        raise DatabaseError("unable to open /secret/path")

    monkeypatch.setattr(health, "unapplied_migrations", broken)

    found = health.readiness(running, running.database, page_built=True, mirrored=False)

    assert found.missing == ["record"]
    assert "secret" not in json.dumps(found.content())


def test_with_redis_its_mirror_is_looked_at_and_never_makes_it_unready(running):
    a_worker()
    without = health.readiness(running, running.database, page_built=True, mirrored=True)
    with running.lock("mirror"):
        there = health.readiness(running, running.database, page_built=True, mirrored=True)
        path = running.lock_file("mirror")
        then = path.stat().st_mtime - MISSED_AFTER - 1
        os.utime(path, (then, then))
        away = health.readiness(running, running.database, page_built=True, mirrored=True)

    assert [one.ready for one in (without, there, away)] == [True] * 3
    assert [statuses(one)["mirror"] for one in (without, there, away)] == [Status.WARNING, Status.OK, Status.WARNING]
    assert "does not run" in says(without, "mirror")
    assert "Redis has not answered" in says(away, "mirror")
