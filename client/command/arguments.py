"""Arguments that more than one command takes, and how argparse reads their words."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct

from client.command import words
from client.records import Filter, Reason, Status


def read_by[T](reader: Callable[[str], T]) -> Callable[[str], T]:
    """The reader, as argparse wants it: what it refuses is told with exit code 2."""

    def read(word: str) -> T:
        try:
            return reader(word)
        except words.BadWord as error:
            raise ArgumentTypeError(str(error)) from error

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number between the two."""

    def read(word: str) -> int:
        try:
            found = int(word)
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            raise ArgumentTypeError(f"{word!r} is no whole number from {least} to {most}")
        return found

    return read


def instant(word: str) -> datetime:
    """An instant, or a span from now."""
    return read_by(partial(words.instant, now=datetime.now(UTC)))(word)


seconds = read_by(words.seconds)


def status(word: str) -> Status:
    """A task's status, in letters of any size."""
    return _one_of(Status, word)


def reason(word: str) -> Reason:
    """The reason of a failure, in letters of any size."""
    return _one_of(Reason, word)


def _one_of[T: (Status, Reason)](kind: type[T], word: str) -> T:
    try:
        return kind(word.upper())
    except ValueError as error:
        raise ArgumentTypeError(f"{word!r} is none of {', '.join(kind)}") from error


def add_ids(parser: ArgumentParser, nargs: str = "+") -> None:
    """The ids of tasks."""
    parser.add_argument("ids", nargs=nargs, metavar="ID", help="id of a task")


def add_timeout(parser: ArgumentParser, default: str) -> None:
    """How long to wait."""
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help=f"wait no longer than this ({default})")


def add_filter(parser: ArgumentParser) -> None:
    """Which tasks: each may be given several times, and then one of them must fit."""
    parser.add_argument("--status", type=status, action="append", default=[], metavar="STATUS", help=", ".join(Status))
    parser.add_argument("--reason", type=reason, action="append", default=[], metavar="REASON", help=", ".join(Reason))
    parser.add_argument("--name", action="append", default=[], metavar="NAME", help="name of the task function")
    parser.add_argument("--queue", action="append", default=[], metavar="QUEUE", help="name of the queue")
    parser.add_argument("--worker", action="append", default=[], metavar="W1", help="topic of the worker")
    parser.add_argument("--search", metavar="TEXT", help="what the task must say somewhere")


class Filtering(Struct, frozen=True, kw_only=True):
    """What `add_filter` finds."""

    status: Sequence[Status]
    reason: Sequence[Reason]
    name: Sequence[str]
    queue: Sequence[str]
    worker: Sequence[str]
    search: str | None

    def filter(self, *, status: Sequence[Status] = ()) -> Filter:
        """The filter; tasks of this status unless another one was said."""
        return Filter(
            status=tuple(self.status or status),
            reason=tuple(self.reason),
            name=tuple(self.name),
            queue=tuple(self.queue),
            worker=tuple(self.worker),
            search=self.search,
        )
