"""What the ventilator's thread for the record is asked and has not done yet, in order."""

from collections import deque
from threading import Condition

from backend.ventilator.effects import ForRecord, WriteWorkers


class Asked[T]:
    """What waits for one thread; `T` is what others than the machine may ask.

    Rows of workers that wait behind each other become one asking, with the last row of each topic: they come every few
    seconds however long the record is away, and all else comes only once it has answered.
    """

    def __init__(self) -> None:
        self._waiting: deque[ForRecord | T] = deque()
        self._come = Condition()

    def put(self, asked: ForRecord | T) -> None:
        with self._come:
            last = self._waiting[-1] if self._waiting else None
            if isinstance(asked, WriteWorkers) and isinstance(last, WriteWorkers):
                rows = {row.topic: row for row in (*last.rows, *asked.rows)}
                self._waiting[-1] = WriteWorkers(tuple(rows.values()))
            else:
                self._waiting.append(asked)
            self._come.notify()

    def get(self, within: float) -> ForRecord | T | None:
        """The first that waits, None when there is nothing for so many seconds."""
        with self._come:
            return self._waiting.popleft() if self._come.wait_for(lambda: self._waiting, within) else None
