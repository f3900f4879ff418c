"""Task functions that say what they are given, markup above all."""

import logging
import sys
import time

from django.tasks import task

from backend.tasks.context import TaskContext

log = logging.getLogger(__name__)


@task(takes_context=True)  # type: ignore[arg-type]  # django-stubs know of Django's own context alone
def say(context: TaskContext, text: str) -> str:
    """Log <img src=x onerror=alert(7)> and write it to its output. A docstring is text too."""
    context.progress(0.5, text)
    log.warning("%s", text)
    sys.stdout.write(f"{text}\n")
    return text


@task
def fail(text: str) -> None:
    """Fail with it."""
    raise ValueError(text)


@task(takes_context=True)  # type: ignore[arg-type]  # django-stubs know of Django's own context alone
def tell(context: TaskContext, lines: int, seconds: float, failure: str | None = None) -> list[int]:
    """Log so many lines, stay for so many seconds, then return the lines' numbers, or fail with what was given."""
    for number in range(lines):
        log.info("line %s", number + 1)
    context.progress(0.5, "half of it")
    time.sleep(seconds)
    if failure is not None:
        raise ValueError(failure)
    return list(range(lines))
