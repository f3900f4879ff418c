"""The child processes as processes: started, talked to, waited for and killed. What they are for is the machine's."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable

import msgspec

from wire.messages import Grant
from workers.channel import ChildTask, Failed, FromChild, FromChildReader, Ready, Succeeded, encode
from workers.events import ChildEnded, ChildReady, Raised, Returned, RunEnded
from workers.settings import Settings

log = logging.getLogger("workers.children")

# More would be taken from the system anew for each message.
_PIECE = 64 * 1024

_CLOSED_BUT_ALIVE = 1.0

type Happened = Callable[[ChildReady | ChildEnded | RunEnded], None]


class Children:
    """Every child process of this worker, by the machine's number for it; `happened` is told what happens to each."""

    def __init__(self, settings: Settings, happened: Happened) -> None:
        self._settings = settings
        self._happened = happened
        self._children: dict[int, _Child] = {}
        self._lives: dict[int, asyncio.Task[None]] = {}
        # Held open as long as this process lives, and inherited by nobody.
        self._lifeline, self._lifeline_held = os.pipe()

    def start(self, number: int) -> None:
        self._lives[number] = asyncio.get_running_loop().create_task(self._live(number))

    def run(self, number: int, grant: Grant) -> None:
        # A child that has just died is told of by its end; what was written to it is lost with it.
        if child := self._children.get(number):
            child.send(grant)

    def kill(self, number: int) -> None:
        if child := self._children.get(number):
            child.kill()

    async def close(self) -> None:
        """Kill every child and what it has started, and wait until the children are gone."""
        for number, life in self._lives.items():
            if number in self._children:
                self.kill(number)
            else:
                # It is only just being started: asyncio ends it.
                life.cancel()
        await asyncio.gather(*self._lives.values(), return_exceptions=True)
        os.close(self._lifeline)
        os.close(self._lifeline_held)

    async def _live(self, number: int) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            try:
                with theirs:
                    process = await asyncio.create_subprocess_exec(
                        sys.executable,
                        "-u",
                        "-m",
                        "workers.child",
                        str(theirs.fileno()),
                        str(self._lifeline),
                        str(os.getpid()),
                        str(self._settings.max_payload),
                        self._settings.entry_point,
                        stdin=asyncio.subprocess.DEVNULL,
                        pass_fds=(theirs.fileno(), self._lifeline),
                        start_new_session=True,
                    )
            except OSError as error:
                del self._lives[number]
                self._happened(ChildEnded(number, f"could not be started: {error}"))
                return
            child = _Child(number, process, ours, self._happened)
            self._children[number] = child
            log.info("child.started", extra={"child": number, "pid": process.pid})
            code = await process.wait()
            del self._children[number]
            how = child.end(code)
            log.info("child.ended", extra={"child": number, "pid": process.pid, "how": how, "task": child.task})
            del self._lives[number]
            self._happened(ChildEnded(number, how))


class _Child:
    """One running process; `task` is the id of the task it runs, for the log."""

    def __init__(
        self, number: int, process: asyncio.subprocess.Process, channel: socket.socket, happened: Happened
    ) -> None:
        self.task: str | None = None
        self._number = number
        self._process = process
        self._channel = channel
        self._happened = happened
        self._reader = FromChildReader()
        self._unsent = memoryview(b"")
        self._fault: str | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(channel, self._read)

    def send(self, grant: Grant) -> None:
        message = ChildTask(
            task_id=grant.task_id, task=grant.task, args=grant.args, kwargs=grant.kwargs, attempt=grant.attempt
        )
        self.task = grant.task_id
        self._unsent = memoryview(encode(message))
        self._write()

    def kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end(self, code: int) -> str:
        """Take what the child said before it ended, and let go of it; says how it ended."""
        if self._fault is None:
            self._read()
        self._loop.remove_reader(self._channel)
        self._loop.remove_writer(self._channel)
        # What it has started and left behind goes with it.
        self.kill()
        if self._fault is not None:
            return self._fault
        if code >= 0:
            return f"ended with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        return f"was killed by signal {-code} ({name})"

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
        except msgspec.MsgspecError as error:
            self._fail(f"said what no child says: {error}")
            return
        self._fail("closed its channel to the worker")

    def _fail(self, fault: str) -> None:
        """Nothing can be known of this child any more: it has to end, unless it just does."""
        self._loop.remove_reader(self._channel)
        if self._process.returncode is None:
            self._loop.call_later(_CLOSED_BUT_ALIVE, self._give_up_on, fault)

    def _give_up_on(self, fault: str) -> None:
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

    def _tell(self, message: FromChild) -> None:
        self.task = None
        match message:
            case Ready():
                log.info("child.ready", extra={"child": self._number, "pid": self._process.pid})
                self._happened(ChildReady(self._number))
            case Succeeded(ran=ran, result=result):
                self._happened(RunEnded(self._number, ran, Returned(result)))
            case Failed(ran=ran, error=error, exception=exception, traceback=traceback):
                self._happened(RunEnded(self._number, ran, Raised(error, exception, traceback)))
