"""Task functions that nobody should write, and two good ones that see whether it has met them.

What a function only does to its surroundings ends with an error, so that each of the nasty ones fails.
"""

import asyncio
import builtins
import collections
import ctypes
import decimal
import itertools
import json
import locale
import logging
import os
import re
import resource
import signal
import socket
import stat
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Never

from django.db import connection
from django.tasks import task

from backend.tasks.interruptions import TaskInterrupted
from tests.support.nasty.done import KEPT, LONG, Done
from tests.support.nasty.interpreter import (  # noqa: F401  # as below
    change_event_loops,
    change_hooks,
    change_logging,
    count_roughly,
    disable_loggers,
    make_warnings_errors,
    take_finders_away,
    write_without_waiting,
)
from tests.support.nasty.record import (  # noqa: F401  # an app's task functions are those that its `tasks` has
    change_connection,
    hold_the_record,
    leave_a_block,
    leave_a_connection_that_holds_the_record,
    leave_a_connection_that_reads,
    leave_a_generator,
    leave_a_process_that_holds_the_record,
    leave_a_query,
    leave_a_thread_that_holds_the_record,
    leave_a_thread_that_will_hold_the_record,
)

# --- good ones -------------------------------------------------------------------------------------------------------


def surroundings() -> dict[str, object]:
    """What the good ones rely on."""
    mask = os.umask(0)
    os.umask(mask)
    return {
        "directory": str(Path.cwd()),
        "environment": dict(os.environ),
        "umask": mask,
        "locale": locale.setlocale(locale.LC_ALL),
        "handlers": [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM)],
        "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "alarm": signal.getitimer(signal.ITIMER_REAL),
        "limits": [resource.getrlimit(number) for number in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)],
        "depth": sys.getrecursionlimit(),
        "timeout": socket.getdefaulttimeout(),
        "names": [json.dumps([1]), builtins.len([1])],
        "precision": decimal.getcontext().prec,
        "loggers": [logging.getLogger("shop").isEnabledFor(logging.ERROR), logging.getLogger("django").disabled],
        "warnings": [str(one) for one in warnings.filters],
        "event loops": str(vars(asyncio.events)["_event_loop_policy"]),
        "finders": str(sys.meta_path),
        "hooks": [str(hook) for hook in (sys.excepthook, sys.unraisablehook, threading.excepthook)],
        "streams": [[one.encoding, one.errors] for one in (sys.stdout, sys.stderr)],
        "waits": [os.get_blocking(number) for number in range(3)],
        "processors": os.sched_getaffinity(0),
        "logging": [len(logging.root.handlers), logging.root.level, logging.root.manager.disable],
    }


AT_FIRST = surroundings()


@task
def behave(number: int) -> int:
    """Return the number, if everything is as it was when this process was started."""
    found = surroundings()
    if found != AT_FIRST:
        raise AssertionError({name: (found[name], AT_FIRST[name]) for name in found if found[name] != AT_FIRST[name]})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM zonda_epoch")
        assert cursor.fetchone() == (1,)
        assert [cursor.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "query_only")] == [(2,), (0,)]
    print(f"this is {number}")
    sys.stdin.read()
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 1000)
    return number


@task
def meet(folder: str, many: int, name: str) -> int:
    """Wait there until so many of these run at once, each in a slot of its own."""
    behave.call(0)
    (Path(folder) / name).touch()
    while len(list(Path(folder).iterdir())) < many:
        time.sleep(0.01)
    return os.getpid()


# --- ends of the process ---------------------------------------------------------------------------------------------


@task
def segfault() -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


@task
def leave_well() -> None:
    """End as if all was well."""
    os._exit(0)


@task
def kill_itself() -> None:
    """As the system does that is short of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@task
def kill_its_group() -> None:
    """And all that it may have started."""
    os.killpg(0, signal.SIGKILL)
    time.sleep(LONG)


@task
def close_everything() -> None:
    """What many a daemon begins with."""
    os.closerange(0, 65536)
    time.sleep(LONG)


@task
def talk_to_the_worker() -> None:
    """In the child's name, and without end."""
    for number in range(3, 1000):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, b"\xff" * 4 + b"x" * 10_000_000)
        except OSError:
            continue


def say(body: bytes) -> None:
    """In the child's name, as it says everything."""
    for number in range(3, 1000):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, len(body).to_bytes(4) + body)
        except OSError:
            continue


