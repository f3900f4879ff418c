from pathlib import Path

import pytest

from backend.door.record import step
from wire.home import Home


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "checkout"
    for name in ("Pipfile.lock", "backend/tasks/migrations/0001_initial.py", "shop/migrations/0001_initial.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.fixture
def digest_of(root, tmp_path):
    return lambda **environment: step(root, Home(tmp_path / "home"), environment).digest


def test_a_new_migration_asks_for_another_run(root, digest_of):
    before = digest_of()

    (root / "backend/tasks/migrations/0002_more.py").touch()

    assert digest_of() != before


def test_another_version_of_django_asks_for_another_run(root, digest_of):
    before = digest_of()

    (root / "Pipfile.lock").write_text("other versions")

    assert digest_of() != before


def test_a_new_migration_of_an_app_of_the_user_asks_for_another_run(root, digest_of):
    before = digest_of(ZONDA_APPS="shop")

    (root / "shop/migrations/0002_more.py").touch()

    assert digest_of(ZONDA_APPS="shop") != before


def test_an_app_on_the_python_path_counts_too(tmp_path, digest_of):
    migrations = tmp_path / "elsewhere" / "inner" / "shop" / "migrations"
    migrations.mkdir(parents=True)
    environment = {"ZONDA_APPS": "inner.shop", "PYTHONPATH": str(tmp_path / "elsewhere")}
    before = digest_of(**environment)

    (migrations / "0001_initial.py").touch()

    assert digest_of(**environment) != before


def test_nothing_new_asks_for_nothing_while_the_database_stands(root, tmp_path, digest_of):
    home = Home(tmp_path / "home")
    migrated = step(root, home, {})
    migrated.stamp.parent.mkdir(parents=True)
    migrated.stamp.write_text(digest_of())

    without = step(root, home, {}).is_done()
    Path(home.database).touch()
    # What a process leaves that has looked for a database which was deleted.
    empty = step(root, home, {}).is_done()
    Path(home.database).write_bytes(b"SQLite format 3")

    assert not without
    assert not empty
    assert step(root, home, {}).is_done()
