"""What a child process prints while it runs no task: for the worker's log, and not without end."""

import logging

from workers.lines import readable

log = logging.getLogger("workers.children")

AT_MOST = 20
"""Pieces that are logged in `EVERY` seconds."""

EVERY = 10.0


class Asides:
    """Of one child."""

    def __init__(self, number: int, pid: int) -> None:
        self._number = number
        self._pid = pid
        self._began = -EVERY
        self._logged = 0
        self._left_out = 0

    def take(self, stream: str, piece: bytes, now: float) -> None:
        """The child has printed that. `left_out` counts the bytes before it that were not logged."""
        if now >= self._began + EVERY:
            self._began, self._logged = now, 0
        if self._logged == AT_MOST:
            self._left_out += len(piece)
            return
        self._logged += 1
        text = "\n".join(readable(line) for line in piece[:_PIECE_AT_MOST].rstrip(b"\n").split(b"\n"))
        left_out, self._left_out = self._left_out + len(piece[_PIECE_AT_MOST:]), 0
        log.info(
            "child.said",
            extra={"child": self._number, "pid": self._pid, "stream": stream, "text": text, "left_out": left_out},
        )


_PIECE_AT_MOST = 4_000
