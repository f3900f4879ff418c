"""One look at everything: the checks in their order, and what they found."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from django.db import DatabaseError
from msgspec import Struct

from backend.doctor import record, running, surroundings
from backend.doctor.findings import Check, Finding, Severity, breach
from backend.environment import Environment
from backend.tasks import selectors

_AGAIN: Final = 0.25

LOOKS_AT_MOST: Final = 600.0
"""Seconds that the checks of one state of the record may take in all: a few for each million of tasks."""


class Examined(Struct, frozen=True):
    """A check and what it found."""

    check: Check
    findings: Sequence[Finding]

    @property
    def broken(self) -> bool:
        return any(finding.severity is Severity.BREACH for finding in self.findings)


def examine(environment: Environment) -> Iterator[Examined]:
    """Every check, each as soon as it is done. Those of the record see one state of it, except that what may be seen
    broken between two transactions is looked at again after the others; they are left out when the record is not of
    this code."""
    around = [_examined(check) for check in surroundings.checks(environment)]
    if any(one.broken for one in around if one.check.number == "migrations"):
        yield from around
        return
    around += [_examined(check) for check in running.checks(environment)]
    again: list[Examined] = []
    with selectors.snapshot(LOOKS_AT_MOST):
        for check in record.CHECKS:
            one = _examined(check)
            if one.broken and check.passes:
                again.append(one)
            else:
                yield one
    yield from map(_settled, again)
    yield from map(_examined, record.DATABASE)
    yield from map(_settled, around)


def _examined(check: Check) -> Examined:
    try:
        return Examined(check, list(check.look()))
    except DatabaseError as error:
        do = "Look at what else it says of the database file, and whether this user may read it."
        return Examined(check, [breach(f"it could not be checked: {error}", [], do)])


def _settled(one: Examined) -> Examined:
    """What is still found a moment later, of a check that may be seen broken between two transactions."""
    deadline = time.monotonic() + one.check.passes
    while one.broken and time.monotonic() < deadline:
        time.sleep(_AGAIN)
        with selectors.snapshot(LOOKS_AT_MOST):
            one = _examined(one.check)
    return one
