"""What was read from `TASKS` and waits to be written, between the thread that reads and the one that writes."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from backend.ventilator.unwritten import Piece

FRAMES_AT_MOST: Final = 2_000
BYTES_AT_MOST: Final = 32 * 1024 * 1024
"""When so much waits no more is to be read: so many frames, or so many bytes."""


class Backlog:
    """Frames in the order in which they came, and room for what an earlier ventilator has left, which comes before."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: deque[bytes] = deque()
        self._left: deque[Piece] = deque()
        self._bytes = 0
        self._ended = False

    @property
    def full(self) -> bool:
        """Whether to leave further frames where they are."""
        return len(self._frames) + len(self._left) >= FRAMES_AT_MOST or self._bytes >= BYTES_AT_MOST

    @property
    def half_full(self) -> bool:
        return len(self._frames) + len(self._left) >= FRAMES_AT_MOST // 2 or self._bytes >= BYTES_AT_MOST // 2

    def put_left(self, pieces: Sequence[Piece]) -> None:
        """What an earlier ventilator could not write. It takes its room here, or each that ends so would leave more."""
        with self._changed:
            self._left.extend(pieces)
            self._bytes += sum(len(piece.body) for piece in pieces)

    def take_left(self) -> Piece | None:
        with self._changed:
            if not self._left:
                return None
            piece = self._left.popleft()
            self._bytes -= len(piece.body)
            return piece

    def put(self, frame: bytes) -> None:
        with self._changed:
            self._frames.append(frame)
            self._bytes += len(frame)
            self._changed.notify()

    def take(self, *, wait: bool) -> Piece | None:
        """The oldest frame; None if there is none. With `wait` that is only once nothing comes any more."""
        with self._changed:
            while wait and not self._frames and not self._ended:
                self._changed.wait()
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            return Piece(frame)

    def end(self) -> None:
        """Nothing comes any more: who waits is to go on."""
        with self._changed:
            self._ended = True
            self._changed.notify()
