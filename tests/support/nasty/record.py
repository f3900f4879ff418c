"""Those of the nasty task functions that do something to their connection to the record, or open others."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Never

from django.db import connection, transaction
from django.tasks import task

from tests.support.nasty.done import KEPT, LONG, Done


@task
def hold_the_record() -> Never:
    """In a transaction that has no end."""
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE zonda_epoch SET value = value")
    raise Done("held the record")


@task
def leave_a_block() -> Never:
    """Of a transaction, which has begun to write."""
    transaction.atomic().__enter__()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE zonda_epoch SET value = value")
    raise Done("left a block")


@task
def leave_a_generator() -> Never:
    """In the midst of a transaction."""

    def steps() -> Iterator[int]:
        with transaction.atomic():
            yield 1

    generator = steps()
    KEPT.append((generator, next(generator)))
    raise Done("left a generator")


@task
def leave_a_query() -> Never:
    """Half read."""
    with connection.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM zonda_task")
        rows.fetchone()
        KEPT.append(rows)
        raise Done("left a query")


@task
def change_connection() -> Never:
    """So that nothing can be written."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA query_only=ON")
    connection.connection.row_factory = lambda *_: None
    raise Done("changed its connection")


@task
def leave_a_connection_that_reads() -> Never:
    """Without end."""
    record = sqlite3.connect(connection.settings_dict["NAME"], timeout=LONG)
    rows = record.execute("SELECT * FROM zonda_task")
    KEPT.append(rows)
    raise Done("left a connection that reads")


@task
def leave_a_connection_that_holds_the_record() -> Never:
    record = sqlite3.connect(connection.settings_dict["NAME"], timeout=LONG)
    record.execute("BEGIN IMMEDIATE")
    KEPT.append(record)
    raise Done("left a connection that holds the record")


@task
def leave_a_thread_that_will_hold_the_record() -> Never:
    """Once nobody looks any more."""

    def write() -> None:
        # Until after the look that follows its task.
        time.sleep(1.0)
        record = sqlite3.connect(connection.settings_dict["NAME"], timeout=LONG)
        record.execute("BEGIN IMMEDIATE")
        time.sleep(LONG)

    threading.Thread(target=write, daemon=True).start()
    raise Done("left a thread that will hold the record")


@task
def leave_a_thread_that_holds_the_record() -> Never:
    """In a transaction that has no end."""
    begun = threading.Event()

    def write() -> None:
        record = sqlite3.connect(connection.settings_dict["NAME"], timeout=LONG)
        record.execute("BEGIN IMMEDIATE")
        begun.set()
        time.sleep(LONG)

    threading.Thread(target=write, daemon=True).start()
    begun.wait()
    raise Done("left a thread that holds the record")


@task
def leave_a_process_that_holds_the_record() -> Never:
    """In a session of its own, so that nothing but its parent tells where it came from."""
    code = (
        "import sqlite3, sys, time\n"
        f"record = sqlite3.connect(sys.argv[1], timeout={LONG}, isolation_level=None)\n"
        "record.execute('BEGIN IMMEDIATE')\n"
        "print('begun', flush=True)\n"
        f"time.sleep({LONG})"
    )
    command = [sys.executable, "-c", code, connection.settings_dict["NAME"]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    KEPT.append(process)
    assert process.stdout is not None
    process.stdout.readline()
    raise Done("left a process that holds the record")
