"""A record to begin with: what a first start makes of an empty home, made once and then copied.

Making it costs seconds of a core, and most tests are about what comes after.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from backend.door import record
from wire.home import Home

_ROOT: Final = Path(__file__).resolve().parents[2]


def begin_migrated(path: Path, environment: Mapping[str, str]) -> None:
    """Give a home without a record the one that its first start with this environment would make there, if it would."""
    home = Home(path)
    if home.database.exists() or environment.get("DATABASE_URL"):
        return
    step = record.step(_ROOT, home, environment)
    home.prepare()
    shutil.copy(_made(step.digest, environment), home.database)
    step.stamp.write_text(step.digest)


def _made(digest: str, environment: Mapping[str, str]) -> Path:
    folder = Path(tempfile.gettempdir()) / f"zonda-migrated-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{digest}.sqlite3"
    if made.exists():
        return made
    with tempfile.TemporaryDirectory(dir=folder) as home:
        subprocess.run(
            [_ROOT / ".venv/bin/python", "backend/manage.py", "migrate", "--no-input"],
            cwd=_ROOT,
            env={**environment, "ZONDA_HOME": home},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        # Several may have made it at once: each is whole, and they are the same.
        Home(Path(home)).database.replace(made)
    return made
