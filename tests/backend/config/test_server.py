"""The server as a process of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from backend.config.heads import HEAD_AT_MOST
from tests.support.migrated import begin_migrated
from tests.support.waiting import wait_until
from wire.supervision import READY, VARIABLE

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
LIST = f"/graphql?query={quote('{ tasks { nodes { id } } }')}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _environment(home: Path, **more: str) -> dict[str, str]:
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith("ZONDA_") and name != "DATABASE_URL"
    }
    return {**plain, "ZONDA_HOME": str(home), **more}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database has its tables."""
    path = tmp_path_factory.mktemp("home")
    begin_migrated(path, _environment(path))
    return path


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], port: int, lifeline: socket.socket) -> None:
        self.process = process
        self.port = port
        self.lifeline = lifeline

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        """Status, headers and text of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()


@contextmanager
def _serving(home: Path) -> Iterator[Server]:
    port = _free_port()
    ours, its = socket.socketpair()
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.config.server"],
            cwd=ROOT,
            env=_environment(home, ZONDA_PORT=str(port), **{VARIABLE: str(its.fileno())}),
            pass_fds=[its.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        ours.settimeout(20)
        assert ours.recv(100) == READY, process.stderr and process.stderr.read()
        yield Server(process, port, ours)
    finally:
        ours.close()
        process.kill()
        process.communicate(timeout=10)


def test_a_task_goes_in_and_comes_out_over_tcp(home: Path):
    with _serving(home) as server:
        text = 'mutation { createTask(name: "add", args: [1, 2]) { id status } }'
        status, _, created = server.ask("POST", "/graphql", {"query": text})
        _, _, found = server.ask("GET", LIST)

    assert status == 200
    assert json.loads(created)["data"]["createTask"]["status"] == "QUEUEING"
    assert json.loads(created)["data"]["createTask"]["id"] in found


@pytest.mark.parametrize(
    "stop",
    [
        lambda server: server.process.send_signal(signal.SIGTERM),
        lambda server: server.process.send_signal(signal.SIGINT),
        lambda server: server.lifeline.close(),
    ],
    ids=["SIGTERM", "SIGINT", "its supervisor is gone"],
)
def test_it_stops_long_before_who_waits_would_be_answered(home: Path, stop: Callable[[Server], None]):
    with _serving(home) as server:
        tag = server.ask("GET", LIST)[1]["etag"]
        headers = {"if-none-match": tag, "prefer": "wait=25"}
        answers: list[int] = []
        waiting = threading.Thread(target=lambda: answers.append(server.ask("GET", LIST, headers=headers)[0]))
        idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        idle.connect()
        waiting.start()
        wait_until(lambda: "\nzonda_live_waiters 1.0\n" in server.ask("GET", "/metrics")[2], 20, "a client waits")

        stop(server)

        try:
            assert server.process.wait(timeout=10) == 0
            waiting.join(5)
        finally:
            idle.close()

    assert answers == [503]


def test_a_head_without_an_end_is_refused(home: Path):
    with _serving(home) as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"GET /" + b"a" * (HEAD_AT_MOST - len(b"GET /")))

        answer = http.client.HTTPResponse(connection)
        answer.begin()
        refusal = json.loads(answer.read())
        after = connection.recv(1)

    assert (answer.status, answer.headers["connection"]) == (431, "close")
    assert refusal["errors"][0]["extensions"] == {"code": "TOO_LARGE", "what": "head", "limit": HEAD_AT_MOST}
    assert after == b""


def test_a_port_that_is_taken_is_named(home: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = _tried(home, ZONDA_PORT=port)

    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in _last_words(refused)


def test_a_database_without_its_tables_is_refused_with_what_to_do(tmp_path: Path):
    refused = _tried(tmp_path / "fresh")

    assert refused.returncode == 1
    assert "manage.py migrate" in _last_words(refused)


def test_a_wrong_setting_is_named(home: Path):
    refused = _tried(home, ZONDA_PORT="many")

    assert refused.returncode == 1
    assert "ZONDA_PORT" in _last_words(refused)


def test_an_app_whose_tasks_cannot_be_imported_is_named(home: Path, tmp_path: Path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "tasks.py").write_text("import nowhere.at_all")

    refused = _tried(home, ZONDA_APPS="shop", PYTHONPATH=str(tmp_path))

    assert refused.returncode == 1
    assert _last_words(refused).startswith("ZONDA_APPS: shop.tasks cannot be imported: ModuleNotFoundError")


def _tried(home: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "backend.config.server"]
    return subprocess.run(
        command, cwd=ROOT, env=_environment(home, **more), capture_output=True, text=True, timeout=20, check=False
    )


def _last_words(refused: "subprocess.CompletedProcess[str]") -> str:
    [line] = refused.stderr.splitlines()
    said = json.loads(line)
    assert (said["process"], said["event"]) == ("backend", "start.refused")
    return str(said["text"])
