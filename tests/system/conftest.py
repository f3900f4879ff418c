"""What the tests of whole processes share."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.stack import Stack
from tests.support.starting import PROOF, Starts


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starts]:
    """Start a Zonda with the proof app: `start(workers=2, ZONDA_SLOTS="2")`; gone at the end of the test."""
    with ExitStack() as stacks:

        def started(workers: int = 1, **environment: str) -> Stack:
            stack = Stack(tmp_path / "home", workers, {**PROOF, **environment})
            return stacks.enter_context(stack)

        yield started
