"""One child process as its worker has it: what it is told, what it says and prints, and how it ended."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from types import TracebackType
from typing import Self, assert_never

from wire.messages import Grant
from wire.topics import Topic
from workers.asides import Asides
from workers.channel import (
    ChildTask,
    Failed,
    FromChild,
    FromChildReader,
    Nonsense,
    Progressed,
    Ready,
    Restored,
    SharedLock,
    Spent,
    Succeeded,
    Taken,
    encode,
    encode_interrupt,
)
from workers.events import ChildReady as ChildIsReady
from workers.events import FromChildren, OutputRead, Raised, Returned, RunBegun, RunEnded
from workers.events import Progressed as HasProgressed
from workers.guard import PATIENCE
from workers.signals import END, INTERRUPT
from workers.why import Why

log = logging.getLogger("workers.children")

# More would be taken from the system anew for each message.
_PIECE = 64 * 1024

_CLOSED_BUT_ALIVE = 1.0

_LEAVES_WITHIN = 5.0
"""Seconds that a child gets that is to run nothing more: what was registered to be done at its exit may need time."""

_KILLED_WITHIN = PATIENCE + 2.0
"""Seconds after which a guard that was told to kill its child is taken for one that can't any more."""

_PIPE_AT_MOST = 1024 * 1024
"""Bytes that a pipe has room for at most: what was printed before a moment is within so many."""

type Happened = Callable[[FromChildren], None]


class Ends:
    """The ends of everything between a worker and a child: ours stay open until the stack ends, theirs in a `with`."""

    def __init__(self, until_its_end: ExitStack) -> None:
        self._theirs = ExitStack()
        try:
            self._open(until_its_end)
        except OSError:
            self._theirs.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._theirs.close()

    def _open(self, until_its_end: ExitStack) -> None:
        self.ours, theirs = socket.socketpair()
        until_its_end.enter_context(self.ours)
        self.ours.setblocking(False)
        self._theirs.enter_context(theirs)
        self.channel = theirs.fileno()
        self.interrupts, self.interrupting = self._pipe(until_its_end, child_reads=True)
        self.stdout, stdout = self._pipe(until_its_end)
        self.stderr, stderr = self._pipe(until_its_end)
        self.log, task_log = self._pipe(until_its_end)
        self.output = {"stdout": stdout, "stderr": stderr, "log": task_log}

    def _pipe(self, until_its_end: ExitStack, *, child_reads: bool = False) -> tuple[int, int]:
        reading, writing = os.pipe()
        theirs, ours = (reading, writing) if child_reads else (writing, reading)
        self._theirs.callback(os.close, theirs)
        until_its_end.callback(os.close, ours)
        os.set_blocking(ours, False)
        return theirs, ours


