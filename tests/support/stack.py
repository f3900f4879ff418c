"""All of Zonda, as `./RUN.sh` starts it, for tests from outside."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from tests.support import shared
from tests.support.graphql import Asks
from tests.support.migrated import begin_migrated
from tests.support.output import Output
from tests.support.processes import is_alive, kill, with_environment
from tests.support.waiting import wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
READY_WITHIN: Final = 60.0  # seconds; on a machine that does other things too
GONE_WITHIN: Final = 15.0  # seconds that a stop may take


class Stack(Asks):
    """One Zonda with its own home and port. As a context it is ready at the beginning and gone at the end.

    Its record is there already, as an earlier start would have left it; with `fresh` the first start makes it. A
    `shared` one belongs to several tests: what one of them starts again is no leak of it.
    """

    def __init__(
        self,
        home: Path,
        workers: int = 1,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
        *,
        fresh: bool = False,
        shared: bool = False,
    ) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._workers = workers
        self._fresh = fresh
        self._shared = shared
        self._environment = own_environment(home, environment or {})
        self._process: subprocess.Popen[str] | None = None
        self._output: Output | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.clean_up()

    @property
    def process(self) -> subprocess.Popen[str]:
        """RUN.sh, which is the supervisor."""
        assert self._process is not None, "the stack was not started"
        return self._process

    @property
    def output(self) -> Output:
        """What RUN.sh prints, standard error included."""
        assert self._output is not None, "the stack was not started"
        return self._output

    def start(self, prefix: Sequence[str] = ()) -> None:
        """Start RUN.sh and return at once. Again after a stop: the same home and port. `prefix` goes before it."""
        if not self._fresh:
            begin_migrated(self.home, self._environment)
        self._process = subprocess.Popen(
            [*prefix, ROOT / "RUN.sh", "-w", str(self._workers), "--port", str(self.port)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._output = Output(self._process)
        if self._shared:
            shared.processes.add(self._process.pid)
            self._output.outlives_the_test()

    def wait_until_ready(self, within: float = READY_WITHIN) -> None:
        """Wait for the ready line; AssertionError with all that was printed and logged when it does not come."""
        try:
            self.output.wait_for(f"Zonda is ready: {self.url}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from error

    def stop(self) -> int:
        """Ask for the end as Ctrl-C does, and return the exit code; AssertionError when that takes too long."""
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(GONE_WITHIN)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"not stopped within {GONE_WITHIN} s\n{self.output}\n{self.logs()}") from error
        self.output.close()
        return code

    def clean_up(self) -> None:
        """Leave nothing of it running, however the test went."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(GONE_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid in self.processes():
            kill(pid)
        self.output.close()

    def pid(self, name: str) -> int:
        """The number of `backend`, `ventilator`, `sink` or `worker-1`, waiting until it is started."""
        path = self.home / "run" / f"{name}.pid"

        def running() -> int | None:
            try:
                pid = int(path.read_text())
            except (FileNotFoundError, ValueError):
                return None
            return pid if is_alive(pid) else None

        return wait_until(running, 40, f"{name} runs") or 0

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to the process of this name, and return the number that it had.

        One that was killed is gone on return: whoever asks for the pid next gets that of its successor.
        """
        pid = self.pid(name)
        os.kill(pid, number)
        if number == signal.SIGKILL:
            wait_until(lambda: not is_alive(pid), 20, f"{name} is gone")
        return pid

    def processes(self) -> set[int]:
        """Every process of this home, the supervisor and the workers' children included."""
        return with_environment(f"ZONDA_HOME={self.home}")

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        """The last lines of every process, for the message of a failed test."""
        texts = []
        for path in sorted((self.home / "logs").glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-30:]
            texts.append("\n".join([f"── {path.name}", *lines]))
        return "\n".join(texts)


def own_environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """This environment for another Zonda than the one that the tests' own process is a part of."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("ZONDA_", "DJANGO_", "PYTEST_"))}
    return {**ours, "ZONDA_HOME": str(home), **more}


def free_port() -> int:
    """A port of the loopback that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
