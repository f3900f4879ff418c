"""Log lines: an event with fields, one JSON object a line on standard error; on a terminal, one readable line.

A process calls `configure` before it does anything else, and logs with the standard library from then on:

    log.configure("worker-1")
    logging.getLogger("workers").info("child.started", extra={"child": 3, "pid": 4711})

    {"time": "2026-11-25T01:23:45.678+00:00", "level": "info", "process": "worker-1", "event": "child.started",
     "child": 3, "pid": 4711}

An event is words with dots between them. Any other text, such as a library's, is the `message` of an event that is
called after its logger. Uncaught exceptions and warnings are events too. No line holds a control character, a secret
(`wire.redaction`), or more than it may: what others say can neither forge a line nor fill the disk.

A child process that runs somebody's code does the same before it loads that code. Django brings no configuration of its
own here: its settings only make up for a process that has none. When standard error is to be taken away from the child
(to keep what a task prints), give `configure` a stream of its own, kept from before:

    log.configure("worker-1/3", stream=os.fdopen(os.dup(2), "w", buffering=1))

What a task function logs then arrives here as well; a handler that is added to the root logger sees it beside this one.
"""

import json
import logging
import math
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

from wire.redaction import HIDDEN, is_secret, redacted

LONGEST_TEXT: Final = 2_000
LONGEST_TRACEBACK: Final = 16_000
"""Characters; of a longer one its head and its tail are kept."""

LONGEST_FIELDS: Final = 32_000
"""Characters of all fields of an event together, and what each is worth at least."""

LONGEST_NAME: Final = 100
_EACH: Final = 50
_DEEPEST: Final = 4

_ORDINARY: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OWN: Final = frozenset({"time", "level", "process", "event", "message", "traceback", "stack"})
_EVENT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_BARE = re.compile(r"[A-Za-z0-9_./:+@*~-]+")

_secrets: set[str] = set()

type Line = dict[str, object]


class JSONLines(logging.Formatter):
    """One JSON object in ASCII: nothing that is in it can end the line or act on a terminal."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(told(record, self._process))


class ReadableLines(logging.Formatter):
    """For people: the event and its fields on one line, a traceback below it."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        return _readable(told(record, self._process))


def configure(process: str, *, stream: TextIO | None = None) -> None:
    """Log from here on, under this process's name, to the stream or to what standard error is at the time."""
    _install(process, stream)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def configure_unless_done(process: str) -> None:
    """For a process that has not called `configure`: its log lines look the same, all else stays as it is."""
    if not any(isinstance(handler, _Lines) for handler in logging.getLogger().handlers):
        _install(process, None)


def conceal(*secrets: str) -> None:
    """Never show these texts in any line of this process."""
    _secrets.update(secret for secret in secrets if len(secret) >= 8)


def last_words(process: str, why: str) -> None:
    """Say why this process cannot start: in plain words to a person, as an event to a log."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{why}\n")
        return
    sys.stderr.write(line(process, "start.refused", logging.ERROR, text=why))


def line(process: str, event: str, level: int = logging.INFO, **fields: object) -> str:
    """The line of an event, for who writes it himself, with its end."""
    record = logging.LogRecord(process, level, "", 0, event, None, None)
    vars(record).update(fields)
    return f"{JSONLines(process).format(record)}\n"


def readable(text: str) -> str:
    """A line of a log as a person would have it; what is none stays as it is, without its control characters."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return _readable(found) if isinstance(found, dict) and _OWN & found.keys() else _printable(text)


def told(record: logging.LogRecord, process: str) -> Line:
    """What a record says, in the order in which it is written."""
    try:
        message = record.getMessage()
    except Exception as error:  # noqa: BLE001  (the arguments do not fit the text, or one of them cannot be shown)
        message = f"{record.msg!r} with arguments that cannot be shown: {type(error).__name__}"
    found: Line = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "process": process,
    }
    if _EVENT.fullmatch(message) and len(message) <= LONGEST_NAME:
        found["event"] = message
    else:
        found["event"] = _text(record.name, LONGEST_NAME)
        found["message"] = _text(message, LONGEST_TEXT)
    fields = {name: value for name, value in vars(record).items() if name not in _ORDINARY}
    room = _Room(LONGEST_FIELDS)
    found |= {f"{name}_" if name in _OWN else name: value for name, value in room.entries(fields, _DEEPEST).items()}
    if record.exc_info:
        found["traceback"] = _story("".join(traceback.format_exception(*record.exc_info)))
    if record.stack_info:
        found["stack"] = _story(record.stack_info)
    return found


