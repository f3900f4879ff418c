#!/usr/bin/env python
"""Django's command line, with the repository root as the one import root."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    # Python put this file's own folder first: `tasks` would then be importable as a second copy of `backend.tasks`.
    others = [entry for entry in sys.path if Path(entry or ".").resolve() not in (ROOT, ROOT / "backend")]
    sys.path[:] = [str(ROOT), *others]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

    if sys.argv[1:2] == ["ventilator"]:
        refuse_a_second("ventilator")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def refuse_a_second(name: str) -> None:
    """Leave, where one runs, before Django is loaded, which takes a second or two. The lock is taken after that."""
    from wire import log
    from wire.home import Home

    home = Home.from_environment(os.environ)
    pid = home.holder(name)
    if pid is not None:
        log.last_words(name, f"process {pid or 'unknown'} is the {name} of {home.path} already")
        sys.exit(1)


if __name__ == "__main__":
    main()
