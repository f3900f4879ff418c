"""The processes of one Zonda, each started, stopped and killed by itself: no RUN.sh, and so no supervisor."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

from tests.support import shared
from tests.support.migrated import begin_migrated
from tests.support.processes import kill
from tests.support.stack import ROOT, Stack, free_port
from tests.support.starting import PROOF
from tests.support.waiting import wait_until
from wire.home import Home

READY: Final[Mapping[str, str]] = {
    "backend": "backend.ready",
    "ventilator": "epoch.raised",
    "sink": "sink.ready",
    "worker": "worker.ready",
}
"""What a process of each kind logs once it does its work."""

PARTS: Final = ("backend", "ventilator", "sink", "worker-1")
UP_WITHIN: Final = 30.0
DOWN_WITHIN: Final = 15.0


@dataclass(frozen=True, slots=True)
class Part:
    """One process and what it logs."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def says(self, event: str) -> bool:
        return f'"{event}"' in self.log.read_text(errors="replace")

    def wait_until_says(self, event: str, within: float = UP_WITHIN) -> Self:
        """Wait for this event in its log; AssertionError with the log when it ends before, or does not say it."""

        def said() -> bool:
            if self.says(event):
                return True
            assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}\n{self.tail()}"
            return False

        try:
            wait_until(said, within, f"{self.name} says {event}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from error
        return self

    def wait_until_ready(self) -> Self:
        return self.wait_until_says(self._ready)

    def is_ready(self) -> bool:
        """Whether it has said that it does its work."""
        return self.says(self._ready)

    @property
    def _ready(self) -> str:
        return READY[self.name.partition("-")[0]]

    def ended(self, within: float = DOWN_WITHIN) -> int:
        """Its exit code; AssertionError with the log when it has not ended within so many seconds."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.name} has not ended within {within} s\n{self.tail()}") from error

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def killed(self) -> None:
        self.process.kill()
        self.process.wait()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


class Parts(Stack):
    """A home with a record, of which a test starts what it likes. Each start of a part has a log of its own."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
        *,
        shared: bool = False,
    ) -> None:
        super().__init__(home, 0, {**PROOF, **(environment or {})}, port or free_port(), shared=shared)
        self._environment |= {
            "ZONDA_PORT": str(self.port),
            "ZONDA_GRAPHQL_URL": f"{self.url}graphql",
            "PYTHONUNBUFFERED": "1",
        }
        self._started: list[Part] = []
        self._numbers = count(1)

    def __enter__(self) -> Self:
        begin_migrated(self.home, self._environment)
        # Of a record elsewhere nothing was copied.
        if not Home(self.home).database.exists():
            self.migrate()
        return self

    @property
    def environment(self) -> Mapping[str, str]:
        """What each part finds in its environment."""
        return self._environment

    def migrate(self) -> None:
        """Make the record, or bring it up to date."""
        done = subprocess.run(
            [sys.executable, "backend/manage.py", "migrate", "--no-input"],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def begin(self, name: str, *, prefix: tuple[str, ...] = (), environment: Mapping[str, str] | None = None) -> Part:
        """Start `backend`, `ventilator`, `sink` or `worker-1`, and return at once. `prefix` goes before its command."""
        logs = self.home / "logs"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = logs / f"{name}.{next(self._numbers)}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*prefix, sys.executable, *_command(name)],
                cwd=ROOT,
                env={**self._environment, "ZONDA_WORKER_NAME": name, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if self._shared:
            shared.processes.add(process.pid)
        part = Part(name, process, log)
        self._started.append(part)
        return part

    def begin_all(self, *names: str, **environment: str) -> dict[str, Part]:
        """Start these, all four unless named, and wait until each does its work."""
        begun = {name: self.begin(name, environment=environment) for name in names or PARTS}
        for part in begun.values():
            part.wait_until_ready()
        return begun

    def end_all(self) -> None:
        """Kill whatever is left of it."""
        for part in self._started:
            if part.process.poll() is None:
                part.process.send_signal(signal.SIGCONT)
                part.process.kill()
            part.process.wait()
        for pid in self.processes():
            kill(pid)
        self._started.clear()

    def clean_up(self) -> None:
        self.end_all()

    def ready(self) -> dict[str, Any]:
        """What /readyz says, with the status as `code`; empty while nobody answers."""
        return readiness(self)


def readiness(stack: Stack) -> dict[str, Any]:
    """What /readyz of a Zonda says, with the HTTP status as `code`; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"{stack.url}readyz", timeout=10) as answer:
            return {"code": answer.status, **json.load(answer)}
    except urllib.error.HTTPError as error:
        with error:
            return {"code": error.code, **json.load(error)}
    except OSError:
        return {}


def stand_still(pid: int) -> None:
    """Stop this process, and come back once it stands: a signal is sent long before another processor heeds it."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: _states(pid) == {"T"}, 10, f"every thread of {pid} is stopped")


def _states(pid: int) -> set[str]:
    """What the threads of this process are in, by the letter of proc(5)."""
    return {task.read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").glob("*/stat")}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still inside."""
    stand_still(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _command(name: str) -> tuple[str, ...]:
    match name.partition("-")[0]:
        case "backend":
            return ("-m", "backend.config.server")
        case "ventilator":
            return ("backend/manage.py", "ventilator")
        case "sink":
            return ("-m", "sink")
        case _:
            return ("-m", "workers")
