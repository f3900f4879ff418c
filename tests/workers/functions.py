"""Task functions for children that know nothing of Django, and the entry point that finds them."""

import atexit
import ctypes
import faulthandler
import io
import logging
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from wire.messages import MAX_FRAME
from workers.executor import Call, Executor, Tell
from workers.why import Why

KEPT: list[bytearray] = []

SPENT: list[str] = []

HARM: list[str] = []

UNTIL_KILLED = 3600
"""Seconds that no test takes: what sleeps so long is ended by somebody else."""


class Interrupted(BaseException):
    """What functions here are told to end with."""


class Verdict(NamedTuple):
    again: bool
    delay: float | None
    interrupted: str | None


class Functions:
    """Calls the functions of this file. One that is called `…_telling` gets what tells of its progress."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []
        self._told: str | None = None
        self._inside = False

    def run(self, call: Call, tell: Tell) -> object:
        telling = [tell] if call.task.endswith("_telling") else []
        self._inside = True
        try:
            if self._told:
                raise Interrupted(self._told)
            return FUNCTIONS[call.task](*telling, *call.args, **call.kwargs)
        finally:
            self._inside = False

    def interrupt(self, why: Why) -> None:
        self._told = why
        if self._inside:
            raise Interrupted(why)

    def shared_lock(self) -> tuple[str, int, int] | None:
        # Of the record of SQLite that a test names.
        index = os.environ.get("TEST_LOCK")
        return (index, 120, 48) if index else None

    def why_harmful(self) -> str | None:
        return HARM[-1] if HARM else None

    def why_spent(self) -> str | None:
        return SPENT[-1] if SPENT else None

    def succeeded(self, result: bytes) -> None:
        self.heard.append(("succeeded", result))
        self._told = None

    def failed(self, error: BaseException, traceback: str) -> Verdict:
        self.heard.append(("failed", traceback))
        told, self._told = self._told, None
        return Verdict(
            not isinstance(error, TypeError),
            getattr(error, "retry_after", None),
            told if isinstance(error, Interrupted) else None,
        )


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


class Forking(Exception):
    """Whoever asks for its text is two from then on. The copy goes on once there is that file."""

    def __str__(self) -> str:
        copy, until = self.args
        if os.fork() == 0:
            Path(copy).write_text(str(os.getpid()))
            wait_for(until)
        return "forked"


class HidesItsNames(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__", "__module__"):
            raise ValueError("no name")
        return super().__getattribute__(name)


class Nameless(Exception, metaclass=HidesItsNames):
    @property
    def retry_after(self) -> float:
        raise self


class WithoutAStory(Exception):
    @property
    def __traceback__(self):  # type: ignore[override]  # that it is no traceback is the point
        raise ValueError("no story")


class Misleading(Exception):
    @property
    def retry_after(self) -> float:
        raise SystemExit("do not ask")


def load() -> Executor:
    # Which needs something of this file itself.
    from tests.workers import disturbing

    FUNCTIONS.update(disturbing.FUNCTIONS)
    return Functions()


def load_badly() -> Executor:
    raise ImportError("the task module is broken")


def load_without_end() -> Executor:
    wait_for("/nowhere")
    return load()


def load_loudly() -> Executor:
    print("loading")
    raise ImportError("the task module is broken")


def nothing():
    return None


def add(a, b):
    return a + b


def echo(value):
    return value


def pid():
    return os.getpid()


def mark(path, text):
    with Path(path).open("a") as file:
        file.write(f"{text}\n")


def wait_for(path):
    while not Path(path).exists():
        time.sleep(0.01)
    return "came"


def harm_later(why):
    threading.Timer(0.5, HARM.append, [why]).start()


def harm_until_the_exit_and_longer(why):
    SPENT.append(why)
    HARM.append(why)
    hang_at_exit()


def start_and_wait_for(started, path):
    Path(started).write_text(str(os.getpid()))
    return wait_for(path)


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
    os.close(0)
    os.close(1)
    os.close(2)
    return text


def refuse(message):
    raise ValueError(message)


def refuse_unprintably():
    raise Unprintable


def refuse_with_a_copy(copy, until):
    raise Forking(copy, until)


def refuse_namelessly():
    raise Nameless("no")


def refuse_without_a_story():
    raise WithoutAStory("no")


def refuse_misleadingly():
    raise Misleading("no")


def refuse_at_length():
    raise type("X" * 10_000_000, (Exception,), {})("y" * 10_000_000)


def talk_to_the_worker():
    """Say something in the child's name that is as long as can be."""
    for number in range(3, 1000):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, b"\xff" * 4 + b"x" * 10_000_000)


def say_to_the_worker(*bodies):
    """In the child's name, each in a message of its own; what is no ASCII stands for one byte."""
    for number in range(3, 1000):
        # Most of these numbers are no open file.
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                for body in bodies:
                    os.write(number, len(body).to_bytes(4) + body.encode("latin-1"))


def say_at_length():
    """As much as a frame has room for."""
    before, after = '{"type":"succeeded","fence":1,"ran":1,"result":"', '"}'
    say_to_the_worker(before + "x" * (MAX_FRAME - len(before + after)) + after)


def say_depth():
    say_to_the_worker('{"type":"succeeded","fence":1,"ran":1,"result":' + "[" * 50_000 + "]" * 50_000 + "}")


