"""RUN.sh as a user meets it: what it refuses, what it starts, what it leaves behind."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import GONE_WITHIN, ROOT, Stack, free_port, own_environment
from tests.support.tasks import create, finished, read
from tests.support.waiting import wait_until


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, home: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "RUN.sh", *arguments],
            env=own_environment(home, {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def zonda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One Zonda for all tests here. Its first start has made its home; it may run, or have been stopped since."""
    with Stack(tmp_path_factory.mktemp("run") / "home", fresh=True, shared=True) as stack:
        yield stack


@pytest.fixture
def stack(zonda: Stack) -> Stack:
    """It, once it runs."""
    if zonda.process.poll() is not None:
        zonda.start()
        zonda.wait_until_ready()
    return zonda


def answers(stack: Stack) -> bool:
    try:
        return bool(stack.graphql("{ __typename }"))
    except OSError:
        return False


@pytest.mark.parametrize("arguments", [["-w", "x"], ["-w", "-1"], ["-w"], ["--unknown"], ["soak"]], ids=" ".join)
def test_wrong_arguments_end_with_2_and_the_usage_before_anything_else(run, arguments, tmp_path):
    ended = run(*arguments)

    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: ./RUN.sh")
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_help_ends_with_0(run):
    ended = run("--help")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: ./RUN.sh")


def test_a_port_in_use_is_said_by_its_number(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = run("--port", str(port))

    assert ended.returncode == 1
    assert f"port {port} is in use" in ended.stderr


def test_ctrl_c_leaves_no_process_and_ends_with_0(stack):
    # A test before may have had it start one of them again.
    wait_until(lambda: len(stack.processes()) >= 6, 20, "all are there")

    code = stack.stop()

    assert code == 0
    # The workers' children die with who held them, which may be a moment after the supervisor is gone.
    wait_until(lambda: not stack.processes(), 5, "every process is gone")


def test_the_second_start_sets_nothing_up(zonda):
    if zonda.process.poll() is None:
        zonda.stop()

    zonda.start()
    zonda.wait_until_ready()

    assert zonda.output.lines == [f"Zonda is ready: {zonda.url}"]


def test_a_start_on_a_home_in_use_is_refused_and_names_the_holder(stack, run):
    ended = run("--port", str(free_port()), home=stack.home)

    assert ended.returncode == 1
    assert f"process {stack.process.pid}" in ended.stderr
    assert stack.process.poll() is None


def test_a_second_zonda_on_another_home_runs_beside_the_first(stack, tmp_path):
    with Stack(tmp_path / "two") as two:
        assert stack.processes().isdisjoint(two.processes())
        assert stack.process.poll() is None


def test_a_killed_process_is_started_again(stack):
    for name in ("backend", "ventilator", "sink", "worker-1"):
        before = stack.kill(name)

        stack.output.wait_for(f"{name} ended (signal 9), restarting now", 5)
        assert stack.pid(name) != before


def test_the_supervisor_s_sudden_death_leaves_nothing_that_blocks_the_next_start(stack):
    """Nor what ran: it ends, once."""
    # Another test here may have killed the backend a moment ago.
    wait_until(lambda: answers(stack), 30, "the backend answers")
    key = create(stack, "sleep", 2)["id"]
    wait_until(lambda: read(stack, key)["status"] == "RUNNING", 30, "it runs")
    stack.process.kill()
    stack.process.wait()

    stack.start()
    stack.wait_until_ready()
    after = stack.processes()
    task = finished(stack, key, 20)

    assert [attempt["outcome"] for attempt in task["attempts"]] in (["SUCCEEDED"], ["LOST", "SUCCEEDED"])
    assert stack.stop() == 0
    wait_until(lambda: not stack.processes(), 5)
    assert stack.process.pid in after


def test_a_second_signal_ends_everything_at_once(stack):
    os.kill(stack.pid("worker-1"), signal.SIGSTOP)
    stack.process.terminate()
    stack.output.wait_for("stopping", 5)
    began = time.monotonic()

    stack.process.terminate()
    stack.process.wait(GONE_WITHIN)

    assert time.monotonic() - began < 3
    # The workers' children die with who held them, which may be a moment after the supervisor is gone.
    wait_until(lambda: not stack.processes(), 5, "every process is gone")


def test_what_the_home_keeps_is_for_its_owner_alone(zonda):
    modes = {path.name: path.stat().st_mode & 0o777 for path in (zonda.home, *zonda.home.iterdir())}

    assert modes["home"] == 0o700
    assert modes["sockets"] == 0o700
    assert modes["service-token"] == modes["secret-key"] == 0o600
