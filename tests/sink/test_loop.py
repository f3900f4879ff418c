"""A whole sink process, with the test in the place of workers, ventilator and backend."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import zmq

from tests.sink.reports import a_start, a_success
from tests.support.output import Output
from tests.support.waiting import wait_until
from wire import codec
from wire.home import Home
from wire.messages import Answer, OnResults, ReportKind, SettledBySink
from wire.supervision import READY, VARIABLE

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 20.0


class Backend:
    """Answers `reportAttempts`: with APPLIED for each report, or whatever `answer` is set to."""

    def __init__(self) -> None:
        self.calls: list[list[dict]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.open = Event()
        self.open.set()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                backend.headers.append(dict(self.headers))
                backend.calls.append(body["variables"]["reports"])
                backend.open.wait(WITHIN)
                answer = json.dumps({"data": {"reportAttempts": ["APPLIED"] * len(backend.calls[-1])}}).encode()
                self.send_response(backend.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/graphql"

    def close(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Outside:
    """A home with a sink's two topics: what a worker PUSHes, and what the ventilator PULLs."""

    def __init__(self, home: Home) -> None:
        self._context = zmq.Context()
        self._status = self._context.socket(zmq.PULL)
        self._status.bind(f"ipc://{home.sockets()}/status")
        self._results = self._context.socket(zmq.PUSH)
        self._results.connect(f"ipc://{home.sockets()}/results")
        self.settled: list[SettledBySink] = []

    def report(self, *reports: OnResults) -> None:
        self._results.send(codec.encode(reports))

    def hear(self) -> list[SettledBySink]:
        while self._status.poll(0):
            messages, unreadable = codec.status_decoder.decode(self._status.recv())
            assert not unreadable
            self.settled += [message for message in messages if isinstance(message, SettledBySink)]
        return self.settled

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def outside(home: Home) -> Iterator[Outside]:
    outside = Outside(home)
    yield outside
    outside.close()


class Sink:
    """The process."""

    def __init__(self, home: Home, url: str, **more: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sink"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "ZONDA_HOME": str(home.path), "ZONDA_GRAPHQL_URL": url, **more.pop("environment", {})},
            **more,
        )
        self.output = Output(self.process)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WITHIN)
        self.output.close()


@pytest.fixture
def sink(home: Home, backend: Backend) -> Iterator[Sink]:
    sink = Sink(home, backend.url)
    yield sink
    sink.close()


def test_reports_reach_the_backend_as_they_are_and_are_settled_after_its_answer(home, backend, outside, sink):
    backend.open.clear()
    outside.report(a_start(1), a_success(1, b'{"a": [1]}'))
    wait_until(lambda: backend.calls, WITHIN)
    assert outside.hear() == []

    backend.open.set()
    wait_until(lambda: len(outside.hear()) == 2, WITHIN)

    common = {"task-id": "t1", "attempt": 1, "fence": 1, "worker": "W1", "incarnation": "me"}
    assert backend.calls == [
        [{"kind": "started", **common}, {"kind": "succeeded", **common, "ran": 0.5, "result": {"a": [1]}}]
    ]
    assert backend.headers[0]["Authorization"] == f"Bearer {home.service_token()}"
    assert backend.headers[0]["Content-Type"] == "application/json"
    assert {(one.fence, one.answer, one.incarnation) for one in outside.settled} == {(1, Answer.APPLIED, "me")}


def test_a_backend_that_comes_late_gets_everything(backend, outside, sink):
    backend.status = 503
    outside.report(*(a_success(fence) for fence in range(1, 101)))
    wait_until(lambda: len(backend.calls) >= 3, WITHIN)
    assert outside.hear() == []

    backend.status = 200

    wait_until(lambda: len(outside.hear()) == 100, WITHIN)
    assert all(len(call) == 100 for call in backend.calls)


