"""A whole worker process, with the test in the place of ventilator and sink."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from tests.support.processes import children, is_alive
from tests.support.waiting import wait_until
from tests.workers.ventilator import ROOT, W1, WITHIN, Ventilator, ended, with_worker
from wire.locks import is_stopped
from wire.messages import (
    SILENT_AFTER,
    AttemptFailed,
    AttemptLost,
    AttemptSucceeded,
    Freed,
    Goodbye,
    ReportKind,
    Started,
)
from wire.supervision import READY, VARIABLE
from workers.attempts import TAKES_WITHIN

pytestmark = pytest.mark.system


def test_a_worker_runs_what_it_is_granted_and_keeps_reporting_until_it_is_settled(tmp_path):
    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        assert ventilator.last is not None
        assert (ventilator.last.pid, ventilator.last.topic, ventilator.last.slots) == (process.pid, W1, 2)
        assert ventilator.last.name == "worker-7"
        ventilator.grant(1, "add", 1, 2)
        ventilator.grant(2, "refuse", "no")

        await ventilator.until(lambda: ventilator.outcome(1) and ventilator.outcome(2))

        success, failure = ventilator.outcome(1), ventilator.outcome(2)
        assert isinstance(success, AttemptSucceeded)
        assert bytes(success.result) == b"3"
        assert isinstance(failure, AttemptFailed)
        assert failure.error == "ValueError: no"
        # The topic `status` is another connection than the results', and may be behind them.
        await ventilator.until(lambda: {Started, Freed} <= {type(message) for message in ventilator.status})
        count = len(ventilator.reports)
        await ventilator.until(lambda: len(ventilator.reports) >= count + 2)
        for fence, kind in [(1, ReportKind.SUCCEEDED), (2, ReportKind.FAILED)]:
            ventilator.settle(fence, kind)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.unsettled == ())

    with_worker(tmp_path, act, {"ZONDA_SLOTS": "2", "ZONDA_WORKER_NAME": "worker-7"})


def test_a_killed_child_is_reported_within_a_second_and_the_spare_goes_on(tmp_path):
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        await ventilator.until(lambda: (tmp_path / "log").read_text().count('"child.ready"') == 2)
        [spare, running] = [child for guard in children(process.pid) for child in children(guard)]
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        await ventilator.until(lambda: started.exists() and started.read_text())
        if int(started.read_text()) == spare:
            spare, running = running, spare
        os.kill(running, signal.SIGKILL)

        async with asyncio.timeout(1.0):
            await ventilator.until(lambda: ventilator.outcome(1))

        lost = ventilator.outcome(1)
        assert isinstance(lost, AttemptLost)
        assert lost.error == "The child process was killed by signal 9 (SIGKILL)"
        ventilator.grant(2, "pid")
        went_on = await ventilator.until(partial(ventilator.answer, 2))
        assert isinstance(went_on, AttemptSucceeded)
        assert int(bytes(went_on.result)) == spare

    with_worker(tmp_path, act)


@pytest.mark.parametrize("leave", ["leave_one_who_lets_nobody_turn", "leave_one_who_stops_all"])
def test_what_a_child_is_given_that_never_turns_again_goes_on_in_another_as_not_tried(tmp_path, leave):
    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, leave, str(tmp_path / "now"))
        left = await ventilator.until(partial(ventilator.answer, 1))
        assert isinstance(left, AttemptSucceeded)
        child = int(bytes(left.result))
        before = _ticks(child)
        (tmp_path / "now").touch()
        # Nothing else runs in it: what takes so much time is the thread that was left.
        await ventilator.until(lambda: is_stopped(child) or _ticks(child) > before + 20)

        ventilator.grant(2, "pid")
        assert isinstance(await ventilator.until(partial(ventilator.answer, 2)), Freed)
        assert 2 not in {report.fence for report in ventilator.reports}

        ventilator.grant(3, "pid")
        ended = await ventilator.until(partial(ventilator.answer, 3))
        assert isinstance(ended, AttemptSucceeded)
        assert bytes(ended.result) != bytes(left.result)

    log = with_worker(tmp_path, act)

    [killed] = [json.loads(line) for line in log.splitlines() if '"child.killed"' in line]
    assert killed["why"] == f"had taken nothing of what it was given for {TAKES_WITHIN:g} s"


def _ticks(pid: int) -> int:
    """How long the process has had a processor, in hundredths of a second."""
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[11])


def test_a_slot_gets_another_child_every_so_many_tasks_and_loses_none(tmp_path):
    pids: list[int] = []

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        for fence in range(1, 10_000):
            ventilator.grant(fence, "pid")
            outcome = await ventilator.until(partial(ventilator.answer, fence))
            if isinstance(outcome, Freed):
                # Both children were at their start for longer than a grant waits: it is granted again, as always.
                continue
            assert isinstance(outcome, AttemptSucceeded)
            pids.append(int(bytes(outcome.result)))
            if len(pids) == 20:
                return

    log = with_worker(tmp_path, act, {"ZONDA_SLOT_TASKS": "4"})

    runs = Counter(pids)
    assert max(runs.values()) == 4
    retired = [json.loads(line) for line in log.splitlines() if '"child.retired"' in line]
    assert {line["why"] for line in retired} == {"has run 4 tasks"}
    assert len(retired) == list(runs.values()).count(4) >= 3


def test_what_a_function_leaves_that_kills_its_guard_too_is_found_by_the_worker(tmp_path):
    daemon = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "leave_a_daemon", str(daemon), "return")
        await ventilator.until(lambda: ventilator.outcome(1))
        assert is_alive(int(daemon.read_text()))

        ventilator.grant(2, "signal_parent", int(signal.SIGKILL))

        await ventilator.until(lambda: ventilator.outcome(2))
        await ventilator.until(lambda: not is_alive(int(daemon.read_text())))
        for fence in range(3, 10_000):
            ventilator.grant(fence, "add", 1, 2)
            if not isinstance(ended := await ventilator.until(partial(ventilator.answer, fence)), Freed):
                break
            # Both children were at their start for longer than a grant waits: it is granted again, as always.
        assert isinstance(ended, AttemptSucceeded)

    with_worker(tmp_path, act)


def test_sigterm_lets_what_runs_end_and_hands_the_rest_back(tmp_path):
    started, stop = tmp_path / "pid", tmp_path / "stop"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "start_and_wait_for", str(started), str(stop))
        await ventilator.until(started.exists)
        ventilator.grant(2, "add", 1, 2)
        process.send_signal(signal.SIGTERM)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.draining)
        stop.touch()
        await ventilator.until(lambda: ventilator.outcome(1))
        ventilator.settle(1, ReportKind.SUCCEEDED)

        assert await ended(process) == 0

        await ventilator.until(lambda: isinstance(ventilator.status[-1], Goodbye))
        assert [fence for fence in (1, 2) if ventilator.handed_back(fence)] == [2]
        assert ventilator.outcome(2) is None

    log = with_worker(tmp_path, act)
    assert {"worker.starts", "worker.ready", "stop.asked", "worker.ends"} <= {
        json.loads(line)["event"] for line in log.splitlines()
    }


def test_a_second_signal_ends_the_worker_at_once_with_its_children(tmp_path):
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        await ventilator.until(lambda: started.exists() and started.read_text())
        process.send_signal(signal.SIGINT)
        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.draining)
        process.send_signal(signal.SIGTERM)

        assert await ended(process) == 0
        assert not is_alive(int(started.read_text()))

    with_worker(tmp_path, act)


def test_the_worker_says_ready_and_ends_with_its_supervisor(tmp_path):
    ours, theirs = socket.socketpair()
    started = tmp_path / "pid"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        theirs.close()
        await ventilator.in_touch()
        ours.settimeout(WITHIN)
        assert await asyncio.to_thread(ours.recv, 100) == READY
        ventilator.grant(1, "start_and_wait_for", str(started), str(tmp_path / "never"))
        await ventilator.until(lambda: started.exists() and started.read_text())

        ours.close()

        assert await ended(process) == 1
        wait_until(lambda: not is_alive(int(started.read_text())), WITHIN)

    with ours:
        with_worker(tmp_path, act, {VARIABLE: str(theirs.fileno())}, pass_fds=(theirs.fileno(),))


def test_a_stopped_and_continued_worker_drops_what_it_had_not_started(tmp_path):
    stop = tmp_path / "stop"

    async def act(ventilator: Ventilator, process: subprocess.Popen[str]) -> None:
        await ventilator.in_touch()
        ventilator.grant(1, "wait_for", str(stop))
        await ventilator.until(lambda: any(isinstance(message, Started) for message in ventilator.status))
        process.send_signal(signal.SIGSTOP)
        ventilator.grant(2, "add", 1, 2)
        stalled_until = monotonic() + SILENT_AFTER + 0.1
        await ventilator.until(lambda: monotonic() > stalled_until)
        process.send_signal(signal.SIGCONT)

        await ventilator.until(lambda: ventilator.last is not None and ventilator.last.hello == 2)
        assert ventilator.last is not None
        assert [(held.fence, held.started) for held in ventilator.last.holds] == [(1, True)]
        stop.touch()
        await ventilator.until(lambda: ventilator.outcome(1))
        assert ventilator.outcome(2) is None

    with_worker(tmp_path, act)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ZONDA_SLOTS": "0"}, "ZONDA_SLOTS"),
        ({"ZONDA_TRANSPORT": "pigeon:"}, "ZONDA_TRANSPORT"),
        ({"ZONDA_HOME": "/proc/none"}, "ZONDA_HOME"),
    ],
)
def test_a_wrong_setting_ends_the_worker_with_its_name(tmp_path, environment, named):
    ended = subprocess.run(
        [sys.executable, "-m", "workers"],
        cwd=ROOT,
        env={**os.environ, "ZONDA_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )

    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
