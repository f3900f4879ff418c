from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.tasks.histogram import LAST, LEAST, bucket, percentile

SPANS = st.floats(LEAST, 60 * 86400.0)


@given(st.lists(SPANS, min_size=1, max_size=50), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_off_by_a_tenth_at_most(spans: list[float], part: float):
    totals: dict[int, int] = {}
    for span in spans:
        totals[bucket(span)] = totals.get(bucket(span), 0) + 1

    exact = sorted(spans)[ceil(part * len(spans)) - 1]

    assert percentile(totals, part) == pytest.approx(exact, rel=0.1)


@given(SPANS, SPANS)
def test_longer_spans_are_in_no_earlier_bucket(one: float, other: float):
    assert bucket(min(one, other)) <= bucket(max(one, other)) <= LAST


@pytest.mark.parametrize("seconds", [-1e9, -0.0, 0.0, 1e-9, LEAST])
def test_what_took_no_time_or_less_is_in_the_first_bucket(seconds: float):
    assert bucket(seconds) == 0
    assert percentile({0: 3}, 0.5) == LEAST


@pytest.mark.parametrize("seconds", [70 * 86400.0, 1e12])
def test_what_lasts_for_ever_is_in_the_last_bucket(seconds: float):
    assert bucket(seconds) == LAST


def test_of_nothing_there_is_no_percentile():
    assert percentile({}, 0.5) is None
    assert percentile({7: 0}, 0.5) is None
