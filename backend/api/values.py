"""The JSON values of one answer: passed on as text, and not without end.

TooMuch    the answer would have too many bytes of them
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Raw, Struct, field

from backend.api.errors import Code
from backend.tasks.models import Task
from backend.tasks.refusals import NotFound, Refusal
from backend.tasks.texts import Column, texts

ANSWERED_AT_MOST: Final = 64 * 1024 * 1024
"""Bytes of arguments and results in one answer, which is in memory up to three times while it is written. What one task
has is a few MiB at most, and a page of 500 usual ones has less than one."""

_ENCODER: Final = msgspec.json.Encoder()


class TooMuch(Refusal):
    """The answer would have too many bytes of arguments and results."""

    code = Code.TOO_COMPLEX

    def __init__(self, column: Column, limit: int) -> None:
        super().__init__(
            f"{column}: with it the answer would have more than {limit:,} bytes of arguments and results, which is the "
            "limit: ask for fewer tasks at a time, or for these of each task alone.",
            what="bytes of args, kwargs and results",
            field=column,
            limit=limit,
        )


class Values(Struct):
    """What has been read and answered so far. Once it was too much, everything further is: `refused` says so."""

    limit: int
    refused: TooMuch | None = None
    _read: int = 0
    _answered: int = 0
    # By revision too: a mutation may change a task that it has told of.
    _texts: dict[tuple[Column, int, int], Raw | None] = field(default_factory=dict)

    def of(self, task: Task, column: Column) -> Raw | None:
        """The JSON text, None where the column is empty. That of tasks that were read together is read together.

        Raises TooMuch, and NotFound for a task that is gone since.
        """
        if self.refused is not None:
            raise self.refused
        if column in task.__dict__:
            # It was created just now, out of what the request brought.
            value = getattr(task, column)
            text = None if value is None else Raw(_ENCODER.encode(value))
        else:
            text = self._stored(task, column)
        self._answered += 0 if text is None else len(text)
        self._check(column, self._answered)
        return text

    def _stored(self, task: Task, column: Column) -> Raw | None:
        key = _key(task, column)
        if key not in self._texts:
            self._read_together(_peers(task), column)
        if key not in self._texts:
            raise NotFound("task", task.key)
        return self._texts[key]

    def _read_together(self, tasks: Iterable[Task], column: Column) -> None:
        keys = {task.seq: _key(task, column) for task in tasks}
        for seq, text in texts(column, [seq for seq, key in keys.items() if key not in self._texts]):
            self._texts[keys[seq]] = None if text is None else Raw(text)
            self._read += len(text or b"")
            self._check(column, self._read)

    def _check(self, column: Column, size: int) -> None:
        if size > self.limit:
            self._texts.clear()
            self.refused = TooMuch(column, self.limit)
            raise self.refused


def _key(task: Task, column: Column) -> tuple[Column, int, int]:
    return column, task.seq, task.revision


def _peers(task: Task) -> list[Task]:
    """The tasks that came with this one, itself among them."""
    there = [peer for reference in task._state.peers if isinstance(peer := reference(), Task)]
    return there or [task]
