"""A ventilator's machine to drive. Its load table is checked after each test."""

from collections.abc import Iterator

import pytest

from tests.backend.ventilator.steps import FIRST, Driven, granted, started


@pytest.fixture
def ventilator() -> Iterator[Driven]:
    driven = Driven()
    yield driven
    driven.machine.table.check()


@pytest.fixture
def busy(ventilator: Driven) -> Driven:
    """One worker, with a grant that runs."""
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))
    ventilator.on(started(FIRST))
    return ventilator
