"""A worker's child process: loads the task functions once, then runs one after the other.

Its guard starts it (`workers.guard`), with the arguments CHANNEL INTERRUPTS LOG JOURNAL LIFELINE MAX_PAYLOAD
SLOT_TASKS SLOT_MEMORY LOADS_WITHIN ENTRY_POINT NAME.

The first five are inherited descriptors: the socket and the pipe of `workers.channel`, a pipe for what task functions
log, the worker's own standard error, and a pipe that ends with the worker. MAX_PAYLOAD is the bytes of the largest
result. After SLOT_TASKS tasks, or with more than SLOT_MEMORY bytes resident, this process is to run nothing more.
ENTRY_POINT, `module:function`, is called once and returns an Executor. If that takes almost LOADS_WITHIN seconds, after
which the worker ends this process, it says where it is. NAME is this process's in the worker's log.
"""

import faulthandler
import json
import logging
import os
import select
import signal
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from time import perf_counter
from typing import BinaryIO, cast

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from wire import log
from workers.channel import (
    ERROR_AT_MOST,
    LENGTH,
    TRACEBACK_AT_MOST,
    ChildTask,
    Failed,
    FromChild,
    Ready,
    Restored,
    SharedLock,
    Spent,
    Succeeded,
    Taken,
    encode,
    printable,
)
from workers.descendants import die_with_parent
from workers.executor import Call, Executor, Tell
from workers.interrupts import Interrupts
from workers.left_threads import Threads
from workers.part import Beyond
from workers.process_state import Signals
from workers.progress import Progress
from workers.signals import INTERRUPT
from workers.streams import LogToPipe, Streams, kept
from workers.surroundings import Surroundings
from workers.wear import Wear
from workers.why import Why

_TELLS_BEFORE = 5.0

_LOOKS_EVERY = 1.0
"""Seconds between two looks, while there is nothing to run, at what a task function may have left behind."""

_TRIES = 2

_LEFT_OUT = 100
"""Characters that the words for what is left out take at most."""

_NAMES_AT_MOST = 20
_NAME_AT_MOST = 100


class TooLarge(Exception):
    """The result is larger than the limit for results."""

    # Which module of ours it is in says nothing to whoever reads of it.
    __module__ = "workers"


def main(arguments: list[str], guard: int, held: int) -> None:
    """`guard` is the pid of the guard, `held` a descriptor that ends with it."""
    channel, interrupts, task_log, journal, lifeline, held = (kept(int(one)) for one in [*arguments[:5], str(held)])
    _die_with(guard, (lifeline, held))
    max_payload, slot_tasks, slot_memory, loads_within, entry_point, name = arguments[5:]
    # A terminal's Ctrl-C is the worker's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    streams = Streams()
    faulthandler.enable()
    log.configure(name, stream=os.fdopen(journal, "w", buffering=1))
    before = list(logging.getLogger().handlers)
    module, _, function = entry_point.partition(":")
    # It may hang anywhere, and hold whatever lock: this needs none.
    faulthandler.dump_traceback_later(max(0.1, float(loads_within) - _TELLS_BEFORE), file=2)
    executor = cast("Executor", getattr(import_module(module), function)())
    faulthandler.cancel_dump_traceback_later()
    # From here on it is the attempts' log: it goes where they are shown, and is bounded there.
    _hand_over(before, LogToPipe(task_log))
    heard = Interrupts(interrupts, executor.interrupt)
    wear = Wear(int(slot_tasks), int(slot_memory))
    Child(channel, executor, int(max_payload), heard, streams, wear).serve()


