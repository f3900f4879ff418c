"""A record to begin with: what a first start makes of an empty home, made once and then copied.

Making it costs seconds of a core, and most tests are about what comes after. Those of the first start begin without.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from backend.door import record
from tests.support.stack import ROOT, own_environment
from wire.home import Home


def begin_migrated(path: Path, environment: Mapping[str, str]) -> None:
    """Give a home that is not there yet the record that its first start with this environment would make."""
    home = Home(path)
    if path.exists():
        return
    step = record.step(ROOT, home, own_environment(path, environment))
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
            [ROOT / ".venv/bin/python", "backend/manage.py", "migrate", "--no-input"],
            cwd=ROOT,
            env=own_environment(Path(home), environment),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        # Several may have made it at once: each is whole, and they are the same.
        Home(Path(home)).database.replace(made)
    return made
