"""What one backend process serves: `/graphql` by our own endpoint, the rest by Django, `local`'s rules before both."""

import asyncio

from django.core.asgi import get_asgi_application

from backend.api.access import Access, Forbidden, security_headers
from backend.api.answer import Media, refused
from backend.api.cross_origin import decided
from backend.api.errors import Code
from backend.api.execution import Executor
from backend.api.http import GraphQLEndpoint, Receive, Scope
from backend.api.live import Live
from backend.api.request import header, negotiated
from backend.api.schema import schema
from backend.api.sending import Message, Send, send_answer
from backend.api.threads import Readers, Writer
from backend.config.watching import Watching
from backend.environment import Environment
from backend.tasks import store
from backend.tasks.changes import Changes
from backend.tasks.registry import registry

BULKS_AT_MOST = 32
"""Requests to change any number of tasks that wait at once."""

GRAPHQL = ("/graphql", "/graphql/")

FORM_AT_MOST = 1024 * 1024
"""Bytes of a form of the admin, which is all that Django gets to read."""


class Application:
    """An ASGI application. Its threads and connections live from the lifespan's startup to its shutdown."""

    def __init__(self, settings: Environment) -> None:
        self._settings = settings
        self._access = Access(settings.allowed_hosts, settings.cors_origins, settings.home.service_token())
        self._django = get_asgi_application()
        self._endpoint: GraphQLEndpoint | None = None
        self._live: Live | None = None
        self._watching = Watching(settings.home, settings.database, mirrored=settings.redis_url is not None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with(security_headers(scope["path"]), send))

    async def stop_waiting(self) -> None:
        """Answer every long poll now; there will be no more of them."""
        if self._live is not None:
            await self._live.close()

    def _committed(self) -> None:
        if self._live is not None:
            self._live.changed()
        self._watching.committed()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        # Read now, or else the first task to be created waits for it, with everybody who wants to write.
        await asyncio.to_thread(registry)
        changes = Changes(self._settings.database)
        live = self._live = Live(changes.version)
        readers = Readers()
        self._watching.begin(readers.run, live)
        writer = Writer(store.transaction, self._committed)
        bulk = Writer(store.transaction, self._committed, waiting=BULKS_AT_MOST)
        executor = Executor(schema.graphql_schema, readers, writer, bulk)
        self._endpoint = GraphQLEndpoint(
            schema.graphql_schema, executor, live, self._access, max_body=self._settings.max_body
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop_waiting()
        await asyncio.to_thread(executor.close)
        changes.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._access.check(scope["method"], scope["path"], scope["headers"])
        except Forbidden as error:
            await self._refuse(scope, send, 403, Code.FORBIDDEN, str(error))
            return
        if scope["path"] in self._watching.paths:
            await self._watching(scope, send)
        elif scope["path"] not in GRAPHQL:
            if oversized := _oversized(scope):
                await self._refuse(scope, send, 413, Code.TOO_LARGE, oversized)
                return
            await self._django(dict(scope), receive, send)
        elif self._endpoint is None:
            await self._refuse(scope, send, 503, Code.UNAVAILABLE, "The server is starting.")
        else:
            await self._endpoint(scope, receive, send)

    async def _refuse(self, scope: Scope, send: Send, status: int, code: Code, message: str) -> None:
        media = negotiated(header(scope["headers"], b"accept")) or Media.JSON
        _, cross_origin = decided(dict(scope))
        await send_answer(send, refused(media, status, code, message), cross_origin)


def _oversized(scope: Scope) -> str | None:
    """What is wrong with the size of a form, None when nothing is. Django would keep all of it, before it looks."""
    length = header(scope["headers"], b"content-length") or "0"
    if header(scope["headers"], b"transfer-encoding") is not None:
        return "A form must say its size: send Content-Length, and no Transfer-Encoding."
    if not length.isdecimal() or int(length[:20]) > FORM_AT_MOST:
        return f"The body has {length[:20]} bytes, the limit is {FORM_AT_MOST} bytes here."
    return None


def _with(more: tuple[tuple[bytes, bytes], ...], send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent = [pair for pair in message["headers"] if pair[0].lower() not in {name for name, _ in more}]
            message = {**message, "headers": [*sent, *more]}
        await send(message)

    return sending
