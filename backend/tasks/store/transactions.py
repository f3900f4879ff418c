"""A transaction of the record with its turn to write, and the engine whose statements go into it.

NewerEpoch    a later ventilator has taken over: this one must stop
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from types import TracebackType

from django.db import connections
from django.db import transaction as django_transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from backend.tasks import unreachable
from backend.tasks.engines.sqlite import SQLite

engine = SQLite()


class NewerEpoch(Exception):
    """A later ventilator has taken over: this one must stop."""

    def __init__(self, mine: int, there: int) -> None:
        super().__init__(f"epoch {there} is in the record and this ventilator has {mine}: another one has taken over")


class _Transaction(AbstractContextManager[None]):
    """Not a generator: interrupted on its way in or out, that would go on when Python frees it, in the midst of another
    transaction, and end that."""

    def __enter__(self) -> None:
        self._joins = django_transaction.get_connection().in_atomic_block
        self._atomic = django_transaction.atomic(durable=not self._joins)
        try:
            if not self._joins:
                engine.take_turn()
                engine.recognise()
            self._atomic.__enter__()
        except BaseException as error:
            self._left_by(error)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._atomic.__exit__(kind, error, traceback)
        except BaseException as own:
            self._left_by(own)
            raise
        if error is not None:
            self._left_by(error)
        elif not self._joins:
            engine.let_go()

    def _left_by(self, error: BaseException) -> None:
        if not self._joins:
            end()
        if isinstance(error, unreachable.AWAY):
            unreachable.trouble.note(error)


def transaction() -> AbstractContextManager[None]:
    """One transaction with its turn to write. Inside another one, Zonda's or the caller's own, it joins that."""
    return _Transaction()


@contextmanager
def by_the_clock() -> Iterator[None]:
    """A transaction that writes when pauses end, or looks whether they have.

    For ventilator and backend alone, which are on the record's machine: a worker's clock may be wrong, and a task
    function may have stopped its own.
    """
    with transaction():
        engine.follow()
        yield


def ends[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """For what writes and may be interrupted, by Ctrl-C or the end of a task function's time, and the program lives on.

    However it is left, its transaction has ended and its turn is over. `with` alone can't promise that: between its
    block and what follows a step may be interrupted too.
    """

    @wraps(function)
    def ended(*args: P.args, **kwargs: P.kwargs) -> R:
        joins = django_transaction.get_connection().in_atomic_block
        try:
            return function(*args, **kwargs)
        except BaseException:
            if not joins:
                end()
            raise

    return ended


def end() -> None:
    """Have no transaction and no turn in this thread; what is left of either was interrupted. Done twice it is once."""
    try:
        connection = django_transaction.get_connection()
        if connection.in_atomic_block or getattr(connection.connection, "in_transaction", False):
            forget(connection)
    finally:
        engine.let_go()


def forget(connection: BaseDatabaseWrapper) -> None:
    """Close it with all that Django keeps of its blocks: what is left of those would end another one's."""
    connection.close()
    del connections[connection.alias]


def still_mine(epoch: int) -> None:
    """NewerEpoch unless the record's epoch is this one. Inside a transaction it stays so to its end."""
    there = engine.epoch()
    if there != epoch:
        raise NewerEpoch(epoch, there)
