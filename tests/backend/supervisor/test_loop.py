import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.supervisor.loop import LARGEST_LOG, Loop, trim
from backend.supervisor.machine import Force
from tests.support.output import Output
from tests.support.processes import is_alive, kill, with_environment
from tests.support.waiting import wait_until
from wire.home import Home

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
SUPERVISOR = """
import json, os, sys
from pathlib import Path
from backend.supervisor.loop import Loop
from backend.supervisor.machine import Role, Stage
from backend.supervisor.settings import Process
from wire.home import Home
home = Home(Path(sys.argv[1]))
home.prepare()
table = json.loads(sys.argv[2])
processes = [Process(Role(name, Stage[stage]), (sys.executable, "-c", code)) for name, stage, code in table]
Loop(home, Path.cwd(), processes, dict(os.environ), "everyone is ready").run()
"""
DUTIFUL = """
import select, signal, sys
from wire import supervision
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
lifeline = supervision.from_environment()
print("here I am", flush=True)
lifeline.ready()
select.select([lifeline.fileno()], [], [])
"""
STUBBORN = DUTIFUL.replace("lambda *_: sys.exit()", "signal.SIG_IGN")
WITH_COMPANY = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
{DUTIFUL}"""
HOPELESS = "import sys; sys.exit('the moon is in the wrong house')"


@dataclass
class Running:
    process: subprocess.Popen[str]
    output: Output
    home: Home

    def pid(self, name: str) -> int:
        path = self.home.path / "run" / f"{name}.pid"
        return int(wait_until(lambda: path.exists() and path.read_text(), 10, f"{name} runs"))

    def company(self) -> set[int]:
        return with_environment(f"ZONDA_HOME={self.home.path}")


type Supervise = Callable[..., Running]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    started = []

    def supervise(*processes: tuple[str, str, str], console: int = subprocess.PIPE) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(tmp_path), json.dumps(processes)],
            cwd=ROOT,
            env={**os.environ, "ZONDA_HOME": str(tmp_path)},
            stdout=console,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running = Running(process, Output(process), Home(tmp_path))
        started.append(running)
        return running

    yield supervise
    for running in started:
        running.process.kill()
        running.process.wait()
        for pid in running.company():
            kill(pid)
        running.output.close()


def test_a_stop_ends_every_process_and_the_supervisor_with_0(supervise):
    running = supervise(("worker-1", "WORKERS", DUTIFUL), ("sink", "SINK", DUTIFUL), ("backend", "REST", DUTIFUL))
    running.output.wait_for("everyone is ready", 10)

    running.process.send_signal(signal.SIGINT)

    assert running.process.wait(5) == 0
    assert running.company() == set()
    assert list((running.home.path / "run").glob("*.pid")) == []


def test_a_killed_process_is_started_again_at_once(supervise):
    running = supervise(("sink", "SINK", DUTIFUL))
    running.output.wait_for("everyone is ready", 10)
    before = running.pid("sink")

    os.kill(before, signal.SIGKILL)

    running.output.wait_for("sink ended (signal 9), restarting now", 5)
    wait_until(lambda: running.pid("sink") != before, 5)


def test_what_a_killed_process_started_is_killed_too(supervise):
    running = supervise(("worker-1", "WORKERS", WITH_COMPANY))
    running.output.wait_for("everyone is ready", 10)
    leader = running.pid("worker-1")
    before = wait_until(lambda: running.company() - {running.process.pid, leader}, 5)

    os.kill(leader, signal.SIGKILL)

    wait_until(lambda: not any(is_alive(pid) for pid in before), 5)


def test_the_supervisor_s_sudden_death_ends_its_processes(supervise):
    running = supervise(("worker-1", "WORKERS", DUTIFUL), ("sink", "SINK", DUTIFUL))
    running.output.wait_for("everyone is ready", 10)

    running.process.kill()

    wait_until(lambda: not running.company(), 5)


def test_a_process_that_does_not_heed_the_stop_is_killed(supervise):
    running = supervise(("sink", "SINK", STUBBORN))
    running.output.wait_for("everyone is ready", 10)

    running.process.terminate()

    assert running.process.wait(5) == 0
    running.output.wait_for("sink did not end in time and was killed", 5)


def test_a_second_signal_ends_everything_at_once(supervise):
    running = supervise(("worker-1", "WORKERS", STUBBORN))
    running.output.wait_for("everyone is ready", 10)

    running.process.terminate()
    running.output.wait_for("stopping", 5)
    running.process.terminate()

    assert running.process.wait(5) == 0
    assert running.company() == set()


def test_a_process_that_keeps_failing_to_start_has_its_last_words_shown(supervise):
    running = supervise(("sink", "SINK", HOPELESS))

    running.output.wait_for("  the moon is in the wrong house", 15)

    assert [line for line in running.output.lines if line.startswith("sink ended")] == [
        "sink ended (exit code 1), restarting now",
        "sink ended (exit code 1), restarting in 1 s",
        "sink ended (exit code 1), restarting in 2 s",
    ]


def test_each_process_has_its_own_log_and_the_console_has_none_of_it(supervise):
    running = supervise(("sink", "SINK", DUTIFUL))
    running.output.wait_for("everyone is ready", 10)

    assert (running.home.path / "logs" / "sink.log").read_text() == "here I am\n"
    assert "here I am" not in running.output.lines


def test_a_log_that_has_grown_large_is_begun_anew_and_the_old_one_is_kept(supervise, tmp_path):
    log = tmp_path / "logs" / "sink.log"
    log.parent.mkdir()
    with log.open("wb") as file:
        file.truncate(LARGEST_LOG + 1)

    running = supervise(("sink", "SINK", DUTIFUL))
    running.output.wait_for("everyone is ready", 10)

    assert log.read_text() == "here I am\n"
    assert log.with_name("sink.log.1").stat().st_size == LARGEST_LOG + 1


def test_a_log_that_grows_large_under_a_writer_begins_anew_and_loses_none_of_its_next_lines(tmp_path):
    log = tmp_path / "sink.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * (LARGEST_LOG + 1))
        trim(log)
        writer.write(b"next\n")
        trim(log)

    assert log.read_bytes() == b"next\n"
    assert log.with_name("sink.log.1").stat().st_size == LARGEST_LOG + 1


def test_a_console_that_nobody_reads_any_more_does_not_stop_the_supervisor(supervise, tmp_path):
    reader, console = os.pipe()
    supervise(("sink", "SINK", DUTIFUL), console=console)
    os.close(console)
    journal = tmp_path / "logs" / "supervisor.log"
    wait_until(lambda: journal.exists() and "everyone is ready" in journal.read_text(), 10)
    os.close(reader)

    os.kill(int((tmp_path / "run" / "sink.pid").read_text()), signal.SIGKILL)
    wait_until(lambda: "restarting now" in journal.read_text(), 5)

    wait_until(lambda: (tmp_path / "logs" / "sink.log").read_text() == "here I am\n" * 2, 5)


def test_one_that_has_just_ended_can_be_asked_to_end_and_is_still_there_to_be_reaped():
    ended = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    loop = Loop.__new__(Loop)
    loop._running = {"backend": ended}

    loop._end("backend", Force.ASK)

    assert os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    assert ended.wait() == 0
