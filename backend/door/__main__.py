"""What RUN.sh does once it has found a Python: reads the arguments, sets up what is missing, and hands over.

Uses nothing but the standard library, for it runs before there is a virtual environment.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from backend.door import checks, environment, page, tests, usage
from backend.door.programs import BENCHMARKS, SOAKS
from backend.door.steps import Step, StepFailed, do, one_at_a_time, say
from wire.home import Home, InUse

_ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """The exit code; a start does not return, for its process becomes the supervisor."""
    asked = usage.parse(arguments)
    try:
        match asked:
            case usage.Start():
                _start(asked)
            case usage.Command("test", chosen):
                _set_up([*environment.steps(_ROOT, development=True), *page.development_steps(_ROOT)])
                return tests.run_all(_ROOT, chosen)
            case usage.Command("bench", chosen):
                # One of them opens the page in a browser, as some tests do.
                _set_up([*environment.steps(_ROOT, development=True), *page.development_steps(_ROOT)])
                return BENCHMARKS.run(_ROOT, chosen)
            case usage.Command("soak", chosen):
                _set_up([*environment.steps(_ROOT, development=True), *page.steps(_ROOT)])
                tests.provide(tests.PEERS)
                return SOAKS.run(_ROOT, chosen)
            case usage.Command("check"):
                _set_up([*environment.steps(_ROOT, development=True), page.development_packages(_ROOT)])
                return checks.check(_ROOT)
            case usage.Command("fmt"):
                _set_up([*environment.steps(_ROOT, development=True), page.development_packages(_ROOT)])
                return checks.fmt(_ROOT)
            case usage.Command("schema"):
                _set_up([*environment.steps(_ROOT, development=False), page.development_packages(_ROOT)])
                return checks.schema(_ROOT)
            case usage.Command("doctor", chosen):
                return _examine(chosen)
    except StepFailed as failure:
        sys.stderr.write(f"\n{failure}\n")
    return 1


def _start(start: usage.Start) -> None:
    home = Home.from_environment(os.environ)
    if home.path.exists():
        # A Zonda that runs must not have its packages and its page replaced under its feet.
        try:
            home.lock("zonda").close()
        except InUse as error:
            raise StepFailed(usage.in_use(home.path, error.pid)) from error
    _set_up([*environment.steps(_ROOT, development=False), *page.steps(_ROOT)])
    python = str(environment.python(_ROOT))
    os.execv(python, [python, "-m", "backend.supervisor", *usage.arguments_of(start)])


def _examine(chosen: Sequence[str]) -> int:
    if Home.from_environment(os.environ).holder("zonda") is None:
        # As for a start: what runs has its packages, and keeps them.
        _set_up(environment.steps(_ROOT, development=False))
    command = [str(environment.python(_ROOT)), "backend/manage.py", "doctor", *chosen]
    return subprocess.run(command, cwd=_ROOT, check=False).returncode


def _set_up(steps: Iterable[Step]) -> None:
    with one_at_a_time(_ROOT):
        for step in steps:
            do(step, say)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