class Process:
    """One running process, behind its guard; `task` is the id of the task it runs, for the log. One to be watched."""

    def __init__(self, number: int, process: asyncio.subprocess.Process, ends: Ends, happened: Happened) -> None:
        self.task: str | None = None
        self.guard = process.pid
        self.pid: int | None = None
        self.lock: SharedLock | None = None
        self._given: int | None = None
        self._fence: int | None = None
        self._ready = False
        self._number = number
        self._process = process
        self._channel = ends.ours
        self._interrupting = ends.interrupting
        self._output = ends.output
        self._happened = happened
        self._reader = FromChildReader()
        self._unsent = memoryview(b"")
        self._fault: str | None = None
        self._spent: str | None = None
        self._asides = Asides(number, process.pid)
        self._retired = False
        self._timers: list[asyncio.TimerHandle] = []
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._channel, self._read)
        for stream, pipe in self._output.items():
            self._loop.add_reader(pipe, self._read_output, stream)

    def run(self, grant: Grant, topic: Topic) -> None:
        # What has been printed so far is none of the task's.
        self._read_all_output()
        self.task = grant.task_id
        self._given = grant.fence
        message = ChildTask(
            task_id=grant.task_id,
            task=grant.task,
            args=grant.args,
            kwargs=grant.kwargs,
            queue=grant.queue,
            priority=grant.priority,
            attempt=grant.attempt,
            fence=grant.fence,
            created_at=grant.created_at,
            tries=grant.tries,
            max_attempts=grant.max_attempts,
            worker=topic,
        )
        self._unsent = memoryview(encode(message))
        self._write()

    def interrupt(self, fence: int, why: Why) -> None:
        try:
            os.write(self._interrupting, encode_interrupt(fence, why))
        except OSError:
            # It has closed its end, or reads nothing: the end of its grace is all that is left.
            return
        self._signal(INTERRUPT)

    def retire(self) -> None:
        """Let it end: it is given nothing more to run. Killed if it takes too long for that."""
        self._retired = True
        # What it says now is of no task.
        self._loop.remove_reader(self._channel)
        self._channel.shutdown(socket.SHUT_RDWR)
        self._later(_LEAVES_WITHIN, self.kill)

    def kill(self) -> None:
        """And all that it has started."""
        self._signal(END)
        # A function that has found its guard may have stopped it.
        self._later(_KILLED_WITHIN, partial(self._signal, signal.SIGKILL))

    def end(self, code: int) -> str:
        """Take what the child said before it ended, and let go of it; says how it ended."""
        for timer in self._timers:
            timer.cancel()
        if self._fault is None and not self._retired:
            self._read()
        self._read_all_output()
        self._loop.remove_reader(self._channel)
        self._loop.remove_writer(self._channel)
        for pipe in self._output.values():
            self._loop.remove_reader(pipe)
        if self._fault is not None:
            return self._fault
        if code >= 0:
            return f"ended with exit code {code}{' without an outcome' if self.task is not None else ''}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        return f"was killed by signal {-code} ({name})"

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is not None:
            return
        # Not asyncio's way to do it: that may take the exit code, which then nobody hears of.
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, act))

    def _read(self) -> None:
        try:
            while piece := self._channel.recv(_PIECE):
                for message in self._reader.feed(piece):
                    self._tell(message)
                if len(piece) < _PIECE:
                    return
        except BlockingIOError:
            return
        except ConnectionError:
            pass
        except Nonsense as error:
            self._give_up(str(error))
            return
        self._loop.remove_reader(self._channel)
        if self._process.returncode is None:
            # It may be about to end: then how it ends says more.
            self._later(_CLOSED_BUT_ALIVE, partial(self._give_up, "closed its channel to the worker"))

    def _give_up(self, fault: str) -> None:
        """Nothing can be known of this child any more: it has to end, unless it just has."""
        self._loop.remove_reader(self._channel)
        if self._process.returncode is None:
            self._fault = fault
            self.kill()

    def _write(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._channel.send(self._unsent) :]
        except BlockingIOError:
            self._loop.add_writer(self._channel, self._write)
            return
        except OSError:
            # It is dying: its end says the rest.
            self._unsent = memoryview(b"")
        self._loop.remove_writer(self._channel)

    def _read_output(self, stream: str) -> int:
        """Take one piece, for the rest of the loop is to have its turn; the bytes that it has, 0 for none."""
        pipe = self._output[stream]
        try:
            piece = os.read(pipe, _PIECE)
        except BlockingIOError:
            return 0
        if not piece:
            # Everybody who had it has closed it.
            self._loop.remove_reader(pipe)
        elif self.task is None:
            self._asides.take(stream, piece, self._loop.time())
        else:
            self._happened(OutputRead(self._number, stream, piece))
        return len(piece)

    def _read_all_output(self) -> None:
        """Take all that has been printed by now."""
        for stream in self._output:
            left = _PIPE_AT_MOST
            while left > 0 and (size := self._read_output(stream)):
                left -= size

    def _tell(self, message: FromChild) -> None:
        if not isinstance(message, Ready) and message.fence != (
            self._given if isinstance(message, Taken) else self._fence
        ):
            # Somebody who is left over from a former run has the channel too: whose word the next one is nobody knows.
            raise Nonsense("spoke of a task that it does not run")
        match message:
            case Ready(pid=pid, lock=lock):
                if self._ready:
                    raise Nonsense("said twice that it is ready")
                self._ready = True
                self.pid, self.lock = pid, lock
                log.info("child.ready", extra={"child": self._number, "pid": self._process.pid})
                self._happened(ChildIsReady(self._number))
            case Taken(fence=fence):
                self._given, self._fence = None, fence
                self._happened(RunBegun(self._number))
            case Progressed(fraction=fraction, message=text):
                self._happened(HasProgressed(self._number, fraction, text))
            case Restored(changed=changed, threads=threads):
                what = {"child": self._number, "pid": self._process.pid, "changed": changed, "threads": threads}
                log.warning("child.restored", extra={"task": self.task, **what})
            case Spent(why=why):
                self._spent = why
            case Succeeded(ran=ran, result=result):
                self._end_run(ran, Returned(result))
            case Failed():
                end = Raised(
                    message.error,
                    message.exception,
                    message.traceback,
                    message.again,
                    message.delay,
                    message.interrupted,
                )
                self._end_run(message.ran, end)
            case _:
                assert_never(message)

    def _end_run(self, ran: float, end: Returned | Raised) -> None:
        self._read_all_output()
        self.task = self._fence = None
        self._happened(RunEnded(self._number, ran, end, self._spent))
