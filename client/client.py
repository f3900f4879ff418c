"""The whole API of one Zonda, over one URL."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from client.connection import Connection, Pool
from client.documents import (
    CANCEL,
    COUNTS,
    CREATE,
    CREATE_MANY,
    DELETE,
    DRAIN,
    PAUSE,
    QUEUES,
    RESUME,
    RETRY,
    TASK_TYPES,
    TASKS,
    WORKERS,
)
from client.handle import CreatedTasks, TaskHandle
from client.ids import fresh_id
from client.records import Counts, Draft, Filter, Options, Queue, Row, TaskType, Worker

DEFAULT_URL: Final = "http://127.0.0.1:8000/graphql"
PATIENCE: Final = 10.0
"""Seconds for which a call is tried again while nobody answers."""

_PAGE: Final = 200


class Client:
    """Creates tasks and asks after them. May be used by several threads; as a context it closes at the end.

    Without a URL it is that of ZONDA_GRAPHQL_URL, else the one where Zonda serves unless told otherwise.
    """

    def __init__(self, url: str | None = None, *, patience: float = PATIENCE, pool: Pool | None = None) -> None:
        address = url or os.environ.get("ZONDA_GRAPHQL_URL", "").strip() or DEFAULT_URL
        self._connection = Connection(address, patience=patience, pool=pool)
        self._options = Options()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return self._connection.url

    def close(self) -> None:
        """Close the connections that are open."""
        self._connection.close()

    def using(
        self,
        *,
        id: str | None = None,
        queue: str | None = None,
        priority: int | None = None,
        run_after: datetime | None = None,
        expires_at: datetime | None = None,
        timeout: float | None = None,
        max_attempts: int | None = None,
    ) -> "Client":
        """The same client, which creates with these options: `client.using(queue="mail").create("greet", "you")`."""
        given = {
            "id": id,
            "queue": queue,
            "priority": priority,
            "run_after": run_after,
            "expires_at": expires_at,
            "timeout": timeout,
            "max_attempts": max_attempts,
        }
        other = object.__new__(Client)
        other._connection = self._connection
        other._options = msgspec.structs.replace(self._options, **{k: v for k, v in given.items() if v is not None})
        return other

    def create(self, name: str, /, *args: Any, **kwargs: Any) -> TaskHandle:
        """Create one task; it is on disk when this returns.

        It has an id of its own from the start, so that asking again after a lost answer creates no second one.
        """
        options = msgspec.to_builtins(self._options)
        key = self._connection.ask(CREATE, {"id": fresh_id(), **options, "name": name, "args": args, "kwargs": kwargs})
        return TaskHandle(self._connection, key.id)

    def create_many(self, drafts: Sequence[Draft]) -> CreatedTasks:
        """Create up to 10,000 tasks in one call, all or none: `Refused.details["index"]` says which one is wrong."""
        tasks = [draft if draft.id else msgspec.structs.replace(draft, id=fresh_id()) for draft in drafts]
        created = self._connection.ask(CREATE_MANY, {"tasks": tasks})
        handles = (TaskHandle(self._connection, key.id) for key in created.tasks)
        return CreatedTasks(handles, created.existing)

    def task(self, id: str) -> TaskHandle:
        """The task with this id; asks nobody yet."""
        return TaskHandle(self._connection, id)

    def tasks(self, filter: Filter | None = None, *, at_once: int = _PAGE) -> Iterator[Row]:
        """The tasks that the filter fits, the newest first; asks for the next page once it is read that far."""
        after: str | None = None
        while True:
            page = self._connection.ask(TASKS, {"first": at_once, "after": after, "filter": filter or Filter()})
            yield from page.nodes
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor

    def counts(self, filter: Filter | None = None) -> Counts | None:
        """How many tasks of each status the filter fits, whatever statuses it names; None where that is not cheap."""
        return self._connection.ask(COUNTS, {"filter": filter or Filter()}).counts

    def retry(self, ids: Sequence[str] | None = None, filter: Filter | None = None) -> int:
        """Have these tasks run again, all of which have ended; how many. Either ids or a filter says which."""
        # Not sent again when its answer was lost: some may have run in between, and would run a second time.
        return self._connection.ask(RETRY, {"ids": ids, "filter": filter}, repeatable=False).count

    def cancel(self, ids: Sequence[str] | None = None, filter: Filter | None = None) -> int:
        """Ask for the end of those of these tasks that have not ended; how many. Either ids or a filter says which."""
        return self._connection.ask(CANCEL, {"ids": ids, "filter": filter}).count

    def delete(self, ids: Sequence[str] | None = None, filter: Filter | None = None) -> int:
        """Delete these tasks, all of which have ended; how many. Either ids or a filter says which."""
        return self._connection.ask(DELETE, {"ids": ids, "filter": filter}).count

    def queues(self) -> list[Queue]:
        """Every queue with how many tasks wait and run in it."""
        return self._connection.ask(QUEUES)

    def pause(self, queue: str, reason: str | None = None) -> Queue:
        """Have nothing of this queue start until it is resumed."""
        return self._connection.ask(PAUSE, {"name": queue, "reason": reason})

    def resume(self, queue: str) -> Queue:
        """Have the tasks of this queue start again."""
        return self._connection.ask(RESUME, {"name": queue})

    def drain(self, topic: str) -> Worker:
        """Have this worker end what it runs, take nothing new, and leave."""
        return self._connection.ask(DRAIN, {"topic": topic})

    def workers(self) -> list[Worker]:
        """The load table: every worker, with what it runs and holds."""
        return self._connection.ask(WORKERS)

    def task_types(self) -> list[TaskType]:
        """Every task function there is."""
        return self._connection.ask(TASK_TYPES)
