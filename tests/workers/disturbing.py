"""Task functions that leave their process otherwise than they have found it, and one that looks."""

import asyncio
import builtins
import decimal
import gc
import importlib
import json
import locale
import logging
import logging.config
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

from tests.workers.functions import SPENT, UNTIL_KILLED, wait_for
from workers import left_threads

LOGGERS = [logging.getLogger(f"tests.{name}") for name in ("shop", "shop.orders")]


def look():
    """Everything that one function may have changed for the next one."""
    sys.modules.pop("tabnanny", None)
    os.write(1, b"")
    return {
        "directory": os.path.realpath("."),
        "environment": dict(os.environ),
        "zone": time.strftime("%Z"),
        "modules from": list(sys.path),
        "umask": _umask(),
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": {str(number): str(signal.getsignal(number))[:20] for number in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0],
        "limits": [resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_NOFILE)],
        "depth": sys.getrecursionlimit(),
        "timeout": socket.getdefaulttimeout(),
        "precision": decimal.getcontext().prec,
        "switches": sys.getswitchinterval(),
        "digits": sys.get_int_max_str_digits(),
        "logs": [str(logging.root.handlers), logging.root.level, logging.root.manager.disable],
        "loggers": [[str(one.handlers), one.level, one.propagate, one.disabled] for one in LOGGERS],
        "warnings": [[str(one) for one in warnings.filters], str(warnings.showwarning)],
        "event loops": str(vars(asyncio.events)["_event_loop_policy"]),
        "finders": [str(sys.meta_path), str(sys.path_hooks), importlib.import_module("tabnanny").__name__],
        "processors": sorted(os.sched_getaffinity(0)),
        "hooks": [str(hook) for hook in (sys.excepthook, sys.unraisablehook, threading.excepthook)],
        "streams": [
            [stream.encoding, stream.errors, stream.line_buffering] for stream in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "waits": [os.get_blocking(number) for number in range(3)],
        "collects": [gc.isenabled(), gc.get_threshold()],
        "traces": [str(sys.gettrace()), str(sys.getprofile())],
        "length": len([1, 2, 3]),
        "text": json.dumps({"a": 1}),
    }


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def change_directory():
    os.chdir(tempfile.gettempdir())


def delete_directory():
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    folder.rmdir()


def change_environment():
    os.environ["PATH"] = "/nowhere"
    os.environ["TZ"] = "Asia/Tokyo"
    os.environ.pop("HOME", None)
    time.tzset()


def replace_environment():
    os.environ = {}  # type: ignore[assignment]  # noqa: B003


def change_import_path():
    sys.path[:] = ["/nowhere"]


def replace_import_path():
    sys.path = []


def change_umask():
    os.umask(0o777)


def change_locale():
    locale.setlocale(locale.LC_ALL, "C" if "UTF-8" in locale.setlocale(locale.LC_ALL) else "C.UTF-8")


def change_signals():
    for number in (signal.SIGTERM, signal.SIGURG, signal.SIGWINCH, signal.SIGRTMIN):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG, signal.SIGTERM])


def strike_soon(microseconds):
    """At whoever runs by then."""

    def strike(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, microseconds / 1_000_000)


def change_limits():
    for name in ("AS", "NOFILE"):
        number = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(number)
        resource.setrlimit(number, (2**31 if name == "AS" else 50, hard))


def change_defaults():
    sys.setrecursionlimit(10_000)
    socket.setdefaulttimeout(0.001)
    gc.disable()
    gc.set_threshold(1)
    sys.setswitchinterval(50.0)
    sys.set_int_max_str_digits(0)
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)


def change_logging():
    logging.disable(logging.CRITICAL)
    logging.getLogger().setLevel(logging.CRITICAL)
    logging.getLogger().handlers.clear()


def replace_logging():
    logging.basicConfig(force=True, level=logging.DEBUG)


def disable_loggers():
    logging.config.dictConfig({"version": 1})


def change_warnings():
    warnings.simplefilter("error")
    warnings.showwarning = lambda *_: None


def change_event_loops():
    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self):
            raise RuntimeError("there is none")

    asyncio.set_event_loop_policy(Policy())


def use_an_event_loop():
    asyncio.run(asyncio.sleep(0))


