"""Waiting for a condition, never for a time. Only tests of whole processes have to."""

import threading
import time
from collections.abc import Callable


def wait_until[T](condition: Callable[[], T], within: float, what: str = "") -> T:
    """The first truthy answer of the condition; AssertionError when there was none within so many seconds."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s: {what or condition}")
        threading.Event().wait(0.02)
    return answer
