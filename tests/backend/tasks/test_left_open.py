"""What becomes of the connections of a task function that has ended, and which processes are to run no further one."""

import gc
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.tasks import task

from backend.demo.tasks import add
from backend.tasks import left_open, store
from backend.tasks.execution import Executor
from backend.tasks.left_open import LeftOpen
from backend.tasks.models import Task
from backend.tasks.registry import Registry
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


@pytest.fixture
def rows() -> Iterator[None]:
    """Rows to read, and nothing left open in the end."""
    add.enqueue(1, 1)
    add.enqueue(1, 2)
    yield
    KEPT.clear()
    store.engine.close()


KEPT: list[Any] = []


def break_off() -> None:
    """As everybody may, who then has the error in a variable of the frame that the error knows."""
    for row in Task.objects.iterator(chunk_size=1):
        try:
            raise LookupError(row)
        except LookupError as error:
            last = error
        break
    assert last


def keep_an_iterator() -> None:
    rows = Task.objects.iterator(chunk_size=1)
    next(rows)
    KEPT.append(rows)


def keep_a_cursor() -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM zonda_task")
    cursor.fetchone()
    KEPT.append(cursor)


@task
def fail_in_the_midst() -> None:
    rows = Task.objects.iterator(chunk_size=1)
    for row in rows:
        raise LookupError(row)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("leave", [break_off, keep_an_iterator, keep_a_cursor])
def test_who_comes_after_one_that_has_left_a_query_half_read_reads_what_is_there_and_can_write(
    left: LeftOpen, leave: Callable[[], None]
) -> None:
    leave()
    with a_process("from backend.demo.tasks import add; add.enqueue(1, 3)") as other:
        other.communicate("\n", timeout=60)

    left.close()

    assert left.why_spent() is None
    assert Task.objects.count() == 3
    add.enqueue(1, 4)
    assert _can_be_emptied()


def _can_be_emptied() -> bool:
    """Whether nobody needs the write-ahead log any more."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        busy, *_ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


@pytest.mark.usefixtures("rows")
def test_one_that_fails_in_the_midst_of_a_query_leaves_none_and_nothing_complains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: complaints.append(told.exc_value))
    executor = Executor(Registry([fail_in_the_midst]))
    call = SimpleNamespace(
        task=fail_in_the_midst.module_path,
        task_id="mine",
        args=[],
        kwargs={},
        queue="default",
        priority=0,
        attempt=1,
        created_at=None,
        tries=0,
        max_attempts=1,
        worker="W1",
    )

    # Not with `pytest.raises`, which keeps the error.
    with suppress(LookupError):
        executor.run(call, lambda fraction, message: None)

    assert executor.why_spent() is None
    gc.collect()
    assert complaints == []
    assert _can_be_emptied()


def _execute(statement: str) -> Callable[[], object]:
    return lambda: connection.cursor().execute(statement)


def _refuse(*_: object) -> Any:
    raise PermissionError("no statement for you")


CHANGES: dict[str, Callable[[], object]] = {
    "synchronous": _execute("PRAGMA synchronous=OFF"),
    "foreign keys": _execute("/* off */ pragma foreign_keys=OFF"),
    "query only, in a script": lambda: connection.cursor().executescript("PRAGMA query_only=ON"),
    "query only, past Django": lambda: connection.connection.execute("PRAGMA query_only=ON"),
    "a table in the way": _execute("CREATE TEMPORARY TABLE zonda_task (seq)"),
    "authorizer": lambda: connection.connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY),
    "progress handler": lambda: connection.connection.set_progress_handler(lambda: 1, 1),
    "row factory": lambda: setattr(connection.connection, "row_factory", _refuse),
    "transactions": lambda: setattr(connection.connection, "isolation_level", "DEFERRED"),
    "wrapper": lambda: connection.execute_wrappers.append(_refuse),
}


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_set_on_a_connection_does_not_meet_the_next_one(left: LeftOpen, change: str) -> None:
    before = _all_of_it()
    connection.close()
    connection.ensure_connection()
    CHANGES[change]()

    left.close()

    assert _all_of_it() == before


def _all_of_it() -> list[Any]:
    with connection.cursor() as cursor:
        settings = [
            cursor.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "query_only", "foreign_keys")
        ]
    return [*settings, connection.connection.isolation_level, *connection.execute_wrappers, Task.objects.count()]


def test_a_connection_that_was_only_used_is_kept(left: LeftOpen) -> None:
    connection.close()
    connection.ensure_connection()
    before = connection.connection
    add.enqueue(1, 1)
    with transaction.atomic():
        assert list(Task.objects.iterator()) == list(Task.objects.all())

    left.close()

    assert connection.connection is before


def test_what_an_app_has_wrapped_around_statements_when_it_was_loaded_stays() -> None:
    def wrap(execute: Callable[..., Any], *arguments: object) -> Any:
        return execute(*arguments)

    with connection.execute_wrapper(wrap):
        left = LeftOpen()
        connection.execute_wrappers.clear()

        left.close()

        assert connection.execute_wrappers == [wrap]


@pytest.mark.usefixtures("soon", "rows")
def test_a_process_with_a_connection_of_its_own_that_reads_without_end_is_spent(left: LeftOpen) -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        cursor = other.execute("SELECT * FROM zonda_task")
        left.close()

        assert left.why_spent() == "has a connection opened by a task function that reads the record without end"

        cursor.fetchall()
        assert left.why_spent() is None


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
from django.db import connection, transaction
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
