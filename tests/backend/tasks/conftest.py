"""Who fills the record in tests of it."""

from collections.abc import Iterator

import pytest

from tests.support.record import AVentilator, check_record


@pytest.fixture
def ventilator() -> Iterator[AVentilator]:
    """A ventilator with one worker at W1; what it leaves in the record must agree with itself."""
    found = AVentilator()
    found.seat()
    yield found
    check_record()