def test_an_unreadable_frame_spoils_no_other(backend, outside, sink):
    outside._results.send(b"\xff not json")
    outside._results.send(b'[{"kind":"mystery"},' + codec.encode([a_success(1)]) + b"]")

    wait_until(lambda: len(outside.hear()) == 1, WITHIN)
    sink.output.wait_for("message.unreadable", WITHIN)


def test_an_outcome_that_cannot_be_read_is_one_that_was_refused(backend, outside, sink):
    common = {"task-id": "t1", "attempt": 2, "worker": "W1", "incarnation": "me"}
    outside._results.send_json({**common, "fence": 1, "kind": "started", "attempt": "the first"})
    outside._results.send_json({**common, "fence": 2, "kind": "started", "worker": "nobody"})
    outside._results.send_json({**common, "fence": 3, "kind": "log", "lines": "none"})
    outside._results.send_json(
        [
            {**common, "fence": 4, "kind": "succeeded", "ran": 0.5, "result": 3},
            {**common, "fence": 5, "kind": "succeeded", "ran": -0.5, "result": 3},
            {**common, "fence": 6, "kind": "mystery"},
            {**common, "fence": 7, "kind": "lost"},
            {**common, "fence": 8, "kind": "failed", "ran": 2.5, "error": None},
            {**common, "fence": 0, "kind": "failed"},
        ]
    )

    wait_until(lambda: len(outside.hear()) == 4, WITHIN)

    assert {(one.fence, one.report) for one in outside.settled} == {
        (4, ReportKind.SUCCEEDED),
        (5, ReportKind.FAILED),
        (7, ReportKind.FAILED),
        (8, ReportKind.FAILED),
    }
    reports = {report["fence"]: report for call in backend.calls for report in call}
    assert reports[5] == {
        **common,
        "fence": 5,
        "kind": "failed",
        "ran": 0.0,
        "error": "the worker's report was refused: Expected `float` >= 0.0 - at `$.ran`",
        "exception": "",
        "traceback": "",
        "again": False,
    }
    assert [reports[fence]["ran"] for fence in (7, 8)] == [0.0, 2.5]


def test_a_second_sink_on_a_home_ends_and_names_the_first(home, backend, outside, sink):
    sink.output.wait_for("sink.ready", WITHIN)

    second = Sink(home, backend.url)

    assert second.process.wait(WITHIN) == 1
    second.close()
    assert str(sink.process.pid) in str(second.output)
    outside.report(a_success(1))
    wait_until(lambda: len(outside.hear()) == 1, WITHIN)


def test_sigterm_lets_the_call_in_flight_end(backend, outside, sink):
    backend.open.clear()
    outside.report(a_success(1))
    wait_until(lambda: backend.calls, WITHIN)

    sink.process.send_signal(signal.SIGTERM)
    sink.output.wait_for("stop.asked", WITHIN)
    backend.open.set()

    assert sink.process.wait(WITHIN) == 0
    wait_until(lambda: len(outside.hear()) == 1, WITHIN)


def test_sigterm_waits_two_seconds_at_most(backend, outside, sink):
    backend.open.clear()
    outside.report(a_success(1))
    wait_until(lambda: backend.calls, WITHIN)

    sink.process.send_signal(signal.SIGTERM)

    assert sink.process.wait(4.0) == 0
    assert outside.hear() == []


def test_the_sink_says_ready_and_ends_with_its_supervisor(home, backend):
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            sink = Sink(home, backend.url, environment={VARIABLE: str(theirs.fileno())}, pass_fds=(theirs.fileno(),))
        ours.settimeout(WITHIN)
        assert ours.recv(100) == READY
    assert sink.process.wait(WITHIN) == 1
    sink.close()


def test_a_wrong_setting_ends_the_sink_with_its_name(home):
    sink = Sink(home, "ftp://somewhere")

    assert sink.process.wait(WITHIN) == 2
    sink.close()
    assert "ZONDA_GRAPHQL_URL" in str(sink.output)
    assert "Traceback" not in str(sink.output)
