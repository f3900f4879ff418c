"""Starts, watches and ends processes as the machine says; the only part that touches them."""

import os
import selectors
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final, assert_never

from backend.supervisor.machine import (
    AllReady,
    Began,
    Effect,
    End,
    Ended,
    Event,
    Finish,
    Force,
    SaidReady,
    Say,
    ShowLog,
    SourcesChanged,
    Start,
    StopAsked,
    Supervisor,
    Ticked,
)
from backend.supervisor.settings import Process
from wire import log, supervision
from wire.home import Home

LARGEST_LOG: Final = 10 * 1024 * 1024  # bytes; then the log begins anew, and the old one is kept once
TRIM_EVERY: Final = 30.0  # seconds between two looks at how large the logs are
LAST_WORDS: Final = 10  # lines
LOOK_EVERY: Final = 1.0  # seconds between two looks at the sources

_NOT_STARTED: Final = 1  # the exit code of a process that never was

_STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Loop:
    """Runs these processes in this home until a signal asks for the end."""

    def __init__(
        self,
        home: Home,
        root: Path,
        processes: Sequence[Process],
        environment: Mapping[str, str],
        ready_line: str,
        look: Callable[[], object] | None = None,
    ) -> None:
        """`look`, when given, is called every second: an answer unlike the last means that the sources changed."""
        self._home = home
        self._root = root
        self._processes = {process.role.name: process for process in processes}
        self._environment = environment
        self._ready_line = ready_line
        self._look = look
        self._seen = look() if look else None
        self._looks_at = time.monotonic() + LOOK_EVERY
        self._trims_at = time.monotonic() + TRIM_EVERY
        self._machine = Supervisor([process.role for process in processes])
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._channels: dict[str, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._journal = _open_log(home.path / "logs" / "supervisor.log")
        self._finished = False

    def run(self) -> None:
        """Start everything; return once everything has ended, which a signal must ask for."""
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        heeded = [number for number in _STOPS if number != signal.SIGHUP or not _outlives_terminal()]
        before = {number: signal.signal(number, _heed) for number in (*heeded, signal.SIGCHLD)}
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._selector.register(woken, selectors.EVENT_READ)
        try:
            self._handle(Began())
            while not self._finished:
                self._turn(woken)
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            self._journal.close()
            woken.close()
            wake.close()

    def _turn(self, woken: socket.socket) -> None:
        for key, _ in self._selector.select(self._patience()):
            if key.fileobj is woken:
                for number in woken.recv(4096):
                    if number in _STOPS:
                        self._handle(StopAsked())
            else:
                self._listen(str(key.data))
        # A SIGCHLD may stand for several, and may come with the word that a process was ready: so both, in this order.
        for name in list(self._running):
            self._reap(name)
        if self._look and time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + LOOK_EVERY
            seen, self._seen = self._seen, self._look()
            if seen != self._seen:
                self._handle(SourcesChanged())
        if time.monotonic() >= self._trims_at:
            self._trims_at = time.monotonic() + TRIM_EVERY
            for path in (self._home.path / "logs").glob("*.log"):
                trim(path)
        self._handle(Ticked())

    def _patience(self) -> float | None:
        moments = [self._machine.wakes_at(), self._trims_at, self._looks_at if self._look else None]
        return min((max(0.0, moment - time.monotonic()) for moment in moments if moment is not None), default=None)

    def _handle(self, event: Event) -> None:
        for effect in self._machine.handle(event, time.monotonic()):
            self._obey(effect)

    def _obey(self, effect: Effect) -> None:
        match effect:
            case Start(name):
                self._start(self._processes[name])
            case End(name, force):
                self._end(name, force)
            case Say(text):
                self._say(text)
            case ShowLog(name):
                self._show_log(name)
            case AllReady():
                self._say(self._ready_line)
            case Finish():
                self._say("stopped")
                self._finished = True
            case _:
                assert_never(effect)

    def _start(self, process: Process) -> None:
        name = process.role.name
        try:
            ours, running = self._spawn(process)
        except OSError as error:
            self._say(f"{name} cannot be started: {error.strerror}")
            self._handle(Ended(name, _NOT_STARTED))
            return
        ours.setblocking(False)
        self._channels[name] = ours
        self._running[name] = running
        self._selector.register(ours, selectors.EVENT_READ, name)
        try:
            self._pid_file(name).write_text(str(running.pid))
        except OSError:
            # For people to find it by. On a full disk they have to look elsewhere.
            return

    def _spawn(self, process: Process) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
        """Our end of its channel, and the process. OSError when the system has no room for another one."""
        ours, theirs = socket.socketpair()
        try:
            with theirs, _open_log(self._log(process.role.name)) as output:
                running = subprocess.Popen(
                    process.command,
                    cwd=self._root,
                    env={**self._environment, **process.environment, supervision.VARIABLE: str(theirs.fileno())},
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # a terminal's Ctrl-C is for the supervisor, which ends the others in order
                )
        except OSError:
            ours.close()
            raise
        return ours, running

    def _listen(self, name: str) -> None:
        if (channel := self._channels.get(name)) is None:
            return
        try:
            said = channel.recv(4096)
        except BlockingIOError:
            return
        except ConnectionResetError:
            said = b""
        if supervision.READY in said:
            self._handle(SaidReady(name))
        elif not said:
            self._selector.unregister(channel)
            self._channels.pop(name).close()

    def _reap(self, name: str) -> None:
        running = self._running[name]
        # Looked at without reaping: until then nothing else can have this number, so its group may be killed safely.
        if os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return
        _kill_group(running.pid)
        code = running.wait()
        del self._running[name]
        if channel := self._channels.pop(name, None):
            self._selector.unregister(channel)
            channel.close()
        self._pid_file(name).unlink(missing_ok=True)
        self._handle(Ended(name, code))

    def _end(self, name: str, force: Force) -> None:
        # It may have ended a moment ago and is not reaped yet: then its number is still its own.
        match force:
            case Force.ASK:
                # Not by Popen, which reaps one that has ended, behind the back of whoever looks for it.
                os.kill(self._running[name].pid, signal.SIGTERM)
            case Force.KILL:
                _kill_group(self._running[name].pid)
            case _:
                assert_never(force)

    def _say(self, text: str) -> None:
        # The terminal may be closed, or `| head` have read enough; and the disk of the journal may be full.
        with suppress(OSError):
            self._journal.write(log.line("supervisor", "supervisor.said", text=text).encode())
        with suppress(OSError):
            os.write(1, f"{text}\n".encode())

    def _show_log(self, name: str) -> None:
        path = self._log(name)
        if not path.is_file():
            return
        for line in path.read_text(errors="replace").splitlines()[-LAST_WORDS:]:
            self._say(f"  {log.readable(line)}")
        self._say(f"  ({name} keeps failing to start; its log: {path})")

    def _log(self, name: str) -> Path:
        return self._home.path / "logs" / f"{name}.log"

    def _pid_file(self, name: str) -> Path:
        return self._home.path / "run" / f"{name}.pid"


def _outlives_terminal() -> bool:
    """Whether whoever started this means it to go on when the terminal is closed, as `nohup` does."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def _heed(number: int, frame: object) -> None:
    """Nothing to do here: the signal's number is in the wake-up socket."""


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        # The leader is dead and had no company.
        return


def trim(path: Path) -> None:
    """Begin a log anew that has grown too large, under the hands of who writes it: each line goes to its end."""
    with suppress(OSError):
        if path.stat().st_size > LARGEST_LOG:
            shutil.copyfile(path, path.with_name(f"{path.name}.1"))
            os.truncate(path, 0)


def _open_log(path: Path) -> FileIO:
    try:
        trim(path)
        return path.open("ab", buffering=0)
    except OSError:
        # A disk that is full or broken costs the lines, not the process that writes them.
        return Path(os.devnull).open("ab", buffering=0)