class _Lines(logging.Handler):
    """Each line goes out with one write: what several processes write to one file is never mixed."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        # Standard error may have been replaced since, as tests and task functions do.
        stream = self._stream or sys.stderr
        if stream is None:
            return
        try:
            stream.write(f"{self.format(record)}\n")
            stream.flush()
        except Exception:  # noqa: BLE001
            # Nobody reads any more, or the disk is full: no reason for the process to end, and nowhere to say so.
            return


def _install(process: str, stream: TextIO | None) -> None:
    handler = _Lines(stream)
    where = stream or sys.stderr
    people = where is not None and where.isatty()
    handler.setFormatter(ReadableLines(process) if people else JSONLines(process))
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one, _Lines)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    logging.getLogger("process").critical("process.failed", exc_info=(kind, error, where))


def _uncaught_in_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is None or issubclass(failed.exc_type, SystemExit):
        return
    thread = failed.thread.name if failed.thread else None
    told_of = (failed.exc_type, failed.exc_value, failed.exc_traceback)
    logging.getLogger("process").error("thread.failed", extra={"thread_name": thread}, exc_info=told_of)


def _unraisable(failed: "sys.UnraisableHookArgs") -> None:
    where = f"{failed.err_msg or 'ignored in'} {_shown(failed.object)}"
    error = failed.exc_value or failed.exc_type()
    story = (failed.exc_type, error, failed.exc_traceback)
    logging.getLogger("process").error("error.ignored", extra={"where": where}, exc_info=story)


class _Room:
    """What is left of a line's length. Once it is used up, the rest of the fields is left out."""

    def __init__(self, left: int) -> None:
        self._left = left

    def entries(self, mapping: Mapping[Any, object], depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in mapping.items():
            if self._left <= 0:
                break
            name = self._text(_shown(key), LONGEST_NAME)
            found[name] = HIDDEN if is_secret(name) else self._value(value, depth)
        return found

    def _value(self, value: object, depth: int) -> object:
        self._left -= _EACH
        match value:
            case None | bool():
                return value
            case int():
                # A reader of JSON has room for 64 bits, and Python itself refuses to write 4,300 digits.
                return int(value) if value.bit_length() < 64 else f"a number of {value.bit_length()} bits"
            case float():
                return value if math.isfinite(value) else str(value)
            case Mapping():
                return self.entries(value, depth - 1) if depth else "{…}"
            case list() | tuple() | set() | frozenset():
                return self._list(value, depth - 1) if depth else "[…]"
            case _:
                return self._text(_shown(value), LONGEST_TEXT)

    def _list(self, values: Iterable[object], depth: int) -> list[object]:
        found: list[object] = []
        for value in values:
            if self._left <= 0:
                break
            found.append(self._value(value, depth))
        return found

    def _text(self, text: str, longest: int) -> str:
        text = _text(text, longest)
        self._left -= len(text)
        return text


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  (what an object says of itself is its own code)
        return f"<{type(value).__name__} that cannot be shown>"


def _text(text: str, longest: int) -> str:
    # Cut twice: a secret that lies across the first cut would not be known by its head.
    text = redacted(text[: 2 * longest + 200], frozenset(_secrets))
    return text if len(text) <= longest else f"{text[:longest]}…"


def _story(text: str) -> str:
    half = LONGEST_TRACEBACK // 2
    if len(text) > 4 * LONGEST_TRACEBACK:
        text = f"{text[: 2 * LONGEST_TRACEBACK]}{text[-2 * LONGEST_TRACEBACK :]}"
    text = redacted(text.rstrip("\n"), frozenset(_secrets))
    return text if len(text) <= LONGEST_TRACEBACK else f"{text[:half]}\n…\n{text[-half:]}"


def _readable(found: Line) -> str:
    time = str(found.get("time", ""))[11:23]
    head = [time, str(found.get("level", "")).ljust(8), str(found.get("process", "")), str(found.get("event", ""))]
    if message := found.get("message"):
        head.append(str(message))
    fields = [f"{name}={_word(value)}" for name, value in found.items() if name not in _OWN]
    below = [
        f"    {_printable(part)}" for name in ("traceback", "stack") for part in str(found.get(name, "")).splitlines()
    ]
    return "\n".join([_printable(" ".join([*head, *fields])), *below])


def _word(value: object) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
