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

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
