"""The addresses for those who look after a Zonda: `/healthz` and `/readyz`, beside Django and its middleware."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from backend.api.answer import Answer
from backend.api.cross_origin import decided
from backend.api.http import Scope, Send, send_answer
from backend.config import page
from backend.watch import health
from wire.home import Home

METHODS: Final = "GET, HEAD, OPTIONS"

WITHIN: Final = 3.0
"""Seconds that looking at every part may take."""


class Reads(Protocol):
    """Runs what reads the database, off the event loop."""

    async def __call__[T](self, work: Callable[[], T]) -> T: ...


class Watching:
    """Answers these addresses, from before the server's start is complete."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read: Reads | None = None
        self._answers: dict[str, Callable[[], Awaitable[Answer]]] = {"/healthz": self._alive, "/readyz": self._ready}

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._answers)

    def begin(self, read: Reads) -> None:
        """From now on the database can be read."""
        self._read = read

    async def __call__(self, scope: Scope, send: Send) -> None:
        preflight, cross_origin = decided(dict(scope))
        if preflight or scope["method"] == "OPTIONS":
            answer = Answer(204, b"", ((b"allow", METHODS.encode()),))
        elif scope["method"] not in ("GET", "HEAD"):
            answer = _text(405, "Only GET and HEAD are answered here.\n", (b"allow", METHODS.encode()))
        else:
            answer = await self._answers[scope["path"]]()
        await send_answer(send, answer, cross_origin, bodiless=scope["method"] == "HEAD")

    async def _alive(self) -> Answer:
        """That this is answered at all is the answer: the event loop turns."""
        return _json(200, {"status": health.Status.OK})

    async def _ready(self) -> Answer:
        if self._read is None:
            return _found(health.STARTING)
        built = "index.html" in page.files()
        try:
            async with asyncio.timeout(WITHIN):
                found = await self._read(lambda: health.readiness(self._home, page_built=built))
        except TimeoutError:
            found = health.SILENT
        return _found(found)


def _found(readiness: health.Readiness) -> Answer:
    return _json(200 if readiness.ready else 503, readiness.content())


def _json(status: int, content: object) -> Answer:
    return _answer(status, msgspec.json.encode(content) + b"\n", "application/json")


def _text(status: int, text: str, *more: tuple[bytes, bytes]) -> Answer:
    return _answer(status, text.encode(), "text/plain; charset=utf-8", *more)


def _answer(status: int, body: bytes, media: str, *more: tuple[bytes, bytes]) -> Answer:
    headers = ((b"content-type", media.encode()), (b"cache-control", b"no-store"), *more)
    return Answer(status, body, headers)
