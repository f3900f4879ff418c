"""Which processes are to run no further task function, for what one of theirs has left keeps others from writing."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from django.db import connection

from backend.tasks import left_open
from backend.tasks.left_open import LeftOpen
from tests.support.together import a_process

pytestmark = pytest.mark.django_db(transaction=True)

HOLDS = (
    "import sqlite3, sys; record = sqlite3.connect(sys.argv[1], isolation_level=None);"
    "record.execute('BEGIN IMMEDIATE'); print('begun', flush=True); input(); record.execute('ROLLBACK');"
    "print('ended', flush=True); input()"
)


@pytest.fixture
def left() -> LeftOpen:
    return LeftOpen()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_open, "_PASSES_WITHIN", 0.2)


@pytest.mark.usefixtures("soon")
def test_a_process_in_which_a_thread_keeps_others_from_writing_is_spent(left: LeftOpen) -> None:
    written, go_on = threading.Event(), threading.Event()

    def write() -> None:
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        written.set()
        go_on.wait(20)
        other.close()

    thread = threading.Thread(target=write)
    thread.start()
    written.wait(20)
    try:
        spent = left.why_spent()
    finally:
        go_on.set()
        thread.join()

    assert "thread left by a task function that keeps others from writing" in str(spent)
    assert left.why_spent() is None


@pytest.mark.usefixtures("soon")
def test_a_process_with_a_connection_of_its_own_that_keeps_others_from_writing_is_spent(left: LeftOpen) -> None:
    other = sqlite3.connect(connection.settings_dict["NAME"])
    with closing(other):
        assert left.why_spent() is None
        other.execute("BEGIN IMMEDIATE")

        assert "connection opened by a task function" in str(left.why_spent())

    assert left.why_spent() is None


@pytest.mark.usefixtures("soon")
def test_a_process_with_one_that_it_has_started_and_that_keeps_others_from_writing_is_spent(left: LeftOpen) -> None:
    connection.ensure_connection()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, connection.settings_dict["NAME"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        assert left.why_spent() == "has a process started by a task function that keeps others from writing"
        assert left.why_harmful() == "has something left by a task function that keeps others from writing"

        other.stdin.write("\n")
        assert other.stdout.readline() == "ended\n"
        assert left.why_spent() is None
        assert left.why_harmful() is None
        other.kill()


def test_one_that_it_has_started_and_that_ends_what_it_writes_costs_it_nothing(left: LeftOpen) -> None:
    """Four tenths of a second are no moment, and yet less than what may be waited for."""
    code = HOLDS.replace("input()", "__import__('time').sleep(0.4)", 1)
    connection.ensure_connection()
    with subprocess.Popen(
        [sys.executable, "-c", code, connection.settings_dict["NAME"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"begun\n"

        assert left.why_spent() is None

        assert other.poll() is None
        other.kill()


def test_a_daemon_that_it_has_started_is_found_and_whose_parent_adopts_it_knows_of_no_other() -> None:
    code = """
import os, sqlite3, signal, time
from workers.descendants import adopt_orphans, kill_strays

adopt_orphans()
child = os.fork()
if child:
    status = os.waitpid(child, 0)[1]
    while kill_strays():
        time.sleep(0.01)  # they are killed, and nobody tells when they are gone
    sys.exit(os.waitstatus_to_exitcode(status))

from backend.tasks import left_open
from backend.tasks.holders import has_children, has_siblings
looks = []
holders = left_open.holders_of_the_record
left_open.holders_of_the_record = lambda: looks.append(1) or holders()
left = left_open.LeftOpen()

def say(what):
    print(what, has_children(), has_siblings(os.getppid()), left.why_spent(), bool(looks), flush=True)
    looks.clear()

say("nothing")
import subprocess
subprocess.run(["true"])
say("ended")
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        record = sqlite3.connect(sys.argv[1], isolation_level=None)
        record.execute("BEGIN IMMEDIATE")
        os.write(writing, b".")
        time.sleep(3600)
    os._exit(0)
os.wait()
os.read(reading, 1)
say("daemon")
os._exit(0)
"""
    connection.ensure_connection()
    with a_process(code, connection.settings_dict["NAME"]) as guard:
        said, _ = guard.communicate("\n", timeout=60)

    assert guard.returncode == 0
    assert said.splitlines() == [
        "ready",
        "nothing False False None False",
        "ended False False None False",
        "daemon False True has a process started by a task function that keeps others from writing True",
    ]


def test_what_is_started_without_a_word_is_looked_at_too() -> None:
    """`multiprocessing` starts processes in a way that no hook hears of."""
    code = """
import multiprocessing, sqlite3, time
from backend.tasks.left_open import LeftOpen

left = LeftOpen()
process = multiprocessing.get_context("spawn").Process(target=exec, args=[
    f"import sqlite3, time; record = sqlite3.connect({sys.argv[1]!r}, isolation_level=None);"
    "record.execute('BEGIN IMMEDIATE'); print('begun', flush=True); time.sleep(3600)"
], daemon=True)
process.start()
sys.stdin.readline()
print(left.why_spent(), flush=True)
"""
    connection.ensure_connection()
    with a_process(code, connection.settings_dict["NAME"]) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write("\n")
        other.stdin.flush()
        assert [other.stdout.readline() for _ in range(2)] == ["ready\n", "begun\n"]
        said, _ = other.communicate("\n", timeout=60)

    assert said == "has a process started by a task function that keeps others from writing\n"


def test_where_only_django_connects_nobody_looks_who_writes() -> None:
    code = """
from django.db import connection
from backend.tasks import left_open

looks = []
left_open.holders_of_the_record = lambda: looks.append(1) or set()
left = left_open.LeftOpen()
connection.ensure_connection()
print(left.why_spent(), looks)
"""
    with a_process(code) as other:
        said, _ = other.communicate("\n", timeout=60)

    assert said.splitlines() == ["ready", "None []"]
