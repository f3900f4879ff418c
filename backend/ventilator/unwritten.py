"""The file of messages that a ventilator had read and could not write before its end; the next one begins with them."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

log = logging.getLogger("ventilator")


class Piece(Struct, frozen=True):
    """A frame of `TASKS`, or one object of it. `key` is the id that its task has been given, where it brought none."""

    body: bytes
    key: str | None = None


def keep(path: Path, pieces: Sequence[Piece]) -> None:
    """Write them, in the place of what is there, so that a power loss leaves the one or the other."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.msgpack.encode(pieces))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def kept(path: Path) -> list[Piece]:
    """What is there. A file that nobody can read is put aside."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=list[Piece])
    except FileNotFoundError:
        return []
    # msgspec lets a text that is none through as what it is.
    except (msgspec.MsgspecError, UnicodeDecodeError):
        aside = path.with_name(f"{path.name}.unreadable")
        path.replace(aside)
        log.exception("unwritten.unreadable", extra={"path": str(aside)})
        return []


def forget(path: Path) -> None:
    """All of it is written."""
    path.unlink(missing_ok=True)
