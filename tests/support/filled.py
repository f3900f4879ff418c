"""A record that is filled once for the tests of a module. What each of them changes is undone, as ever."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def filled(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written in here and before the end is there for every test meanwhile, each in a savepoint of its own.

    Not for tests that commit.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