class Child:
    """Says that it is ready, then runs what comes, until the worker closes its end."""

    def __init__(
        self, channel: int, executor: Executor, max_payload: int, interrupts: Interrupts, streams: Streams, wear: Wear
    ) -> None:
        self._channel = channel
        self._executor = executor
        self._max_payload = max_payload
        self._interrupts = interrupts
        self._streams = streams
        self._wear = wear
        self._signals = Signals()
        self._signals_changed: bool | None = None
        self._surroundings = Surroundings()
        self._threads = Threads()
        self._told: set[tuple[str, ...]] = set()
        self._process = os.getpid()
        self._comes = select.poll()
        self._comes.register(channel, select.POLLIN)

    def serve(self) -> None:
        decoder = msgspec.json.Decoder(ChildTask)
        with os.fdopen(self._channel, "rb", buffering=256 * 1024) as reader:
            lock = self._executor.shared_lock()
            self._send(Ready(pid=self._process, lock=None if lock is None else SharedLock(*lock)))
            while self._waited() and (head := reader.read(LENGTH.size)):
                self._run(decoder.decode(_whole(reader, LENGTH.unpack(head)[0])))
                # What comes next is for the child itself to read.
                _end_if_copy_of(self._process)
        # What is done at an exit takes its time, and may wait for the very thing that nobody else can do without.
        self._end_if_harmful()

    def _waited(self) -> bool:
        """Wait until something comes, or the worker has closed its end; True then. Meanwhile nobody must be held up."""
        while not self._comes.poll(1_000 * _LOOKS_EVERY):
            self._end_if_harmful()
        return True

    def _end_if_harmful(self) -> None:
        if (why := self._executor.why_harmful()) is not None:
            logging.getLogger("workers").error("This process ends, for it %s.", why)
            os._exit(1)

    def _run(self, task: ChildTask) -> None:
        self._send(Taken(fence=task.fence))
        progress = Progress(self._send, self._interrupts, task.fence)
        outcome = run(self._executor, task, self._max_payload, progress.tell, self._inside(task.fence))
        if (why := self._clear_up(task, progress)) is not None:
            self._send(Spent(fence=task.fence, why=printable(why)))
        self._send(outcome)

    def _send(self, message: FromChild) -> None:
        # Anything that asks something of a function's errors and values may have forked: only one of the two answers.
        _end_if_copy_of(self._process)
        rest = memoryview(encode(message))
        while rest:
            rest = rest[os.write(self._channel, rest) :]

    @contextmanager
    def _inside(self, fence: int) -> Iterator[None]:
        """What runs in here runs under this fence, and no handler or alarm of its own is left when it is over."""
        self._signals_changed = None
        try:
            with self._interrupts.meant_for(fence):
                yield
        finally:
            # What strikes here is nobody's, and this is done again. Later, it would be the child's end.
            with suppress(BaseException):
                self._signals_changed = self._signals.restore()

    def _clear_up(self, task: ChildTask, progress: Progress) -> str | None:
        """Have this process as it was before the task, or say why it is to run nothing more."""
        for _ in range(_TRIES):
            try:
                progress.end()
                # In the pipes before the outcome is in the channel, so it is read as this attempt's.
                self._streams.flush()
                self._streams.restore()
                if self._signals_changed is None:
                    self._signals_changed = self._signals.restore()
                changed = ["signals"] if self._signals_changed else []
                self._tell(task, [*changed, *self._surroundings.restore()], self._threads.left())
                return self._executor.why_spent() or self._wear.after_task()
            except Beyond as error:
                return str(error)
            except BaseException as error:  # noqa: BLE001  # streams and threads may be anybody's by now
                why = f"cannot be put in order: {type(error).__name__}"
        return why

    def _tell(self, task: ChildTask, changed: list[str], threads: list[str]) -> None:
        """Each kind of thing that each task function leaves once: it may do so every time."""
        what = (task.task, *changed, *(["threads"] if threads else []))
        if len(what) > 1 and what not in self._told:
            self._told.add(what)
            names = [printable(name[:_NAME_AT_MOST]) for name in threads[:_NAMES_AT_MOST]]
            self._send(Restored(fence=task.fence, changed=changed, threads=names))


def run(
    executor: Executor, task: ChildTask, max_payload: int, tell: Tell, interruptible: AbstractContextManager[None]
) -> Succeeded | Failed:
    """Call the task function, within `interruptible`; whatever it does short of ending the process is an outcome."""
    me = os.getpid()
    began = perf_counter()
    try:
        call = _call(task)
        began = perf_counter()
        with interruptible:
            value = executor.run(call, tell)
    except BaseException as error:  # noqa: BLE001  # SystemExit and KeyboardInterrupt are a task's failure too
        _end_if_copy_of(me)
        return _failed(executor, task.fence, error, _since(began), story=True)
    ran = _since(began)
    _end_if_copy_of(me)
    try:
        result = encode_result(value, max_payload)
    except BaseException as error:  # noqa: BLE001  # what a value's own methods raise while it is written out
        _end_if_copy_of(me)
        return _failed(executor, task.fence, error, ran, story=False)
    _end_if_copy_of(me)
    executor.succeeded(result)
    return Succeeded(fence=task.fence, ran=ran, result=Raw(result))


