"""In a child process: streams and log, the same for each task function whatever the last one did."""

import ctypes
import fcntl
import io
import logging
import os
import resource
import sys
from typing import TextIO

ABOVE_STANDARD_STREAMS = 100

_ENCODING = "utf-8"
_ERRORS = "backslashreplace"


def _above() -> int:
    """The lowest number out of the way. Where few files may be open, that is not as high as it might be."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ABOVE_STANDARD_STREAMS if most == resource.RLIM_INFINITY else min(ABOVE_STANDARD_STREAMS, most // 2)


def kept(descriptor: int) -> int:
    """The same under another number, out of the way of a task function that closes what it takes for its own."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _above())
    os.close(descriptor)
    return high


class Streams:
    """Standard input, output and error of this process."""

    def __init__(self) -> None:
        self._kept = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _above()) for number in range(3)]
        self._flags = [(number, fcntl.fcntl(number, fcntl.F_GETFL)) for number in self._kept]
        self._libc = ctypes.CDLL(None)
        self._input = sys.stdin = _readable()
        self._output = sys.stdout = _text(1)
        self._error = sys.stderr = _text(2)

    def flush(self) -> None:
        """Let nothing of what was printed stay in this process: Python's, or a C library's."""
        for number, flags in self._flags:
            # They are what is open, whatever its numbers: where a write does not wait for room, much of it is lost.
            if fcntl.fcntl(number, fcntl.F_GETFL) != flags:
                fcntl.fcntl(number, fcntl.F_SETFL, flags)
        for stream in {id(one): one for one in (sys.stdout, sys.stderr, self._output, self._error)}.values():
            _flush(stream)
        self._libc.fflush(None)

    def restore(self) -> None:
        """Undo what was done to them."""
        for number, descriptor in enumerate(self._kept):
            os.dup2(descriptor, number)
        if self._input.closed or (self._input.encoding, self._input.errors) != (_ENCODING, _ERRORS):
            # Its encoding cannot be changed any more once somebody has read from it.
            self._input = _readable()
        self._output = _as_new(self._output, 1)
        self._error = _as_new(self._error, 2)
        sys.stdin, sys.stdout, sys.stderr = self._input, self._output, self._error


class LogToPipe(logging.Handler):
    """Writes each record as a line, or as several, with one write where a pipe allows it."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            rest = memoryview(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
            while rest:
                rest = rest[os.write(self._pipe, rest) :]
        except Exception:  # noqa: BLE001  # its arguments do not fit its text, or there is nobody to read it
            self.handleError(record)


def _readable() -> TextIO:
    return open(0, encoding=_ENCODING, errors=_ERRORS, closefd=False)  # for good


def _text(descriptor: int) -> io.TextIOWrapper:
    """A stream that keeps nothing back at the end of a line."""
    raw = io.FileIO(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), _ENCODING, _ERRORS, line_buffering=True)


def _as_new(stream: io.TextIOWrapper, descriptor: int) -> io.TextIOWrapper:
    """The same if that is possible, and written to in the same way."""
    if stream.closed:
        return _text(descriptor)
    if (stream.encoding, stream.errors, stream.line_buffering, stream.write_through) != (
        _ENCODING,
        _ERRORS,
        True,
        False,
    ):
        stream.reconfigure(encoding=_ENCODING, errors=_ERRORS, line_buffering=True, write_through=False)
    return stream


def _flush(stream: object) -> None:
    try:
        stream.flush()  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  # it may be anything that a task function has put there
        return
