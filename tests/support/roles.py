"""The processes of one Zonda without RUN.sh's supervisor: whoever tests them kills them as often as they like.

The supervisor waits longer and longer before it starts again what keeps ending, as it should. Here what has ended is
started again at once, with the same command and the same environment.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from backend.door.usage import Start
from backend.supervisor.settings import Process, Settings
from tests.support.graphql import Asks
from tests.support.stack import GONE_WITHIN, READY_WITHIN, ROOT, free_port, own_environment
from tests.support.waiting import wait_until
from wire import supervision
from wire.home import Home


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    ready: bool = False

    def look(self) -> bool:
        """Whether it has said that it does its work."""
        if not self.ready:
            try:
                self.ready = bool(self.channel.recv(64))
            except BlockingIOError:
                return False
        return self.ready


class Roles(Asks):
    """`backend`, `ventilator`, `sink`, `worker-1` … of one home. As a context all are ready, and gone at the end."""

    def __init__(self, home: Path, workers: int = 1, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        settings = Settings(Start(workers=workers, host="127.0.0.1", port=free_port(), dev=False))
        self.url = settings.url
        self.environment = settings.environment(own_environment(home, environment or {}))
        self._commands = {process.role.name: process for process in settings.processes()}
        self._running: dict[str, _Running] = {}

    def __enter__(self) -> Self:
        Home(self.home).prepare()
        migrate = [sys.executable, "backend/manage.py", "migrate", "--no-input", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment, check=True)
        try:
            for process in self._commands.values():
                self._start(process)
            self.wait_until_ready()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.clean_up()

    @property
    def names(self) -> list[str]:
        return list(self._commands)

    def pid(self, name: str) -> int:
        """The number of the process that has this role now."""
        return self._running[name].process.pid

    def mend(self) -> list[str]:
        """Start again whatever has ended; its names."""
        ended = [name for name, running in self._running.items() if running.process.poll() is not None]
        for name in ended:
            self._running.pop(name).channel.close()
            self._start(self._commands[name])
        return ended

    def ready(self) -> bool:
        """Whether each role is there and does its work."""
        return all(running.look() and running.process.poll() is None for running in self._running.values())

    def wait_until_ready(self, within: float = READY_WITHIN) -> None:
        """Wait until each role does its work, starting again what ends meanwhile."""

        def all_ready() -> bool:
            self.mend()
            return self.ready()

        wait_until(all_ready, within, f"every role is ready\n{self.logs()}")

    def clean_up(self) -> None:
        """End all of them in the supervisor's order, those that do not by force."""
        for name in sorted(self._running, key=lambda name: self._commands[name].role.stage):
            running = self._running.pop(name)
            running.process.send_signal(signal.SIGTERM)
            try:
                running.process.wait(GONE_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(running.process.pid, signal.SIGKILL)
                running.process.wait()
            running.channel.close()

    def logs(self) -> str:
        """The last lines of every process."""
        logs = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(
            "\n".join([f"── {path.name}", *path.read_text(errors="replace").splitlines()[-30:]]) for path in logs
        )

    def _start(self, process: Process) -> None:
        name = process.role.name
        ours, theirs = socket.socketpair()
        with theirs, (self.home / "logs" / f"{name}.log").open("ab") as output:
            started = subprocess.Popen(
                process.command,
                cwd=ROOT,
                env={**self.environment, **process.environment, supervision.VARIABLE: str(theirs.fileno())},
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ours.setblocking(False)
        self._running[name] = _Running(started, ours)
