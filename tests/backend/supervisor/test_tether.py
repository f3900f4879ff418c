import os
import socket
import subprocess
import sys

import pytest

from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from wire import supervision

pytestmark = pytest.mark.system

LASTING = "import os, time; print(os.getpid(), flush=True); time.sleep(100)"


@pytest.fixture
def tethered():
    ours, theirs = socket.socketpair()
    tether = subprocess.Popen(
        [sys.executable, "-m", "backend.supervisor.tether", sys.executable, "-c", LASTING],
        env={**os.environ, supervision.VARIABLE: str(theirs.fileno())},
        pass_fds=[theirs.fileno()],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    theirs.close()
    assert tether.stdout is not None
    with ours, tether:
        yield ours, tether, int(tether.stdout.readline())
        tether.kill()


def test_the_supervisor_s_end_is_the_program_s_end(tethered):
    lifeline, _, program = tethered

    lifeline.close()

    wait_until(lambda: not is_alive(program), 5)


def test_being_asked_to_end_ends_the_program_too(tethered):
    _, tether, program = tethered

    tether.terminate()

    wait_until(lambda: not is_alive(program), 5)


def test_the_exit_code_is_the_program_s():
    command = [sys.executable, "-m", "backend.supervisor.tether", sys.executable, "-c", "raise SystemExit(3)"]

    assert subprocess.run(command, check=False).returncode == 3
