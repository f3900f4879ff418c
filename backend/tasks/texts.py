"""What tasks were given and what they gave back, as the JSON text that stands in the record.

One mebibyte of `{}`s takes thirty as Python objects: whoever only passes it on has no need of those.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import batched

from django.db import connection


class Column(StrEnum):
    """A column of tasks that holds JSON. The record takes nothing else into it, for it checks what is written."""

    ARGS = "args"
    KWARGS = "kwargs"
    RESULT = "result"


def texts(column: Column, seqs: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    """The text of each of these tasks that is there, with its `seq`; None where the column is empty.

    They are read one by one, so that no more of them is in memory than whoever asks has kept.
    """
    for some in batched(seqs, 500):
        places = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            # As bytes: they go out as they are, and nobody has to make characters of them.
            read = f"SELECT seq, CAST({column} AS BLOB) FROM zonda_task WHERE seq IN ({places})"  # noqa: S608  (a column's name)
            cursor.execute(read, some)
            yield from cursor
