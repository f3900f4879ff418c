"""A worker's child process: loads the task functions once, then runs one after the other.

python -m workers.child CHANNEL LIFELINE PARENT MAX_PAYLOAD ENTRY_POINT

CHANNEL and LIFELINE are inherited descriptors: the socket of `workers.channel`, and a pipe that ends with the worker.
PARENT is the worker's pid, MAX_PAYLOAD the bytes of the largest result. ENTRY_POINT, `module:function`, is called once
and returns an Executor.
"""

import ctypes
import faulthandler
import fcntl
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from importlib import import_module
from time import perf_counter
from typing import BinaryIO, Protocol, cast

import msgspec
from msgspec import Raw

from workers.channel import LENGTH, ChildTask, Failed, FromChild, Ready, Succeeded, encode

ERROR_AT_MOST = 2_000
"""Characters of an error's line."""

TRACEBACK_AT_MOST = 64 * 1024
"""Characters of a traceback; of a longer one its head and its tail are kept."""

_ABOVE_STANDARD_STREAMS = 100
_PR_SET_PDEATHSIG = 1


class Executor(Protocol):
    """Finds the task function, calls it, and returns what it returned or raises what it raised."""

    def __call__(
        self, *, task: str, task_id: str, args: list[object], kwargs: dict[str, object], attempt: int
    ) -> object:
        """What the function returned: it becomes JSON as `json.dumps` has it, with text as the only keys and no NaN."""


class TooLarge(Exception):
    """The result is larger than the limit for results."""

    # This module runs as `__main__`, which says nothing to whoever reads of it.
    __module__ = "workers"


def main(arguments: list[str]) -> None:
    channel, lifeline, parent = (int(argument) for argument in arguments[:3])
    max_payload, entry_point = int(arguments[3]), arguments[4]
    _die_with(parent, lifeline)
    # A terminal's Ctrl-C is the worker's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Out of the way of a task function that closes standard input, output or error.
    high = fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, _ABOVE_STANDARD_STREAMS)
    os.close(channel)
    faulthandler.enable()
    module, _, function = entry_point.partition(":")
    executor = cast("Executor", getattr(import_module(module), function)())
    serve(high, executor, max_payload)


def serve(channel: int, executor: Executor, max_payload: int) -> None:
    """Say ready, then run what comes, until the worker closes its end."""
    decoder = msgspec.json.Decoder(ChildTask)
    me = os.getpid()
    with os.fdopen(channel, "rb", buffering=256 * 1024) as reader:
        _send(channel, Ready())
        while head := reader.read(LENGTH.size):
            task = decoder.decode(_whole(reader, LENGTH.unpack(head)[0]))
            outcome = run(executor, task, max_payload)
            if os.getpid() != me:
                # The task function forked, and this is the copy: it has nobody to answer to.
                os._exit(0)
            _send(channel, outcome)


def run(executor: Executor, task: ChildTask, max_payload: int) -> Succeeded | Failed:
    """Call the task function; whatever it does short of ending the process is an outcome."""
    began = perf_counter()
    try:
        args = cast("list[object]", json.loads(bytes(task.args)))
        kwargs = cast("dict[str, object]", json.loads(bytes(task.kwargs)))
        began = perf_counter()
        value = executor(task=task.task, task_id=task.task_id, args=args, kwargs=kwargs, attempt=task.attempt)
    except BaseException as error:  # noqa: BLE001  # SystemExit and KeyboardInterrupt are a task's failure too
        return _failed(error, perf_counter() - began, story=True)
    ran = perf_counter() - began
    try:
        return Succeeded(ran=ran, result=Raw(encode_result(value, max_payload)))
    except Exception as error:  # noqa: BLE001  # what a value's own methods raise while it is written out
        return _failed(error, ran, story=False)


def encode_result(value: object, max_payload: int) -> bytes:
    """The value as JSON; TypeError when JSON can't keep it what it is, TooLarge when that takes more bytes."""
    try:
        body = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
        _refuse_odd_keys(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the result has no form in JSON: {error}") from error
    if len(body) > max_payload:
        raise TooLarge(f"the result has {len(body)} bytes, the limit is {max_payload}")
    return body


def _refuse_odd_keys(value: object) -> None:
    """`json.dumps` writes the keys 1, True and None as text, and two of them may become one."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            for key in part:
                if not isinstance(key, str):
                    raise TypeError(f"keys must be text, not {type(key).__name__}")
            left.extend(part.values())
        elif isinstance(part, list | tuple):
            left.extend(part)


def _failed(error: BaseException, ran: float, *, story: bool) -> Failed:
    kind = type(error)
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001  # a broken __str__ must not cost the outcome
        text = "<its text cannot be read>"
    line = f"{kind.__name__}: {' '.join(text.split())}" if text else kind.__name__
    return Failed(
        ran=ran,
        error=_printable(line[:ERROR_AT_MOST]),
        exception=_printable(f"{kind.__module__}.{kind.__qualname__}"),
        traceback=_printable(_traceback(error)) if story else "",
    )


def _traceback(error: BaseException) -> str:
    # The first frame is `run`'s own.
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
    except BaseException:  # noqa: BLE001  # as for __str__
        return "<its traceback cannot be read>"
    if len(text) <= TRACEBACK_AT_MOST:
        return text
    half = TRACEBACK_AT_MOST // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _printable(text: str) -> str:
    """The text as UTF-8 can carry it and a database can keep it."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _whole(reader: BinaryIO, length: int) -> bytes:
    body = reader.read(length)
    if len(body) < length:
        # The worker is gone in the middle of a message.
        os._exit(1)
    return body


def _send(channel: int, message: FromChild) -> None:
    rest = memoryview(encode(message))
    while rest:
        rest = rest[os.write(channel, rest) :]


def _die_with(parent: int, lifeline: int) -> None:
    """Never outlive the worker, whatever a task function is doing at the time."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)

    def watch() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    # Where the system can't do it, and for a function that has undone it.
    threading.Thread(target=watch, name="lifeline", daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
