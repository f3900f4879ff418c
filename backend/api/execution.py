"""A valid document is executed: in a database thread, never in the event loop."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, OperationType, execute_sync
from msgspec import Struct
from msgspec.structs import replace

from backend.api.answer import Answer, Media, answered, invalid, refused
from backend.api.documents import Document, Invalid, Unparsable
from backend.api.errors import TOO_MANY, Code, formatted, masked, unavailable
from backend.api.loading import Viewer
from backend.api.request import BadRequest, Unreadable, from_body
from backend.api.threads import ALONE, WAITS_AT_MOST, Full, Readers, Unsaved, Writer
from backend.api.values import ANSWERED_AT_MOST, Values
from backend.tasks import selectors

LARGE: Final = 1024 * 1024
"""Bytes of a body above which it is the only such one that is decoded: one of ZONDA_MAX_BODY may take 300 MB then. It
waits for that as long as for the writer."""

_BULK = ("retryTasks", "cancelTasks", "deleteTasks")


class Call(Struct, frozen=True):
    """One operation to execute. `size` is that of the request in bytes.

    That of a long request is in its `body` still: the variables are decoded, and the cost is checked, when its turn has
    come.
    """

    document: Document
    variables: dict[str, Any]
    operation_name: str | None
    media: Media
    service: bool = False
    size: int = 0
    body: bytes = b""

    @property
    def bulk(self) -> bool:
        """Whether it may change any number of tasks, in many transactions."""
        return any(name in self.document.text for name in _BULK)

    @property
    def operation(self) -> OperationType:
        return self.document.operation(self.operation_name)


class Executor:
    """Executes calls in the database threads, and says when this process has changed the record."""

    def __init__(
        self,
        schema: GraphQLSchema,
        readers: Readers,
        writer: Writer,
        bulk: Writer,
        *,
        patience: float = WAITS_AT_MOST,
    ) -> None:
        self._schema = schema
        self._large = asyncio.Lock()
        self._patience = patience
        self._readers = readers
        self._writer = writer
        self._bulk = bulk

    async def prepare[T](self, work: Callable[[], T]) -> T:
        """Run what takes processor time but no database."""
        return await self._readers.run(work)

    async def execute(self, call: Call) -> Answer:
        """The answer; never raises for what the call or the database does."""
        try:
            # Our own sink is one, and never waits behind what others send.
            if len(call.body) <= LARGE or call.service:
                return await self._execute(call)
            async with self._alone():
                return await self._execute(call)
        except Full:
            return refused(call.media, 503, Code.UNAVAILABLE, unavailable(TOO_MANY))
        except Unsaved as error:
            return refused(call.media, 503, Code.UNAVAILABLE, unavailable(str(error)))
        except Exception as error:  # noqa: BLE001  (the edge: masked logs it with its traceback)
            return answered(call.media, None, [masked(error)], 0.0)

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        """The turn of a call that takes much memory once it is decoded; Full when it does not come."""
        try:
            async with asyncio.timeout(self._patience):
                await self._large.acquire()
        except TimeoutError:
            raise Full from None
        try:
            yield
        finally:
            self._large.release()

    async def _execute(self, call: Call) -> Answer:
        if call.operation is OperationType.MUTATION:
            # What changes thousands of tasks takes its turn to write beside the others, not before them.
            writer, weight = (self._bulk, ALONE) if call.bulk else (self._writer, call.size)
            return await writer.run(lambda: execute(self._schema, call), weight, service=call.service)
        return await self._readers.run(lambda: _read(self._schema, call))

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
    if call.body:
        try:
            call = _decoded(call)
        except (BadRequest, Invalid) as error:
            return not_executed(call.media, error)
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
    for told in result.errors or ():
        _forget(told)
    if result.data is None and errors and all(error.path is None for error in result.errors or ()):
        # Without a path it is no field's error: the variables did not fit, and nothing was executed.
        return invalid(call.media, errors)
    return answered(call.media, result.data, errors, time.thread_time() - before)


def not_executed(media: Media, error: BadRequest | Invalid) -> Answer:
    """The answer to a request that is none, or none that may be executed."""
    if isinstance(error, Invalid):
        return invalid(media, [formatted(one) for one in error.errors], parsed=not isinstance(error, Unparsable))
    return refused(media, 400 if isinstance(error, Unreadable) else 422, Code.BAD_INPUT, str(error))


def _decoded(call: Call) -> Call:
    """The call with the variables of its body. Raises BadRequest, and Invalid when it would answer with too much."""
    variables = from_body(call.body).variables or {}
    call.document.check_cost(call.operation_name, variables)
    return replace(call, variables=variables, body=b"")


def _forget(error: GraphQLError) -> None:
    """Let go of the frames that an error went through: these know it too, and all variables would stay until Python
    looks for such circles."""
    cause: BaseException | None = error
    # One that is raised again `from` itself has no traceback any more the second time.
    while cause is not None and cause.__traceback__ is not None:
        cause.__traceback__ = None
        cause = cause.original_error if isinstance(cause, GraphQLError) else cause.__cause__
