"""In a child process: what its worker wants to end, heard in the main thread in the middle of whatever that does."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from workers.channel import decode_interrupts
from workers.signals import INTERRUPT
from workers.why import Why

_MOST = 64 * 1024


class Interrupts:
    """Reads them from `pipe` at a signal, and calls `interrupt` for the run that they are meant for and no other."""

    def __init__(self, pipe: int, interrupt: Callable[[Why], None]) -> None:
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._interrupt = interrupt
        self._fence: int | None = None
        self._meant: tuple[int, Why] | None = None
        self._holding_back = False
        self.listen()

    def listen(self) -> None:
        """Hear the signal, whatever a task function has done to it."""
        signal.signal(INTERRUPT, self._heed)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [INTERRUPT])

    @contextmanager
    def meant_for(self, fence: int) -> Iterator[None]:
        """What runs in here runs under this fence."""
        self._fence = fence
        self._pass_on()
        try:
            yield
        finally:
            self._fence = None

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """What is done in here is done whole: an interrupt waits for its end."""
        if threading.current_thread() is not threading.main_thread():
            # Nothing interrupts it there.
            yield
            return
        self._holding_back = True
        try:
            yield
        finally:
            self._holding_back = False
            self._pass_on()

    def _heed(self, number: int, frame: FrameType | None) -> None:
        try:
            for fence, why in decode_interrupts(os.read(self._pipe, _MOST)):
                # It may have come before the task that it is meant for.
                self._meant = fence, why
        except BlockingIOError:
            # Somebody else's signal, or the second one for what was read at the first.
            pass
        self._pass_on()

    def _pass_on(self) -> None:
        if self._meant is None or self._holding_back or self._meant[0] != self._fence:
            return
        why = self._meant[1]
        self._meant = None
        self._interrupt(why)