@task
def say_no_text() -> None:
    """But bytes that are none."""
    say(b'{"type":"failed","fence":1,"ran":1,"error":"\xff","exception":"","traceback":""}')


@task
def say_of_another() -> None:
    """That it has returned, in a word of its own."""
    say(b'{"type":"succeeded","fence":1,"ran":1,"result":"nothing of the kind"}')


@task
def say_odd_numbers() -> None:
    """Of a run that took less than no time."""
    say(b'{"type":"failed","fence":1,"ran":-1e308,"error":"","exception":"","traceback":""}')


@task
def say_depth() -> None:
    """Deeper than anybody reads."""
    say(b'{"type":"succeeded","fence":1,"ran":1,"result":' + b"[" * 50_000 + b"]" * 50_000 + b"}")


@task
def say_much() -> None:
    """As much as a frame has room for, so that no report of it fits one."""
    before, after = b'{"type":"succeeded","fence":1,"ran":1,"result":"', b'"}'
    say(before + b"x" * (4 * 1024**2 - len(before + after)) + after)


# --- no ends ---------------------------------------------------------------------------------------------------------


@task(timeout=1.0, grace=0.3)
def spin_in_c() -> None:
    """Give neither a signal nor a thread a chance."""
    collections.deque(itertools.repeat(0), maxlen=0)


@task(timeout=1.0, grace=0.3)
def match_without_end() -> None:
    """With an expression that tries everything."""
    re.match(r"(a+)+$", f"{'a' * 60}b")


@task(timeout=1.0, grace=0.3)
def mind_nothing() -> None:
    """Go on, whatever one is told."""
    while True:
        try:
            time.sleep(LONG)
        except BaseException:  # noqa: BLE001, S112
            continue


@task(timeout=1.0, grace=0.3)
def stop_itself() -> None:
    """So that it hears no more."""
    os.kill(os.getpid(), signal.SIGSTOP)


@task
def go_down() -> Any:
    """And never up again."""
    return go_down.call()


# --- memory, files, threads, processes -------------------------------------------------------------------------------


@task
def take_all_memory() -> None:
    """Of what is allowed from now on."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + 100 * 1024**2, hard))
    taken = []
    while True:
        taken.append(bytearray(10 * 1024**2))


@task
def leak_memory() -> Never:
    """More than a slot may keep."""
    KEPT.append(bytearray(b"x") * (300 * 1024**2))
    raise Done("leaked memory")


@task
def leak_descriptors() -> Never:
    """More than anybody needs."""
    for _ in range(600):
        os.open(os.devnull, os.O_RDONLY)
    raise Done("leaked descriptors")


@task
def leave_threads(many: int) -> Never:
    """Running for ever."""
    for _ in range(many):
        threading.Thread(target=time.sleep, args=[LONG], daemon=True).start()
    raise Done("left threads")


@task
def leave_a_thread_that_holds_up_the_exit() -> Never:
    """For who ends waits for it."""
    threading.Thread(target=time.sleep, args=[LONG]).start()
    raise Done("left a thread")


@task
def fork() -> Never:
    """The copy comes back as well."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    raise Done("forked")


@task
def leave_a_daemon() -> Never:
    """That has left session and parent behind."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(LONG)
        os._exit(0)
    os.wait()
    raise Done("left a daemon")


# --- surroundings ----------------------------------------------------------------------------------------------------


@task
def close_low_descriptors() -> Never:
    """Whosever they are."""
    os.closerange(0, 21)
    raise Done("closed descriptors")


@task
def move() -> Never:
    """To a folder that is gone."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
    raise Done("moved")


@task
def change_environment() -> Never:
    """For who comes next, too."""
    os.environ.clear()
    os.environ.update(PATH="/nowhere", TZ="Asia/Tokyo", DJANGO_SETTINGS_MODULE="none")
    raise Done("changed the environment")


