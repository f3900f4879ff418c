"""The database: migrated before the first process opens it, again only when there is something new to apply."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from backend.door.steps import Step, digest, run
from wire.home import Home


def step(root: Path, home: Home, environment: Mapping[str, str]) -> Step:
    """What brings the record of this home up to date."""
    elsewhere = environment.get("DATABASE_URL", "")
    apps = environment.get("ZONDA_APPS", "")
    return Step(
        title="Database",
        # Whether a database elsewhere still stands cannot be told from here; its own address is as good as none.
        made=home.database,
        stamp=home.path / "run" / "migrated",
        digest=digest(root, _migrations(root, apps, environment), elsewhere, apps),
        make=lambda: run(
            [sys.executable, "backend/manage.py", "migrate", "--no-input"], cwd=root, environment=environment
        ),
    )


def _migrations(root: Path, apps: str, environment: Mapping[str, str]) -> Iterator[Path]:
    # Django's own applications have migrations too, and come in the version that the lock names.
    yield root / "Pipfile.lock"
    yield from (root / "backend").glob("*/migrations/*.py")
    places = [root, *(Path(place) for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place)]
    for app in filter(None, (app.strip() for app in apps.split(","))):
        for place in places:
            yield from place.joinpath(*app.split(".")).glob("migrations/*.py")
