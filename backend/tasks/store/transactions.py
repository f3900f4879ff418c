"""A transaction of the record with its turn to write, and the engine whose statements go into it.

NewerEpoch    a later ventilator has taken over: this one must stop
"""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction with its turn to write. Inside another one, Zonda's or the caller's own, it joins that."""
    try:
        if django_transaction.get_connection().in_atomic_block:
            with django_transaction.atomic():
                yield
            return
        with engine.turn(), _ended():
            engine.recognise()
            with django_transaction.atomic(durable=True):
                yield
    except unreachable.AWAY as error:
        unreachable.trouble.note(error)
        raise


@contextmanager
def by_the_clock() -> Iterator[None]:
    """A transaction that writes when pauses end, or looks whether they have.

    For ventilator and backend alone, which are on the record's machine: a worker's clock may be wrong, and a task
    function may have stopped its own.
    """
    with transaction():
        engine.follow()
        yield


@contextmanager
def _ended() -> Iterator[None]:
    """Inside, a transaction that has ended afterwards: interrupted on its way in or out, Django's stays open."""
    try:
        yield
    except BaseException:
        connection = django_transaction.get_connection()
        if connection.in_atomic_block or getattr(connection.connection, "in_transaction", False):
            forget(connection)
        raise


def forget(connection: BaseDatabaseWrapper) -> None:
    """Close it with all that Django keeps of its blocks: what is left of those would end another one's."""
    connection.close()
    del connections[connection.alias]


def still_mine(epoch: int) -> None:
    """NewerEpoch unless the record's epoch is this one. Inside a transaction it stays so to its end."""
    there = engine.epoch()
    if there != epoch:
        raise NewerEpoch(epoch, there)
