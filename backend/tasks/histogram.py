"""Spans of time in buckets, each a fifth longer than the one before, and the percentiles that these tell. Pure.

A percentile is off by a tenth at most: it is the middle of its bucket.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

LEAST: Final = 0.0001
"""Seconds up to which a span is in the first bucket, number 0."""

PER_DOUBLING: Final = 4

LAST: Final = 144
"""What lasts longer than two months is in the last bucket."""


_ENDS: Final = tuple(LEAST * 2 ** (number / PER_DOUBLING) for number in range(LAST))


def bucket(seconds: float) -> int:
    """The bucket of a span; what a clock that was put back makes less than none of is in the first one."""
    return bisect_left(_ENDS, seconds)


def percentile(totals: Mapping[int, int], part: float) -> float | None:
    """The seconds that this part of the spans (0 to 1) took at most, by {bucket: how many}; None without any."""
    left = part * sum(totals.values())
    for number in sorted(totals):
        left -= totals[number]
        if left <= 0 and totals[number]:
            return _middle(number)
    return None


def _middle(number: int) -> float:
    return LEAST if number == 0 else LEAST * float(2 ** ((number - 0.5) / PER_DOUBLING))
