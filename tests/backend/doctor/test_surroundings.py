"""What is around the record."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backend.doctor import surroundings
from backend.doctor.findings import Severity
from backend.environment import environment as real
from wire.home import Home

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    (tmp_path / "mounts").write_text("")
    return replace(real, home=home, database=home.database)


def whats(findings):
    return [(finding.severity, finding.what) for finding in findings]


def test_a_database_with_every_migration_is_in_order():
    assert list(surroundings.migrations()) == []


def test_a_record_that_is_older_than_the_code_is_a_breach():
    MigrationRecorder.Migration.objects.filter(app="zonda").order_by("-id")[:1].get().delete()

    (finding,) = surroundings.migrations()

    assert finding.severity is Severity.BREACH
    assert "not every migration" in finding.what
    assert finding.where[0].startswith("zonda 00")


def test_an_old_sqlite_is_worth_a_warning():
    (old,) = [one for one in surroundings.sqlite((3, 51, 2)) if "3.51.2" in one.what]

    assert old.severity is Severity.WARNING
    assert not [one for one in surroundings.sqlite((3, 51, 3)) if "checkpoint" in one.what]


def test_commits_that_are_not_written_through_are_worth_a_warning(monkeypatch):
    assert not [one for one in surroundings.sqlite((4, 0, 0)) if "power loss" in one.what]

    class Cursor:
        answers = iter([("delete",), (1,)])

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def execute(self, sql):
            return None

        def fetchone(self):
            return next(self.answers)

    monkeypatch.setattr(connection, "cursor", Cursor)

    said = [finding.what for finding in surroundings.sqlite((4, 0, 0))]

    assert [what.split(":")[0] for what in said] == [
        "the journal mode is delete",
        "commits are not written through to the disk",
    ]


@pytest.mark.parametrize(("kind", "warned"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False), ("tmpfs", False)])
def test_a_record_on_the_network_is_worth_a_warning(environment, tmp_path, kind, warned):
    mounts = tmp_path / "mounts"
    place = str(environment.home.path).replace(" ", "\\040")
    mounts.write_text(f"disk / ext4 rw 0 0\nserver {place} {kind} rw 0 0\nother /elsewhere nfs rw 0 0\n")

    said = [finding.what for finding in surroundings.disk(environment, mounts) if "network" in finding.what]

    assert bool(said) is warned


def test_a_system_that_does_not_tell_its_mounts_is_taken_at_its_word(environment, tmp_path):
    assert not [one for one in surroundings.disk(environment, tmp_path / "none") if "network" in one.what]


def test_little_room_is_worth_a_warning(environment, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=surroundings.LITTLE_SPACE - 1))

    (finding,) = surroundings.disk(environment, tmp_path / "mounts")

    assert finding.what == "only 499 MiB are free beside the record"


def test_a_journal_that_grows_is_worth_a_warning(environment, tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings, "LARGE_WAL", 10)
    monkeypatch.setattr(surroundings, "LITTLE_SPACE", 0)
    environment.database.with_name("zonda.sqlite3-wal").write_bytes(b"x" * 11)

    (finding,) = surroundings.disk(environment, tmp_path / "mounts")

    assert "nobody has checkpointed" in finding.what


@pytest.mark.parametrize("name", ["service-token", "secret-key", "."])
def test_what_others_can_read_is_named_with_how_to_close_it(environment, name):
    assert list(surroundings.secrets(environment)) == []
    path = environment.home.path / name
    path.chmod(path.stat().st_mode | 0o044)

    (finding,) = surroundings.secrets(environment)

    assert str(path) in finding.where[0]
    assert finding.do == f"chmod go= {path}"


def test_a_record_elsewhere_is_looked_at_too(environment, tmp_path):
    elsewhere = tmp_path / "record.sqlite3"
    elsewhere.touch(0o644)

    (finding,) = surroundings.secrets(replace(environment, database=elsewhere))

    assert str(elsewhere) in finding.where[0]
