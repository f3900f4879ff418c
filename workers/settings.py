"""What a worker's environment says, read once and checked together.

BadSettings    one line for each wrong value, naming its variable
"""

import os
import re
import socket
from collections.abc import Mapping

from msgspec import Struct

from wire import environment, names
from wire.home import Home

_QUEUE = re.compile(names.QUEUE)
_ENTRY_POINT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_MOST_SLOTS = 64
_MOST_SLOT_TASKS = 1_000_000_000
_LARGEST_SLOT = 1024**4
_LONGEST_NAME = 200
_LONGEST_NUMBER = 20


class BadSettings(ValueError):
    """A variable of the environment has a value that can't be used."""


class Settings(Struct, frozen=True):
    """All that a worker can be told. Payload and memory are in bytes; queues `("*",)` means every queue."""

    home: Home
    transport: str
    name: str
    host: str
    slots: int
    queues: tuple[str, ...]
    max_payload: int
    slot_tasks: int
    slot_memory: int
    entry_point: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings; BadSettings with a line for each wrong value."""
        wrong: list[str] = []
        host = socket.gethostname() or "localhost"
        found = cls(
            home=Home.from_environment(environ),
            transport=environment.transport(environ),
            name=environment.given(environ, "ZONDA_WORKER_NAME") or f"{host}-{os.getpid()}",
            host=host,
            slots=_count(environ, "ZONDA_SLOTS", 1, _MOST_SLOTS, wrong),
            queues=_queues(environment.given(environ, "ZONDA_QUEUES") or "*", wrong),
            max_payload=environment.max_payload(environ, wrong),
            slot_tasks=_count(environ, "ZONDA_SLOT_TASKS", 100_000, _MOST_SLOT_TASKS, wrong),
            slot_memory=environment.size(environ, "ZONDA_SLOT_MEMORY", "1GiB", _LARGEST_SLOT, wrong),
            entry_point=environment.given(environ, "ZONDA_TASK_ENTRY_POINT") or "backend.tasks.execution:load",
        )
        if len(found.name) > _LONGEST_NAME:
            wrong.append(f"ZONDA_WORKER_NAME={found.name}: at most {_LONGEST_NAME} characters")
        if not _ENTRY_POINT.fullmatch(found.entry_point):
            wrong.append(f"ZONDA_TASK_ENTRY_POINT={found.entry_point}: expected MODULE:FUNCTION")
        if wrong:
            raise BadSettings("\n".join(wrong))
        return found


def _count(environ: Mapping[str, str], variable: str, default: int, most: int, wrong: list[str]) -> int:
    text = environment.given(environ, variable) or str(default)
    if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER and 1 <= int(text) <= most:
        return int(text)
    wrong.append(f"{variable}={text}: expected a number from 1 to {most}")
    return default


def _queues(text: str, wrong: list[str]) -> tuple[str, ...]:
    queues = tuple(dict.fromkeys(queue.strip() for queue in text.split(",")))
    if queues == ("*",) or all(_QUEUE.fullmatch(queue) for queue in queues):
        return queues
    wrong.append(f"ZONDA_QUEUES={text}: expected * or names, each 1 to 64 of a-z 0-9 . _ -, with commas between")
    return ("*",)
