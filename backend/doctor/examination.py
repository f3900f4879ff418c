"""One look at everything: the checks in their order, and what they found."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError

from backend.doctor import record, surroundings
from backend.doctor.findings import Check, Finding, Severity, breach
from backend.environment import Environment
from backend.tasks import selectors

PATIENCE: Final = 5.0
"""Seconds in which what is between two transactions of a running Zonda comes to rest."""

_AGAIN: Final = 0.25


@dataclass(frozen=True, slots=True)
class Examined:
    """A check and what it found."""

    check: Check
    findings: Sequence[Finding]

    @property
    def broken(self) -> bool:
        return any(finding.severity is Severity.BREACH for finding in self.findings)


def examine(environment: Environment) -> list[Examined]:
    """Every check. Those of the record see one state of it; they are left out when the record is not of this code."""
    around = [_examined(check) for check in surroundings.checks(environment)]
    if any(one.broken for one in around if one.check.number == "migrations"):
        return around
    with selectors.snapshot():
        found = [_examined(check) for check in record.CHECKS]
    return [*(_settled(one) for one in found), *(_examined(check) for check in record.DATABASE), *around]


def _examined(check: Check) -> Examined:
    try:
        return Examined(check, list(check.look()))
    except DatabaseError as error:
        do = "Look at what else it says of the database file, and whether this user may read it."
        return Examined(check, [breach(f"it could not be checked: {error}", [], do)])


def _settled(one: Examined) -> Examined:
    """What is still found a moment later, of a check that may be seen broken between two transactions."""
    deadline = time.monotonic() + PATIENCE
    while one.check.passes and one.broken and time.monotonic() < deadline:
        time.sleep(_AGAIN)
        with selectors.snapshot():
            one = _examined(one.check)
    return one
