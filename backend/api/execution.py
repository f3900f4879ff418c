"""A valid document is executed: in a database thread, never in the event loop."""

import time
from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema, OperationType, execute_sync
from msgspec import Struct

from backend.api.answer import Answer, Media, answered, invalid, refused
from backend.api.documents import Document
from backend.api.errors import TOO_MANY, Code, formatted, masked, unavailable
from backend.api.loading import Viewer
from backend.api.threads import ALONE, Full, Readers, Unsaved, Writer
from backend.api.values import ANSWERED_AT_MOST, Values
from backend.tasks import selectors

_BULK = ("retryTasks", "cancelTasks", "deleteTasks")


class Call(Struct, frozen=True):
    """One operation to execute. `size` is that of the request in bytes."""

    document: Document
    variables: dict[str, Any]
    operation_name: str | None
    media: Media
    service: bool = False
    size: int = 0

    @property
    def bulk(self) -> bool:
        """Whether it may change any number of tasks, in many transactions."""
        return any(name in self.document.text for name in _BULK)

    @property
    def operation(self) -> OperationType:
        return self.document.operation(self.operation_name)


class Executor:
    """Executes calls in the database threads, and says when this process has changed the record."""

    def __init__(self, schema: GraphQLSchema, readers: Readers, writer: Writer, bulk: Writer) -> None:
        self._schema = schema
        self._readers = readers
        self._writer = writer
        self._bulk = bulk

    async def prepare[T](self, work: Callable[[], T]) -> T:
        """Run what takes processor time but no database."""
        return await self._readers.run(work)

    async def execute(self, call: Call) -> Answer:
        """The answer; never raises for what the call or the database does."""
        try:
            if call.operation is OperationType.MUTATION:
                # What changes thousands of tasks takes its turn to write beside the others, not before them.
                writer, weight = (self._bulk, ALONE) if call.bulk else (self._writer, call.size)
                return await writer.run(lambda: execute(self._schema, call), weight, service=call.service)
            return await self._readers.run(lambda: _read(self._schema, call))
        except Full:
            return refused(call.media, 503, Code.UNAVAILABLE, unavailable(TOO_MANY))
        except Unsaved as error:
            return refused(call.media, 503, Code.UNAVAILABLE, unavailable(str(error)))
        except Exception as error:  # noqa: BLE001  (the edge: masked logs it with its traceback)
            return answered(call.media, None, [masked(error)], 0.0)

    def close(self) -> None:
        self._writer.close()
        self._bulk.close()
        self._readers.close()


def _read(schema: GraphQLSchema, call: Call) -> Answer:
    with selectors.snapshot():
        return execute(schema, call)


def execute(schema: GraphQLSchema, call: Call, *, answered_at_most: int = ANSWERED_AT_MOST) -> Answer:
    """Execute the call in this thread. A query for more bytes of JSON values than that is refused as a whole."""
    before = time.thread_time()
    still = call.operation is OperationType.QUERY
    viewer = Viewer(call.service, still, Values(answered_at_most))
    result = execute_sync(
        schema,
        call.document.ast,
        context_value=viewer,
        variable_values=call.variables,
        operation_name=call.operation_name,
    )
    if still and (too_much := viewer.values.refused) is not None:
        # Said once, and not of every field that it left empty.
        only = next(error for error in result.errors or () if error.original_error is too_much)
        return answered(call.media, None, [formatted(only)], time.thread_time() - before)
    errors = [formatted(error) for error in result.errors or ()]
    if result.data is None and errors and all(error.path is None for error in result.errors or ()):
        # Without a path it is no field's error: the variables did not fit, and nothing was executed.
        return invalid(call.media, errors)
    return answered(call.media, result.data, errors, time.thread_time() - before)
