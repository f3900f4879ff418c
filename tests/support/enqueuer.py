"""Django code in a process of its own, beside a running stack: it enqueues tasks and reads their results."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any, Final, Self

from tests.support.stack import ROOT, Stack, own_environment

_SERVE: Final = """
import json, sys, traceback
names = {}
for line in sys.stdin:
    try:
        exec(json.loads(line), names)
        told = {"answer": names.pop("answer", None)}
    except BaseException:
        told = {"error": traceback.format_exc()}
    print(json.dumps(told), flush=True)
"""


class Enqueuer:
    """`manage.py shell`, which does what it is told; what was imported and named before is still there."""

    def __init__(self, stack: Stack, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [ROOT / ".venv/bin/python", "backend/manage.py", "shell", "--no-imports", "-c", _SERVE],
            cwd=ROOT,
            env=own_environment(stack.home, environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate(timeout=20)

    @property
    def pid(self) -> int:
        return self._process.pid

    def __call__(self, code: str) -> Any:
        """Run the code; what it named `answer`. AssertionError with the traceback, should it fail."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(code)}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "error" not in told, told["error"]
        return told["answer"]