def leave(code):
    sys.exit(code)


def interrupt():
    raise KeyboardInterrupt


def end(code):
    os._exit(code)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def fork_and_return():
    if os.fork() == 0:
        return "copy"
    os.wait()
    return "original"


def interrupted_by_terminal():
    os.kill(os.getpid(), signal.SIGINT)
    return "alive"


def leave_behind(path):
    process = subprocess.Popen(["sleep", "3600"])
    Path(path).write_text(str(process.pid))
    os._exit(1)


def leave_a_daemon(path, then):
    """One that has left group, session and parent behind. Then `return`, `end` or `wait`."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            Path(path).write_text(str(os.getpid()))
            os.write(writing, b".")
            time.sleep(UNTIL_KILLED)
        os._exit(0)
    os.wait()
    os.read(reading, 1)
    if then == "end":
        os._exit(1)
    if then == "wait":
        time.sleep(UNTIL_KILLED)
    return os.getpid()


def leave_one_who_forks(path):
    """A daemon that is never the same process for long. It appends each one's pid."""
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork() != 0:
                os._exit(0)
            with Path(path).open("a") as file:
                file.write(f"{os.getpid()}\n")
    os.wait()
    os._exit(1)


def signal_parent(number):
    os.kill(os.getppid(), number)
    if number != signal.SIGSTOP:
        time.sleep(UNTIL_KILLED)


def signal_group():
    os.killpg(0, signal.SIGKILL)
    time.sleep(UNTIL_KILLED)


def be_traced():
    ctypes.CDLL(None).ptrace(0, 0, 0, 0)
    return "traced"


def spin_in_c(started, text):
    """Without a moment for any other thread. With a process beside it that is in another session."""
    process = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    Path(started).write_text(f"{os.getpid()} {process.pid}")
    re.match(r"(a+)+$", text)


def hang_at_exit():
    atexit.register(time.sleep, UNTIL_KILLED)


def mark_at_exit(path):
    atexit.register(mark, path, "left")


def keep(mebibytes):
    """In memory, for as long as this process lives."""
    KEPT.append(bytearray(os.urandom(1)) * (mebibytes * 1024**2))


def drop(mebibytes):
    """Leave so much behind that only the collector of cycles finds."""
    cycle: list[object] = [bytearray(os.urandom(1)) * (mebibytes * 1024**2)]
    cycle.append(cycle)


def open_many(descriptors):
    """And close none of them."""
    for _ in range(descriptors):
        os.open(os.devnull, os.O_RDONLY)


def close_everything():
    os.closerange(0, 4096)
    time.sleep(UNTIL_KILLED)


def deep():
    return deep()


def fail_for_now(seconds):
    error = ConnectionError("try later")
    error.retry_after = seconds  # type: ignore[attr-defined]
    raise error


def sleep_interruptibly(started, seconds):
    Path(started).write_text(str(os.getpid()))
    time.sleep(seconds)


def sleep_stubbornly(started, seconds):
    """With somebody beside it who does not mind either."""
    process = subprocess.Popen(["sleep", str(seconds)])
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            Path(started).write_text(f"{os.getpid()} {process.pid}")
            time.sleep(seconds)
        except Interrupted:
            continue


def change_everything():
    """What a careless function does to its process."""
    for name in ("SIGURG", "SIGTERM", "SIGUSR1"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    sys.stdout.close()
    sys.stderr = io.StringIO()
    os.close(1)


def progress_telling(tell, many):
    for number in range(many):
        tell(number / many, f"{number} of {many}")


def print_everywhere():
    """By Python, by C, by a subprocess and by the log; without an end of line at last."""
    print("from Python")
    ctypes.CDLL(None).puts(b"from C")
    subprocess.run(["sh", "-c", "echo from a subprocess; echo to its standard error >&2"], check=True)
    logging.getLogger("shop").info("a %s", "log line")
    logging.getLogger("shop").debug("not this one")
    print("and no end", end="")


def print_much(megabytes):
    block = "\n".join(f"{number:07} {'x' * 91}" for number in range(10_000)) + "\n"
    for _ in range(megabytes):
        sys.stdout.write(block)


def print_and_crash():
    print("-" * 50_000)
    print("last words")
    faulthandler._sigsegv()  # type: ignore[attr-defined]


FUNCTIONS = {
    function.__name__: function
    for function in (
        nothing,
        add,
        echo,
        pid,
        mark,
        wait_for,
        start_and_wait_for,
        harm_later,
        harm_until_the_exit_and_longer,
        say,
        refuse,
        refuse_unprintably,
        refuse_with_a_copy,
        refuse_namelessly,
        refuse_without_a_story,
        refuse_misleadingly,
        refuse_at_length,
        talk_to_the_worker,
        say_to_the_worker,
        say_at_length,
        say_depth,
        leave,
        interrupt,
        end,
        kill,
        fork_and_return,
        interrupted_by_terminal,
        keep,
        drop,
        open_many,
        close_everything,
        leave_behind,
        leave_a_daemon,
        leave_one_who_forks,
        signal_parent,
        signal_group,
        be_traced,
        spin_in_c,
        hang_at_exit,
        mark_at_exit,
        deep,
        fail_for_now,
        sleep_interruptibly,
        sleep_stubbornly,
        change_everything,
        progress_telling,
        print_everywhere,
        print_much,
        print_and_crash,
    )
}
