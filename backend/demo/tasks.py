"""Task functions to try Zonda with. Each type hint becomes a field of the form, each docstring its help."""

import logging
import random
import time
from typing import Annotated, Any

from django.tasks import task
from msgspec import Meta

from backend.tasks.context import TaskContext

log = logging.getLogger(__name__)

Seconds = Annotated[float, Meta(ge=0, le=86400, description="Seconds")]
Share = Annotated[float, Meta(ge=0, le=1, description="Between 0 (never) and 1 (always)")]


class Unlucky(Exception):
    """What `flaky` fails with."""


@task
def add(a: int | float, b: int | float) -> int | float:
    """a + b"""
    return a + b


@task
def subtract(a: int | float, b: int | float) -> int | float:
    """a − b"""
    return a - b


@task
def multiply(a: int | float, b: int | float) -> int | float:
    """a × b"""
    return a * b


@task
def divide(a: int | float, b: int | float) -> float:
    """a ÷ b. Fails when b is 0."""
    return a / b


@task
def sleep(seconds: Seconds) -> float:
    """Do nothing for that long, and return how long."""
    time.sleep(seconds)
    return seconds


@task
def flaky(failure_rate: Share = 0.4) -> str:
    """Fail now and then, to show what a failure looks like."""
    if random.random() < failure_rate:
        raise Unlucky(f"flaky failed, as it does {failure_rate:.0%} of the time")
    return "lucky"


@task
def primes(limit: Annotated[int, Meta(ge=0, le=10_000_000, description="Look no further than this")]) -> int:
    """How many primes there are up to a limit. Keeps a processor busy."""
    sieve = bytearray([1]) * (limit + 1)
    sieve[:2] = bytes(min(2, limit + 1))
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return sum(sieve)


@task
def word_count(text: str) -> dict[str, int]:
    """How often each word stands in a text."""
    counts: dict[str, int] = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts


@task(takes_context=True)  # type: ignore[arg-type]  # django-stubs know of Django's own context alone
def count_to(context: TaskContext, n: Annotated[int, Meta(ge=0, le=100_000)], pause: Seconds = 0.5) -> int:
    """Count to n, with a pause before each number, and show the progress and a log line for each."""
    for number in range(1, n + 1):
        time.sleep(pause)
        context.progress(number / n, f"{number} of {n}")
        log.info("%s of %s", number, n)
    return n


@task
def echo(value: Any) -> Any:
    """Return any JSON value as it came."""
    return value
