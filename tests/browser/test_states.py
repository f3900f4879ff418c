"""The page in each state that it can be in, against the fake server: runs frontend/states."""

import pytest

from tests.support.specifications import WITHIN, run_specifications


@pytest.mark.timeout(WITHIN + 90)
def test_every_state_of_the_page_is_as_its_specifications_say() -> None:
    code, printed = run_specifications("states", {})

    assert code == 0, printed
    assert "skipped" not in printed, printed
