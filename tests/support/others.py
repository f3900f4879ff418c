"""Other processes that do something with the record of a test, and then stand still."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection

type Starts = Callable[[str], int]

_CODE = "import sqlite3, sys; record = sqlite3.connect(sys.argv[1], isolation_level=None); {}\nprint(); input()"


@contextmanager
def others(*arguments: str) -> Iterator[Starts]:
    """Starts a process that does this with the record, and answers its pid once that is done; it ends with the `with`.

    What it does has the record's path as `sys.argv[1]`, the arguments after it, and a connection, `record`.
    """
    connection.ensure_connection()
    with ExitStack() as until_the_end:

        def started(act: str) -> int:
            process = subprocess.Popen(
                [sys.executable, "-c", _CODE.format(act), connection.settings_dict["NAME"], *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            until_the_end.enter_context(process)
            until_the_end.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            return process.pid

        yield started
