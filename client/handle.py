"""One task, held by its id."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from client.connection import Connection
from client.documents import CANCEL, LOG, RETRY, STATUS, TASK, WAITING
from client.errors import NotDone, TaskFailed
from client.records import LoggedAttempt, LogLine, Status, Task

_LINES: Final = 200
_TELL_AFTER: Final = 2.0  # seconds


class CreatedTasks(list["TaskHandle"]):
    """Tasks in the order asked. `existing` says how many were there before, with the same id and content."""

    def __init__(self, tasks: Iterable["TaskHandle"], existing: int) -> None:
        super().__init__(tasks)
        self.existing = existing


class TaskHandle:
    """A task that exists, or existed. Every method asks the backend, and raises Refused when there is no such task."""

    __slots__ = ("_connection", "id")

    def __init__(self, connection: Connection, id: str) -> None:
        self._connection = connection
        self.id = id

    def __repr__(self) -> str:
        return f"TaskHandle({self.id!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskHandle) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def status(self) -> Status:
        """Where it stands now."""
        return self._connection.ask(STATUS, {"id": self.id}).status

    def read(self) -> Task:
        """All of it as it is now."""
        return self._connection.ask(TASK, {"id": self.id})

    def wait(self, timeout: float | None = None, *, told: Callable[[str], None] | None = None) -> Task:
        """All of it once it has ended, however that was; NotDone when it has not within so many seconds.

        The backend answers the moment the task ends: waiting costs one open request. `told` is called with why it does
        not run yet when that has held for two seconds, and whenever it says something else two seconds later.
        """
        clock = self._connection.clock
        deadline = clock() + (float("inf") if timeout is None else timeout)
        asked = STATUS if told is None else WAITING
        tell_at, last = clock() + _TELL_AFTER, None
        seen = self._connection.look(asked, {"id": self.id})
        while seen is None or not seen.value.status.ended:
            now = clock()
            if now >= deadline:
                status, waiting = (seen.value.status, seen.value.waiting) if seen else (Status.QUEUEING, None)
                raise NotDone(self.id, status, waiting)
            until = deadline
            if told is not None and seen is not None and seen.value.waiting not in (None, last):
                if now >= tell_at:
                    last, tell_at = seen.value.waiting, now + _TELL_AFTER
                    told(last)
                else:
                    until = min(until, tell_at)
            seen = self._connection.look(asked, {"id": self.id}, seen.tag if seen else None, until - now) or seen
        return self.read()

    def result(self, timeout: float | None = None) -> Any:
        """What the task function returned, waiting for it; raises TaskFailed when it failed, and NotDone."""
        task = self.wait(timeout)
        if task.status is Status.FAILED:
            raise TaskFailed(task)
        return task.result

    def log(self, *, follow: bool = False) -> Iterator[tuple[LoggedAttempt, LogLine]]:
        """What its attempts printed and logged, line by line; with `follow`, as it comes, until the task has ended."""
        number, after = 1, 0
        known: str | None = None
        while True:
            asked = {"id": self.id, "first": _LINES, "after": after}
            seen = self._connection.look(LOG, asked, known)
            if seen is None:
                continue
            known = None
            attempts = {attempt.number: attempt for attempt in seen.value.attempts}
            current = attempts.get(number)
            if current is not None and current.log:
                yield from ((current, line) for line in current.log)
                after = current.log[-1].number
            elif any(later > number for later in attempts):
                number, after = number + 1, 0
            elif not follow or seen.value.status.ended:
                return
            else:
                known = seen.tag

    def cancel(self) -> bool:
        """Ask for its end; False when it has ended already. One that runs is interrupted, and ends a moment later."""
        return self._connection.ask(CANCEL, {"ids": [self.id]}).count == 1

    def retry(self) -> None:
        """Have it run again though it has ended, with its attempts counted afresh; Refused when it has not ended."""
        # Not sent again when its answer was lost: it may have run in between, and would run a second time.
        self._connection.ask(RETRY, {"ids": [self.id]}, repeatable=False)
