"""Task functions that write to the history what runs.

One line when a run begins, one when it has come to its end; each in one write. `history.read` makes `Run`s of them:

    begin KEY ATTEMPT LIFE PID MONOTONIC WALL
    end KEY ATTEMPT LIFE PID MONOTONIC
"""

import os
import select
import time

from django.tasks import TaskContext, task

from tests.support.proof.tasks import append

_LIFE = os.environ.get("CHAOS_LIFE", "nobody/0")
"""Which start of which worker this process belongs to."""


@task(takes_context=True)
def work(context: TaskContext, history: str, seconds: float) -> int:
    """Do nothing for so many seconds, and return the number of the attempt."""
    _begin(context, history)
    select.select([], [], [], seconds)
    _end(context, history)
    return context.attempt


@task(takes_context=True, max_attempts=3, retry_delay=0.2)
def stumble(context: TaskContext, history: str, seconds: float) -> int:
    """As `work`, but the first attempt fails after it."""
    _begin(context, history)
    select.select([], [], [], seconds)
    _end(context, history)
    if context.attempt == 1:
        raise ValueError("the first attempt always fails")
    return context.attempt


@task(takes_context=True, max_attempts=2, retry_delay=0.2)
def fail(context: TaskContext, history: str, seconds: float) -> None:
    """As `work`, but every attempt fails after it."""
    _begin(context, history)
    select.select([], [], [], seconds)
    _end(context, history)
    raise ValueError("every attempt fails")


def _begin(context: TaskContext, history: str) -> None:
    append(history, f"begin {_who(context)} {time.monotonic():.6f} {time.time():.6f}\n")


def _end(context: TaskContext, history: str) -> None:
    append(history, f"end {_who(context)} {time.monotonic():.6f}\n")


def _who(context: TaskContext) -> str:
    return f"{context.task_result.id} {context.attempt} {_LIFE} {os.getpid()}"
