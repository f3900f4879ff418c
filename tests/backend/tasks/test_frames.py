"""Whose the frames of a traceback are: the page folds those that are not one's own."""

import json
from pathlib import Path

import pytest

from backend.tasks import frames

ROOT = Path(__file__).resolve().parents[3]
# The page's own tests read the same file: frontend/src/features/task/traceback.test.ts.
CASES = json.loads((ROOT / "tests/support/frames.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_frames_are_ones_own_or_not(case):
    files = list(case["frames"])

    assert dict(zip(files, frames.own(files), strict=True)) == case["frames"]


@pytest.mark.parametrize("place", [*(package + "/" for package in frames.ZONDA), *frames.ENTRIES])
def test_the_places_of_zonda_are_there(place):
    assert (ROOT / place.lstrip("/")).exists()
