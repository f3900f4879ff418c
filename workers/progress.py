"""In a child process: what a task function says of its progress, a few times a second."""

import os
import threading
from collections.abc import Callable
from time import monotonic

from wire.messages import PROGRESS_AT_MOST
from workers.channel import Progressed, printable
from workers.interrupts import Interrupts

EVERY = 0.25
"""Seconds between two that are sent, at least. What is said meanwhile waits, and only the last of it is sent."""


class Progress:
    """Of the run under this fence; `send` has them go out whole."""

    def __init__(self, send: Callable[[Progressed], None], interrupts: Interrupts, fence: int) -> None:
        self._send = send
        self._fence = fence
        self._interrupts = interrupts
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting: Progressed | None = None
        self._sent_at = -EVERY
        self._timer: threading.Timer | None = None
        self._over = False

    def tell(self, fraction: float | None, message: str | None) -> None:
        """From any thread of this process. Nothing comes of it in a fork of it, or once the run is over."""
        if os.getpid() != self._process:
            return
        words = None if message is None else printable(message)[:PROGRESS_AT_MOST]
        said = Progressed(fence=self._fence, fraction=fraction, message=words)
        with self._interrupts.held_back(), self._lock:
            wait = self._sent_at + EVERY - monotonic()
            if self._over:
                return
            if self._timer is None and wait <= 0:
                self._go_out(said)
                return
            self._waiting = said
            if self._timer is None:
                self._timer = threading.Timer(wait, self._ring)
                self._timer.daemon = True
                self._timer.start()

    def end(self) -> None:
        """The run is over: send what waits."""
        with self._lock:
            self._over = True
            if self._timer is not None:
                self._timer.cancel()
            if self._waiting is not None:
                self._go_out(self._waiting)

    def _ring(self) -> None:
        with self._lock:
            self._timer = None
            if self._waiting is not None and not self._over:
                self._go_out(self._waiting)

    def _go_out(self, said: Progressed) -> None:
        self._waiting = None
        self._sent_at = monotonic()
        self._send(said)
