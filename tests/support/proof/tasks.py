"""Task functions that tell a file of the test's own what ran."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from django.tasks import TaskContext, task

from backend.tasks.interruptions import TaskInterrupted
from backend.tasks.task import Retry


@task(takes_context=True)
def trace(context: TaskContext, path: str, pause: float = 0.0) -> int:
    """Append the task's id and attempt to the file in one write, after a pause, and return the attempt."""
    time.sleep(pause)
    append(path, f"{context.task_result.id} {context.attempt}\n")
    return context.attempt


@task(takes_context=True)
async def trace_async(context: TaskContext, path: str) -> int:
    """As `trace`, as a coroutine."""
    append(path, f"{context.task_result.id} {context.attempt}\n")
    return context.attempt


@task(takes_context=True)
def span(context: TaskContext, path: str, seconds: float) -> None:
    """Append a line when it begins and one when it ends: `begin|end id attempt pid`."""
    who = f"{context.task_result.id} {context.attempt} {os.getpid()}"
    append(path, f"begin {who}\n")
    # Not `time.sleep`: faketime has it fail where the wall clock is off.
    select.select([], [], [], seconds)
    append(path, f"end {who}\n")


@task(takes_context=True, max_attempts=2, retry_delay=0.0)
def stumble(context: TaskContext, path: str) -> int:
    """As `trace`, but the first attempt fails after it."""
    append(path, f"{context.task_result.id} {context.attempt}\n")
    if context.attempt == 1:
        raise ValueError("the first attempt always fails")
    return context.attempt


@task
def enqueue_on() -> None:
    """Enqueue, until somebody ends it, what is due tomorrow."""
    later = leave.using(run_after=datetime.now(UTC) + timedelta(days=1))
    while True:
        later.enqueue(0)


@task(takes_context=True, max_attempts=2)
def fail_first(context: TaskContext, pause: float) -> int:
    """Fail, to be run again after so many seconds, and return the attempt that does not."""
    if context.attempt == 1:
        raise Retry("not yet", after=pause)
    return context.attempt


@task
def die() -> None:
    """Kill the process that runs it."""
    os.kill(os.getpid(), signal.SIGKILL)


@task
def leave(code: int) -> None:
    """End the process that runs it without a word."""
    os._exit(code)


@task
def devour() -> None:
    """Take memory until somebody ends it."""
    taken = []
    while True:
        taken.append(bytearray(b"x") * (10 * 1024**2))


@task
async def sleep_async(seconds: float) -> float:
    """Do nothing for that long, as a coroutine."""
    await asyncio.sleep(seconds)
    return seconds


@task(grace=0.5)
def stubborn(path: str) -> None:
    """Never end, whatever one is told. Appends its pid and that of a process which it has started: `pid pid`."""
    beside = subprocess.Popen(["sleep", "3600"])
    append(path, f"{os.getpid()} {beside.pid}\n")
    while True:
        try:
            time.sleep(3600)
        except TaskInterrupted:
            continue


@task
def flood(megabytes: int) -> int:
    """Print so many megabytes, in lines of 100 bytes, and `the end`."""
    for megabyte in range(megabytes):
        numbers = range(megabyte * 10_000, (megabyte + 1) * 10_000)
        sys.stdout.write("".join(f"{number:07} {'x' * 91}\n" for number in numbers))
    sys.stdout.write("the end\n")
    return megabytes


def append(path: str, line: str) -> None:
    """One write to the end of the file, whoever else writes there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
