"""Waiting for a condition, never for a time. Only tests of whole processes have to."""

import threading
import time
from collections.abc import Callable

_AT_FIRST = 0.02
_AT_LAST = 0.2


def wait_until[T](condition: Callable[[], T], within: float, what: str = "", *, seldom: bool = True) -> T:
    """The first truthy answer of the condition; AssertionError when there was none within so many seconds.

    It is looked at ever more seldom, up to five times a second; fifty times all the while where not `seldom`, for what
    soon is over again.
    """
    began = time.monotonic()
    while not (answer := condition()):
        waited = time.monotonic() - began
        if waited >= within:
            raise AssertionError(f"not within {within} s: {what or condition}")
        # A look may cost whoever is asked milliseconds. That a tenth of the wait is added at most delays no test.
        threading.Event().wait(min(max(_AT_FIRST, waited / 10), _AT_LAST) if seldom else _AT_FIRST)
    return answer
