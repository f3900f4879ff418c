"""What one attempt prints and logs: numbered lines, a few times a second, and not without end. Pure."""

from collections import deque
from collections.abc import Iterator

from wire.messages import LINES_AT_MOST, Line
from workers.lines import LINE_BYTES_AT_MOST, Unended, readable

LIVE_LINES = 2_000
LIVE_BYTES = 1024 * 1024
"""So many lines, and so many bytes of them, are told as they come. Further ones are only counted, but for the last."""

LAST_LINES = 100
LAST_BYTES = 256 * 1024
"""Of those that are only counted, the last so many are told at the end."""

FIRST_AFTER = 0.1
"""Seconds that a line waits for more lines."""

EVERY = 0.25
"""Seconds between two reports, at least."""

REPORT_BYTES = 256 * 1024
"""Bytes of lines in one report, unless one alone has more."""

WORKER = "worker"
"""The stream on which the worker itself speaks."""

_NEVER = float("inf")


class Output:
    """Takes what an attempt that began at `since` prints, in pieces cut anywhere, and gives lines to report."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._unended: dict[str, Unended] = {}
        self._ready: deque[tuple[Line, int]] = deque()
        self._ready_at = _NEVER
        self._taken_at = -_NEVER
        self._numbered = 0
        self._live_bytes = 0
        # Beyond the limit: all lines and bytes there were, and the last of them, each with its size and stream.
        self._more_lines = 0
        self._more_bytes = 0
        self._last: deque[tuple[bytes, int, str]] = deque()
        self._last_bytes = 0

    def begin(self, now: float) -> None:
        """The attempt begins only now."""
        self._since = now

    def feed(self, stream: str, piece: bytes, now: float) -> None:
        """The attempt has printed that."""
        unended = self._unended.setdefault(stream, Unended())
        begin = 0
        while not self._full:
            end = piece.find(b"\n", begin)
            if end < 0:
                unended.add(piece[begin:])
                return
            unended.add(piece[begin : end + 1])
            begin = end + 1
            size = unended.size
            self._say(stream, unended.take().removesuffix(b"\n"), size, now)
        self._count(stream, unended, piece[begin:])

    def end(self, now: float) -> None:
        """Nothing comes any more: what is left is to be taken, the last lines among it."""
        for stream, unended in self._unended.items():
            if size := unended.size:
                if self._full:
                    self._keep_last(unended.take(), size, stream)
                    self._more_lines += 1
                    self._more_bytes += size
                else:
                    self._say(stream, unended.take(), size, now)
        lines = self._more_lines - len(self._last)
        if lines:
            size = self._more_bytes - self._last_bytes
            self._say(
                WORKER, f"… {lines:,} {'line' if lines == 1 else 'lines'} ({_told(size)}) left out …".encode(), 0, now
            )
        for line, size, stream in self._last:
            self._say(stream, line, size, now)
        self._last.clear()

    def next_due(self) -> float:
        """When to take the next lines; infinity while there are none."""
        return max(self._ready_at + FIRST_AFTER, self._taken_at + EVERY) if self._ready else _NEVER

    def take(self, now: float) -> tuple[Line, ...]:
        """The lines for one report, in order; empty when there are none."""
        lines: list[Line] = []
        room = REPORT_BYTES
        while self._ready and len(lines) < LINES_AT_MOST:
            line, size = self._ready[0]
            room -= size
            if lines and room < 0:
                break
            lines.append(line)
            self._ready.popleft()
        self._taken_at = now
        return tuple(lines)

    def take_all(self, now: float) -> Iterator[tuple[Line, ...]]:
        """All lines that are left, for as many reports as that takes."""
        while lines := self.take(now):
            yield lines

    @property
    def _full(self) -> bool:
        return self._numbered >= LIVE_LINES or self._live_bytes >= LIVE_BYTES

    def _say(self, stream: str, line: bytes, size: int, now: float) -> None:
        self._numbered += 1
        self._live_bytes += min(size, LINE_BYTES_AT_MOST)
        text = readable(line)
        if not self._ready:
            self._ready_at = now
        told = Line(number=self._numbered, after=max(0.0, now - self._since), stream=stream, text=text)
        self._ready.append((told, len(text.encode())))

    def _count(self, stream: str, unended: Unended, piece: bytes) -> None:
        """As `feed`, beyond the limit: nearly as fast as the lines can be counted, however many there are."""
        count = piece.count(b"\n")
        if not count:
            unended.add(piece)
            return
        *whole, rest = piece.rsplit(b"\n", LAST_LINES + 1)
        before = unended.size
        if count <= LAST_LINES:
            unended.add(whole[0])
            size = unended.size + 1
            self._keep_last(unended.take(), size, stream)
        # Else the first part is many lines, and none of them is among the last.
        for line in whole[1:]:
            self._keep_last(line[: LINE_BYTES_AT_MOST + 1], len(line) + 1, stream)
        unended.take()
        unended.add(rest)
        self._more_lines += count
        self._more_bytes += before + len(piece) - len(rest)

    def _keep_last(self, line: bytes, size: int, stream: str) -> None:
        self._last.append((line, size, stream))
        self._last_bytes += size
        while len(self._last) > LAST_LINES or (self._last_bytes > LAST_BYTES and len(self._last) > 1):
            self._last_bytes -= self._last.popleft()[1]


def _told(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.0f} {unit}"
    return f"{size} B"