def _since(began: float) -> float:
    # A function may have shifted the clock.
    return max(0.0, perf_counter() - began)


def _end_if_copy_of(process: int) -> None:
    """A task function may fork: the copy has nobody to answer to, and its end is not the task's."""
    if os.getpid() != process:
        os._exit(0)


def _call(task: ChildTask) -> Call:
    return Call(
        task=task.task,
        task_id=task.task_id,
        args=json.loads(bytes(task.args)),
        kwargs=json.loads(bytes(task.kwargs)),
        queue=task.queue,
        priority=task.priority,
        attempt=task.attempt,
        created_at=task.created_at,
        tries=task.tries,
        max_attempts=task.max_attempts,
        worker=task.worker,
    )


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


def _failed(executor: Executor, fence: int, error: BaseException, ran: float, *, story: bool) -> Failed:
    me = os.getpid()
    name, path = _names(type(error))
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001  # a broken __str__ must not cost the outcome
        text = "<its text cannot be read>"
    line = f"{name}: {text}" if text else name
    failed = Failed(
        fence=fence,
        ran=ran,
        error=printable(line[:ERROR_AT_MOST])[:ERROR_AT_MOST],
        exception=printable(path[:ERROR_AT_MOST])[:ERROR_AT_MOST],
        traceback=_traceback(error) if story else "",
    )
    _end_if_copy_of(me)
    try:
        verdict = executor.failed(error, failed.traceback)
        interrupted = None if verdict.interrupted is None else Why(verdict.interrupted)
        return replace(failed, again=verdict.again, delay=verdict.delay, interrupted=interrupted)
    except BaseException as unreadable:  # noqa: BLE001  # nor must an attribute that raises, or a log of its own making
        # Loggers are the function's to change: what it has made of them costs its own line, not the outcome.
        with suppress(BaseException):
            why = "what this error says of itself cannot be read"
            logging.getLogger("workers").warning("%s\n%s", why, _traceback(unreadable))
        return failed


def _names(kind: type[BaseException]) -> tuple[str, str]:
    """A class's name and its dotted path, whatever its metaclass says to who asks the class itself."""
    try:
        name, qualified, module = (vars(type)[one].__get__(kind) for one in ("__name__", "__qualname__", "__module__"))
        return f"{name}", f"{module}.{qualified}"
    except BaseException:  # noqa: BLE001  # a name may be of a class of its own
        return "<its name cannot be read>", ""


def _traceback(error: BaseException) -> str:
    try:
        # The first frame is `run`'s own.
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        text = printable("".join(traceback.format_exception(type(error), error, frames)))
    except BaseException:  # noqa: BLE001  # as for __str__
        return "<its traceback cannot be read>"
    if len(text) <= TRACEBACK_AT_MOST:
        return text
    half = (TRACEBACK_AT_MOST - _LEFT_OUT) // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _whole(reader: BinaryIO, length: int) -> bytes:
    body = reader.read(length)
    if len(body) < length:
        # The worker is gone in the middle of a message.
        os._exit(1)
    return body


def _hand_over(before: list[logging.Handler], to: logging.Handler) -> None:
    root = logging.getLogger()
    for handler in before:
        root.removeHandler(handler)
    root.addHandler(to)


def _die_with(guard: int, ends: tuple[int, int]) -> None:
    """Never outlive guard or worker, whatever a task function is doing at the time."""
    die_with_parent()
    if os.getppid() != guard:
        os._exit(1)

    def watch() -> None:
        # For the main thread alone, which it wakes.
        signal.pthread_sigmask(signal.SIG_BLOCK, [INTERRUPT])
        select.select(ends, [], [])
        os.killpg(0, signal.SIGKILL)

    # Where the system can't do it, and for a function that has undone it.
    threading.Thread(target=watch, name="lifeline", daemon=True).start()
