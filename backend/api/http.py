"""GraphQL over HTTP: the bare ASGI endpoint behind `/graphql`."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from graphql import GraphQLSchema, OperationType
from msgspec.structs import replace

from backend.api.access import Access
from backend.api.answer import Answer, Media, answered, refused, unchanged
from backend.api.bodies import BODIES_AT_MOST, KEPT_FOR_SERVICES, Bodies, Crowded, Held
from backend.api.cross_origin import decided
from backend.api.documents import Document, Documents, Invalid, prepare
from backend.api.errors import RIGHTS_CHANGED, TOO_MANY, Code, masked, unavailable
from backend.api.execution import Call, not_executed
from backend.api.live import Busy, Live
from backend.api.request import (
    BadRequest,
    GraphQLRequest,
    condition,
    from_body,
    from_query_string,
    head_of,
    header,
    negotiated,
)
from backend.api.sending import Send, Unread, send_answer
from backend.api.threads import Full

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]

METHODS = "GET, HEAD, POST, OPTIONS"
MAX_URL = 64 * 1024
MAX_HEADERS = 64 * 1024
"""Bytes of path and query, and of all headers together. What is longer belongs into a body."""

BODY_WITHIN = 60.0
"""Seconds in which a body must have arrived."""

DECODED_AT_ONCE = 64 * 1024
"""Bytes of a body whose variables are decoded in the event loop, in less than a millisecond. Those of a longer one stay
bytes until its turn has come: as Python objects they may take 20 times as much."""


class Executes(Protocol):
    """What the endpoint needs of an executor."""

    async def prepare[T](self, work: Callable[[], T]) -> T: ...

    async def execute(self, call: Call) -> Answer: ...


class _Gone(Exception):
    """The client has hung up: nobody reads an answer."""


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    """The request ends here, with this answer."""

    answer: Answer


class GraphQLEndpoint:
    """Reads a request, has it executed, writes the answer. Host, Origin and Content-Type are checked before it."""

    def __init__(self, schema: GraphQLSchema, executor: Executes, live: Live, access: Access, *, max_body: int) -> None:
        self._schema = schema
        self._executor = executor
        self._live = live
        self._access = access
        self._max_body = max_body
        self._documents = Documents()
        self._bodies = Bodies(max(BODIES_AT_MOST, KEPT_FOR_SERVICES + max_body), KEPT_FOR_SERVICES)
        self._unread = Unread()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        preflight, headers = decided(dict(scope))
        if preflight or scope["method"] == "OPTIONS":
            await send_answer(send, Answer(204, b"", ((b"allow", METHODS.encode()),)), headers)
            return
        try:
            answer = await self._answer(scope, receive)
        except _Refused as refusal:
            answer = refusal.answer
        except _Gone:
            return
        except Exception as error:  # noqa: BLE001  (the edge: masked logs it with its traceback)
            answer = answered(Media.JSON, None, [masked(error)], 0.0)
        with self._unread.held(answer.body):
            await send_answer(send, answer, headers, bodiless=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        media = negotiated(header(scope["headers"], b"accept"))
        if media is None:
            message = f"Answers are {' or '.join(Media)}; the Accept header takes neither."
            raise _Refused(refused(Media.JSON, 406, Code.BAD_INPUT, message))
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise _not_allowed(media, "Only GET and POST are answered here.", METHODS)
        _refuse_overlong(media, scope)
        try:
            if scope["method"] != "POST":
                call = await self._call(from_query_string(scope["query_string"]), media, scope)
                return self._unread.admitted(await self._get(call, scope, receive))
            with self._bodies.held(service=self._access.is_service(scope["headers"])) as held:
                body = await self._body(scope, receive, media, held)
                late = len(body) > DECODED_AT_ONCE
                request = head_of(body) if late else from_body(body)
                call = await self._call(request, media, scope, size=len(body), body=body if late else b"")
                answer = await self._executor.execute(call)
            # What a mutation has done is told in any case: a client that is refused would do it again.
            return answer if call.operation is OperationType.MUTATION else self._unread.admitted(answer)
        except (Crowded, Full):
            return refused(media, 503, Code.UNAVAILABLE, unavailable(TOO_MANY))
        except (BadRequest, Invalid) as error:
            return not_executed(media, error)

    async def _call(
        self, request: GraphQLRequest, media: Media, scope: Scope, *, size: int = 0, body: bytes = b""
    ) -> Call:
        service = self._access.is_service(scope["headers"])
        document = self._documents.find(request.query)
        if document is None:
            # A report's one line takes a millisecond, and is not to wait behind what others ask.
            document = (
                prepare(request.query, self._schema)
                if service
                else await self._executor.prepare(lambda: prepare(request.query, self._schema))
            )
            self._documents.keep(document)
        call = Call(document, request.variables or {}, request.operationName, media, service, size, body)
        operation = call.operation
        if scope["method"] != "POST" and operation is not OperationType.QUERY:
            raise _not_allowed(media, "A mutation must be sent by POST: a GET changes nothing.", "POST")
        if not body:
            document.check_cost(request.operationName, call.variables)
        return call

    async def _get(self, call: Call, scope: Scope, receive: Receive) -> Answer:
        wanted = condition(scope["headers"])
        if wanted is None or not wanted.wait:
            return _tagged(await self._executor.execute(call), known=wanted.knows if wanted else None)
        gone = asyncio.ensure_future(_hung_up(receive))
        try:
            found = await self._live.wait(_key(call), lambda: self._executor.execute(call), wanted, gone)
            if gone.done():
                raise _Gone
        except Busy:
            return refused(call.media, 503, Code.UNAVAILABLE, unavailable(TOO_MANY))
        finally:
            gone.cancel()
        if self._access.is_service(scope["headers"]) != call.service:
            # The answer is for the rights that it came with, which somebody may have taken away while it waited.
            return refused(call.media, 403, Code.FORBIDDEN, RIGHTS_CHANGED)
        applied = (b"preference-applied", f"wait={wanted.wait:.0f}".encode())
        if found is None:
            return unchanged(applied)
        tagged = _tagged(found, known=wanted.knows)
        return replace(tagged, headers=(*tagged.headers, applied))

    async def _body(self, scope: Scope, receive: Receive, media: Media, held: Held) -> bytes:
        """The whole body; refused as soon as it is known to be too large or too slow, and never parsed then."""
        length = header(scope["headers"], b"content-length") or "0"
        if length.isdecimal() and int(length) > self._max_body:
            raise self._too_large(media, int(length))
        try:
            async with asyncio.timeout(BODY_WITHIN):
                return await self._pieces(receive, media, held)
        except TimeoutError:
            message = f"The body had not arrived after {BODY_WITHIN:.0f} seconds."
            raise _Refused(refused(media, 408, Code.BAD_INPUT, message, ("Connection", "close"))) from None

    async def _pieces(self, receive: Receive, media: Media, held: Held) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            piece = message.get("body", b"")
            size += len(piece)
            if size > self._max_body:
                raise self._too_large(media, size)
            held.take(len(piece))
            pieces.append(piece)
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _too_large(self, media: Media, size: int) -> _Refused:
        limit = self._max_body
        message = f"The body has at least {size} bytes, the limit is {limit} bytes (ZONDA_MAX_BODY)."
        # What is left of the body would otherwise be read to its end, only to be thrown away.
        return _Refused(
            refused(media, 413, Code.TOO_LARGE, message, ("Connection", "close"), what="body", size=size, limit=limit)
        )


def _not_allowed(media: Media, message: str, methods: str) -> _Refused:
    return _Refused(refused(media, 405, Code.BAD_INPUT, message, ("Allow", methods)))


def _refuse_overlong(media: Media, scope: Scope) -> None:
    url = len(scope["path"]) + len(scope["query_string"])
    if url > MAX_URL:
        message = f"The URL has {url} bytes, the limit is {MAX_URL}. Send the request by POST: its body may be longer."
        raise _Refused(refused(media, 414, Code.TOO_LARGE, message, what="URL", size=url, limit=MAX_URL))
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    if headers > MAX_HEADERS:
        message = f"The headers have {headers} bytes, the limit is {MAX_HEADERS}. Send fewer or shorter ones."
        raise _Refused(refused(media, 431, Code.TOO_LARGE, message, what="headers", size=headers, limit=MAX_HEADERS))


def _key(call: Call) -> tuple[Document | str | bytes | bool | None, ...]:
    """Equal for calls that have the same answer."""
    variables = msgspec.json.encode(call.variables, order="deterministic")
    return call.document.text, variables, call.operation_name, call.media.value, call.service


def _tagged(answer: Answer, known: Callable[[str], bool] | None = None) -> Answer:
    """The answer with its tag, or 304 when the client has just that one. Faults are never tagged: each one differs."""
    if answer.status >= 300 or answer.faulty:
        return answer
    if known is not None and known(answer.etag):
        return unchanged((b"etag", answer.etag.encode()))
    return answer.tagged


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