@task
def change_signals() -> Never:
    """Hear none, and be struck a little later."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    raise Done("changed signals")


@task
def set_an_alarm() -> Never:
    """That ends whoever runs by then."""
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    raise Done("set an alarm")


@task
def change_umask() -> Never:
    """So that nobody can read anything."""
    os.umask(0o777)
    raise Done("changed the umask")


@task
def change_locale() -> Never:
    """To the other one that there is everywhere."""
    locale.setlocale(locale.LC_ALL, "C" if "UTF-8" in locale.setlocale(locale.LC_ALL) else "C.UTF-8")
    raise Done("changed the locale")


@task
def change_defaults() -> Never:
    """Wait for nothing, open nothing, call nothing."""
    socket.setdefaulttimeout(0.000_001)
    sys.setrecursionlimit(200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (30, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    raise Done("changed defaults")


@task
def replace_names() -> Never:
    """That everybody uses."""
    json.dumps = lambda value, **options: "[]"
    json.loads = lambda text, **options: None
    builtins.len = lambda things: 0
    raise Done("replaced names")


@task
def replace_streams() -> Never:
    """By what they are not."""
    sys.stdout.close()
    sys.stderr = None
    sys.stdin = object()
    raise Done("replaced streams")


@task
def take_modules_away() -> Never:
    """All of them."""
    error = Done("took modules away")
    sys.modules.clear()
    raise error


# --- results ---------------------------------------------------------------------------------------------------------


@task
def return_an_object() -> Any:
    """Which is none of JSON's."""
    return object()


@task
def return_nan() -> Any:
    """Which is no number."""
    return {"a": [float("nan")]}


@task
def return_itself() -> Any:
    """A list that is in itself."""
    ring: list[Any] = []
    ring.append(ring)
    return ring


@task
def return_depth() -> Any:
    """A hundred thousand lists within each other."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@task
def return_much() -> str:
    """Ten megabytes."""
    return "x" * 10_000_000


@task
def return_a_huge_number() -> int:
    """With more digits than Python writes."""
    return 10**5000


# --- errors ----------------------------------------------------------------------------------------------------------


class Nasty(BaseException):
    """None that `except Exception` catches."""


class Mute(Exception):
    """One that has no words."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class HidesItsNames(type):
    """Whoever asks a class of this kind what it is called is told off."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("__name__", "__qualname__", "__module__"):
            raise ValueError("no name")
        return super().__getattribute__(name)


class Nameless(Exception, metaclass=HidesItsNames):
    """One that nobody may name."""


class Forked(Exception):
    """One whose text is asked for in two processes from then on."""

    def __str__(self) -> str:
        if os.fork() == 0:
            # Until the slot has gone on to others.
            time.sleep(0.1)
        return "there are two of it"


class Misleading(Exception):
    """One that cannot be asked."""

    @property
    def retry_after(self) -> float:
        raise SystemExit("do not ask")


@task
def raise_base_exception() -> None:
    """As no library should."""
    raise Nasty("not an Exception")


@task
def raise_keyboard_interrupt() -> None:
    """As if somebody had pressed Ctrl-C."""
    raise KeyboardInterrupt


@task
def raise_system_exit() -> None:
    """As a program that is done."""
    sys.exit(0)


@task
def raise_mute() -> None:
    """Without a text."""
    raise Mute


@task
def raise_nameless() -> None:
    """Of a class that hides what it is called."""
    raise Nameless("without a name")


@task
def raise_forked() -> None:
    """So that a copy of the process goes on as well."""
    raise Forked


@task
def raise_misleading() -> None:
    """With an attribute that raises itself."""
    raise Misleading("cannot be asked")


@task
def raise_much() -> None:
    """In ten megabytes, in text and in name."""
    raise type("X" * 10_000_000, (Exception,), {})("y" * 10_000_000)


@task
def pretend_to_be_interrupted() -> None:
    """Though nobody has told it to end."""
    raise TaskInterrupted


@task
async def cancel_itself() -> None:
    """As a coroutine, with others that go on."""
    KEPT.append(asyncio.get_running_loop().create_task(asyncio.sleep(LONG)))
    raise asyncio.CancelledError


# --- words -----------------------------------------------------------------------------------------------------------


@task
def print_without_end(megabytes: int) -> Never:
    """Or nearly so, and without an end of line."""
    block = "x" * 1_000_000
    for _ in range(megabytes):
        sys.stdout.write(block)
    raise Done("printed")


@task
def print_signs() -> Never:
    """That move a terminal's cursor, and bytes that are no text."""
    print("\x1b[2J\x1b[31mred\x1b[0m\r\x07\x00\u202e")
    os.write(2, bytes(range(256)))
    logging.getLogger("shop").error("two\nlines and \x1b]0;a title\x07")
    raise Done("printed signs \x1b[31m\x00\ud800")
