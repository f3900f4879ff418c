"""A Redis of a test's own, on a Unix socket and, where whole processes need it, on a port of the loopback."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Final, Self, cast

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.support import shared
from tests.support.stack import free_port
from tests.support.waiting import wait_until

_WITHIN: Final = 10.0  # seconds until it answers, or is gone


class RedisServer:
    """redis-server as Debian has it, without a file of its own. As a context it answers at the beginning.

    `Redis(unix_socket_path=…)` is `client`. What is set by CONFIG is gone after a restart, and so is what it held. A
    `shared` one belongs to several tests: one of them may start it again.
    """

    def __init__(self, folder: Path, *, tcp: bool = False, shared: bool = False) -> None:
        self._program = program()
        self._shared = shared
        self.socket = folder / "redis.sock"
        self.port = free_port() if tcp else 0
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis(unix_socket_path=str(self.socket), decode_responses=True)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self.client.close()

    def start(self) -> None:
        """Start it, empty."""
        options = {"port": str(self.port), "bind": "127.0.0.1", "unixsocket": str(self.socket), "save": ""}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [self._program, *words, "--dir", str(self.socket.parent)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self._shared:
            shared.processes.add(self._process.pid)
        wait_until(self._answers, _WITHIN, "redis-server answers")

    def stop(self) -> None:
        """End it at once, with all that it held; nothing when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_WITHIN)
            self._process = None
            self.client.connection_pool.disconnect()

    def stall(self) -> None:
        """Let it stand still, with its connections open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def hash(self, key: str) -> dict[str, str]:
        """The hash at that key, empty when there is none."""
        return cast("dict[str, str]", self.client.hgetall(key))

    def configure(self, **settings: Any) -> None:
        """CONFIG SET each; `_` stands for `-`."""
        for name, value in settings.items():
            self.client.config_set(name.replace("_", "-"), value)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "redis-server was not started"
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except (RedisError, OSError):
            return False


def program() -> str:
    """Where redis-server is; skips the test when it is nowhere, and fails it with CI=true."""
    if found := shutil.which("redis-server"):
        return found
    lacking = "no redis-server on PATH; as root on Debian `./RUN.sh test` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(lacking)
    pytest.skip(lacking)
