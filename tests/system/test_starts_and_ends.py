"""How processes start beside others and after others, and how signals end them."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.support.links import free_ports
from tests.support.parts import PARTS, Part, Parts, readiness
from tests.support.processes import children, with_environment
from tests.support.stack import ROOT, Stack, own_environment
from tests.support.tasks import create, finished
from tests.support.trouble import system_calls
from tests.support.waiting import wait_until

FEW = ("prlimit", "--nofile=64:64")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with Parts(tmp_path_factory.mktemp("starts") / "home", shared=True) as parts:
        yield parts


@pytest.fixture(scope="module")
def begun() -> dict[str, Part]:
    """Each part as it was started last."""
    return {}


@pytest.fixture
def running(parts: Parts, begun: dict[str, Part]) -> dict[str, Part]:
    """Each part at work: those that tests before have left, and others instead of those that they have ended."""
    for name in PARTS:
        if name not in begun or begun[name].process.poll() is not None:
            begun[name] = parts.begin(name)
    for part in begun.values():
        part.wait_until_ready()
    return begun


def works(parts: Parts) -> bool:
    return bool(finished(parts, create(parts, "add", 1, 2)["id"], 20)["result"] == 3)


def test_a_second_one_is_refused_at_once_and_what_a_kill_leaves_behind_is_no_first(
    parts: Parts, running: dict[str, Part]
) -> None:
    """I13, L3."""
    for name in ("backend", "ventilator", "sink"):
        began = time.monotonic()
        second = parts.begin(name, environment={"ZONDA_PORT": "1"})
        assert second.ended() == 1
        assert time.monotonic() - began < 10, "2 s on a machine that does nothing else"
        assert f"process {running[name].pid} " in second.tail().replace('"', " ")
    assert works(parts)

    for part in running.values():
        part.killed()
    left = [path.name for path in (*parts.home.glob("*.lock"), *(parts.home / "sockets").iterdir())]
    running.update(parts.begin_all())

    assert {"backend.lock", "ventilator.lock", "sink.lock", "status", "control", "results", "TASKS", "wake"} <= {*left}
    assert works(parts)
    assert [part.process.poll() for part in running.values()] == [None] * 4


def test_a_second_one_on_the_same_ports_ends_at_once_and_says_which(tmp_path: Path) -> None:
    """I13, L3: another home, whose locks are its own, and the same ports."""
    ports = {"ZONDA_TRANSPORT": f"zeromq+tcp://127.0.0.1:{free_ports(16)}"}
    with ExitStack() as homes:
        first, second = (homes.enter_context(Parts(tmp_path / name, ports)) for name in ("first", "second"))
        homes.callback(second.end_all)
        homes.callback(first.end_all)
        running = first.begin_all()
        for name in ("ventilator", "sink"):
            refused = second.begin(name)

            assert refused.ended() == 1
            assert "Address already in use (addr='tcp://127.0.0.1:" in refused.log.read_text()
        assert works(first)
        assert [part.process.poll() for part in running.values()] == [None] * 4


def test_a_storm_of_signals_ends_every_process_and_breaks_none(running: dict[str, Part]) -> None:
    """L3: forty of them within a second, to each; the first is a SIGHUP."""
    for number in islice(cycle((signal.SIGHUP, signal.SIGTERM)), 40):
        for part in running.values():
            if part.process.poll() is None:
                part.signal(number)
        time.sleep(0.02)  # the storm's pace
    codes = {name: part.ended() for name, part in running.items()}

    # One that comes when the work is over and only Python is still ending is as good as any other end.
    assert set(codes.values()) <= {0, -signal.SIGHUP, -signal.SIGTERM}
    for part in running.values():
        # asyncio, when it ends, closes what a signal is written to just before it takes its hands off the signals.
        told = [line for line in part.log.read_text().splitlines() if "signal wakeup fd" not in line]
        assert not any("Traceback" in line for line in told), part.tail()
        assert '"stop.asked"' in part.log.read_text() or part.name == "backend"


def test_within_64_open_files_all_work_and_a_crowd_is_kept_waiting_without_a_busy_loop(parts: Parts) -> None:
    """L3."""
    parts.end_all()
    few = {name: parts.begin(name, prefix=FEW) for name in PARTS}
    for part in few.values():
        part.wait_until_ready()
    assert works(parts)

    with ExitStack() as crowd:
        for _ in range(80):
            crowd.enter_context(socket.create_connection(("127.0.0.1", parts.port)))
        backend = Path(f"/proc/{few['backend'].pid}")
        wait_until(lambda: len(list((backend / "fd").iterdir())) >= 60, 10, "all its files are open")
        before = cpu_seconds(backend)
        time.sleep(1.5)  # the span over which its work is measured
        used = cpu_seconds(backend) - before
    wait_until(lambda: readiness(parts).get("code") == 200, 20, "it answers again")

    assert used < 0.5
    assert works(parts)
    assert [part.process.poll() for part in few.values()] == [None] * 4
    parts.end_all()


def test_who_owns_a_socket_may_open_as_many_files_as_the_system_allows(parts: Parts) -> None:
    """L3: ZeroMQ ends a process that has none left for a connection, and the usual limit is far below that."""
    parts.end_all()
    owners = {name: parts.begin(name, prefix=("prlimit", "--nofile=100:700")) for name in PARTS if "worker" not in name}
    for part in owners.values():
        part.wait_until_ready()

    soft = {name: resource.prlimit(part.pid, resource.RLIMIT_NOFILE)[0] for name, part in owners.items()}
    parts.end_all()

    assert soft == {"backend": 700, "ventilator": 700, "sink": 700}


def test_a_worker_that_may_start_no_process_goes_on_trying(parts: Parts, running: dict[str, Part]) -> None:
    """L3: all of its children die, and for three seconds the system gives it none."""
    worker = running["worker-1"]
    wait_until(lambda: _counted(worker, "child.ready") > 1, 15, "there are children")
    with system_calls(worker.pid, "fork,vfork,clone,clone3:error=EAGAIN"):
        there = [child for guard in children(worker.pid) for child in children(guard)]
        started = _counted(worker, "child.started")
        for child in there:
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: _counted(worker, "child.ended") == len(there), 10, "they have ended")
        task = create(parts, "add", 1, 2)["id"]
        # The fault itself: the pauses between two tries grow, 1 s and 2 s.
        time.sleep(3.0)

        assert _counted(worker, "child.started") == started
    assert finished(parts, task, 30)["result"] == 3
    assert worker.process.poll() is None


def _counted(part: Part, event: str) -> int:
    return part.log.read_text().count(f'"{event}"')


def test_a_terminal_that_is_closed_takes_all_of_zonda_with_it(tmp_path: Path) -> None:
    """L3: in order, as Ctrl-C does: nothing is left behind."""
    home = tmp_path / "home"
    screen, terminal = os.openpty()
    command = ["setsid", "--ctty", "bash", "-c", f"{ROOT}/RUN.sh -w 1 --port {Parts(home).port}; true"]
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=own_environment(home, {})
    ) as shell:
        os.close(terminal)
        seen = b""
        while b"Zonda is ready" not in seen:
            seen += os.read(screen, 4096)
        there = with_environment(f"ZONDA_HOME={home}")
        os.close(screen)
        shell.wait(20)
    wait_until(lambda: not with_environment(f"ZONDA_HOME={home}"), 20, "no process is left")

    assert len(there) >= 6
    log = (home / "logs" / "supervisor.log").read_text()
    assert "stopping" in log
    assert "stopped" in log


def test_what_nohup_has_started_outlives_its_terminal(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "home", workers=0)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stack.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        stack.wait_until_ready()
        ignored = re.search(r"^SigIgn:\t(\w+)$", Path(f"/proc/{stack.process.pid}/status").read_text(), re.MULTILINE)

        assert ignored is not None
        assert int(ignored[1], 16) & 1 << signal.SIGHUP - 1
        assert stack.stop() == 0
    finally:
        stack.clean_up()


def cpu_seconds(process: Path) -> float:
    """The processor time that it has used."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
