"""The output of a process, read while it runs."""

import io
import subprocess
import threading
from typing import IO

from tests.support import shared
from tests.support.waiting import wait_until


class Output:
    """Gathers the lines that a process prints, so that it never waits for a reader and a test can wait for a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        self._thread = threading.Thread(target=self._read, args=(process.stdout or io.StringIO(),), daemon=True)
        self._thread.start()

    def wait_for(self, text: str, within: float) -> str:
        """The first line with this text; AssertionError when the process ends or the seconds pass before."""

        def found() -> str | None:
            ended = self._process.poll() is not None and not self._thread.is_alive()
            if line := next((line for line in self.lines if text in line), None):
                return line
            if ended:
                raise AssertionError(f"ended with {self._process.returncode} before {text!r}:\n{self}")
            return None

        try:
            return wait_until(found, within, seldom=False) or ""
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self}") from error

    def outlives_the_test(self) -> None:
        """Who prints belongs to several tests, and so do we."""
        shared.threads.add(self._thread)

    def close(self) -> None:
        """Read to the end, which comes once every process that writes here is gone."""
        self._thread.join(10)
        shared.threads.discard(self._thread)
        assert not self._thread.is_alive(), "something still holds the output open"

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))