def take_finders():
    sys.meta_path.clear()
    sys.path_hooks = []
    sys.path_importer_cache.clear()
    # Without finders nothing is found; what stays of having looked is the point.
    with suppress(ImportError):
        importlib.import_module("tabnanny")


def change_processors():
    some = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {some})


def change_hooks():
    sys.excepthook = lambda *_: None
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def change_streams():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="ascii", errors="strict", line_buffering=False, write_through=True)
    sys.stdin.reconfigure(encoding="latin-1")


def wait_for_no_room():
    for descriptor in range(3):
        os.set_blocking(descriptor, False)


def wait_for_no_room_by_asyncio():
    async def connect():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_write_pipe(asyncio.Protocol, sys.stdout)
        transport.close()

    asyncio.run(connect())


def print_much(size):
    sys.stdout.write("x" * size)


def become_another_user():
    os.seteuid(65534)


def change_arithmetic():
    decimal.getcontext().prec = 3


def take_modules_away():
    sys.modules.clear()


def spend(why):
    SPENT.append(why)


def change_names():
    builtins.len = lambda things: 0
    del builtins.sorted
    json.dumps = lambda value, **options: '"none of your business"'


def take_faults():
    signal.signal(signal.SIGSEGV, signal.SIG_IGN)


def close_low_descriptors():
    os.closerange(0, 21)


def leave_threads(many):
    for number in range(many):
        threading.Thread(target=time.sleep, args=[UNTIL_KILLED], name=f"left {number}", daemon=True).start()


def end_threads():
    # On a busy machine a thread may wake late. That they are waited for is asked, not for how long.
    left_threads._ENDS_WITHIN = 10.0
    for number in range(3):
        threading.Thread(target=time.sleep, args=[0.001 * number]).start()


def leave_one_who_lets_nobody_turn(path):
    """A thread that keeps Python for itself once there is that file."""

    def keep():
        wait_for(path)
        re.match(r"(a+)+$", "a" * 60 + "b")

    threading.Thread(target=keep, daemon=True).start()
    return os.getpid()


def stop_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


def hold(record):
    """Keep everybody else from writing, and do nothing."""
    connection = sqlite3.connect(record, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(UNTIL_KILLED)


def leave_one_who_holds(record):
    threading.Thread(target=hold, args=[record], daemon=True).start()


def start_one_who_holds(record):
    code = "import sqlite3, sys, time; r = sqlite3.connect(sys.argv[1], isolation_level=None); "
    code += "r.execute('BEGIN IMMEDIATE'); time.sleep(3600)"
    subprocess.run([sys.executable, "-c", code, record], check=True)


def write_all_the_time(record, seconds):
    """Have the lock nearly all the time, in transactions that each take no time."""
    connection = sqlite3.connect(record, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    until = time.monotonic() + seconds
    written = 0
    while time.monotonic() < until:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO some VALUES (1)")
        connection.execute("COMMIT")
        written += 1
    return written


def leave_one_who_stops_all(path):
    """A thread that stops this process once there is that file."""

    def stop():
        wait_for(path)
        os.kill(os.getpid(), signal.SIGSTOP)

    threading.Thread(target=stop, daemon=True).start()
    return os.getpid()


FUNCTIONS = {
    function.__name__: function
    for function in (
        look,
        change_directory,
        delete_directory,
        change_environment,
        replace_environment,
        change_import_path,
        replace_import_path,
        change_umask,
        change_locale,
        change_signals,
        strike_soon,
        change_limits,
        change_defaults,
        change_logging,
        replace_logging,
        disable_loggers,
        change_warnings,
        change_event_loops,
        use_an_event_loop,
        take_finders,
        change_processors,
        change_hooks,
        change_streams,
        wait_for_no_room,
        wait_for_no_room_by_asyncio,
        print_much,
        become_another_user,
        change_arithmetic,
        take_modules_away,
        spend,
        change_names,
        take_faults,
        close_low_descriptors,
        leave_threads,
        end_threads,
        leave_one_who_lets_nobody_turn,
        leave_one_who_stops_all,
        stop_itself,
        hold,
        leave_one_who_holds,
        start_one_who_holds,
        write_all_the_time,
    )
}
