"""Task functions for children that know nothing of Django, and the entry point that finds them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from workers.child import Executor


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def load() -> Executor:
    def execute(*, task: str, task_id: str, args: list[object], kwargs: dict[str, object], attempt: int) -> object:
        return FUNCTIONS[task](*args, **kwargs)

    return execute


def load_badly() -> Executor:
    raise ImportError("the task module is broken")


def nothing():
    return None


def add(a, b):
    return a + b


def echo(value):
    return value


def mark(path, text):
    with Path(path).open("a") as file:
        file.write(f"{text}\n")


def wait_for(path):
    while not Path(path).exists():
        time.sleep(0.01)
    return "came"


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


def close_everything():
    os.closerange(0, 4096)
    time.sleep(3600)


def deep():
    return deep()


FUNCTIONS = {
    function.__name__: function
    for function in (
        nothing,
        add,
        echo,
        mark,
        wait_for,
        start_and_wait_for,
        say,
        refuse,
        refuse_unprintably,
        leave,
        interrupt,
        end,
        kill,
        fork_and_return,
        interrupted_by_terminal,
        close_everything,
        leave_behind,
        deep,
    )
}
