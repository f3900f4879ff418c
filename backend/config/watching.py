"""The addresses for those who look after a Zonda: `/healthz`, `/readyz`, `/metrics`, beside Django's middleware."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sized
from pathlib import Path
from typing import Final, Protocol

import msgspec
from django.db import DatabaseError

from backend.api.answer import Answer
from backend.api.cross_origin import decided
from backend.api.http import Scope
from backend.api.request import Headers, header
from backend.api.sending import Send, send_answer
from backend.config import page
from backend.watch import health
from backend.watch.heard import ENOUGH, Heard, heard
from backend.watch.metrics import Metrics
from wire.home import Home

log = logging.getLogger(__name__)

METHODS: Final = "GET, HEAD, OPTIONS"

WITHIN: Final = 3.0
"""Seconds that looking at every part may take."""


class Reads(Protocol):
    """Runs what reads the database, off the event loop."""

    async def __call__[T](self, work: Callable[[], T]) -> T: ...


class Watching:
    """Answers these addresses, from before the server's start is complete."""

    def __init__(self, home: Home, record: Path, heard: Heard = heard, *, mirrored: bool = False) -> None:
        """`record` is the database's file. `mirrored` says that there is a Redis that has what the record has."""
        self._home = home
        self._record = record
        self._mirrored = mirrored
        self._heard = heard
        self._read: Reads | None = None
        self._metrics: Metrics | None = None
        self._looking_up: asyncio.Task[None] | None = None
        self._answers: dict[str, Callable[[Headers], Awaitable[Answer]]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._measured,
        }

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._answers)

    def begin(self, read: Reads, waiters: Sized) -> None:
        """From now on the database can be read; `waiters` are the long polls that wait."""
        self._read = read
        self._metrics = Metrics(self._heard, lambda: len(waiters))

    def committed(self) -> None:
        """This process has committed something: look reports up before there are too many, should nobody scrape."""
        if self._heard.waiting >= ENOUGH and (self._looking_up is None or self._looking_up.done()):
            self._looking_up = asyncio.create_task(self._look_up())

    async def _look_up(self) -> None:
        try:
            if self._read is not None:
                await self._read(self._heard.look_up)
        except DatabaseError:
            log.warning("metrics.incomplete", exc_info=True)

    async def __call__(self, scope: Scope, send: Send) -> None:
        preflight, cross_origin = decided(dict(scope))
        if preflight or scope["method"] == "OPTIONS":
            answer = Answer(204, b"", ((b"allow", METHODS.encode()),))
        elif scope["method"] not in ("GET", "HEAD"):
            answer = _text(405, "Only GET and HEAD are answered here.\n", (b"allow", METHODS.encode()))
        else:
            answer = await self._answers[scope["path"]](scope["headers"])
        await send_answer(send, answer, cross_origin, bodiless=scope["method"] == "HEAD")

    async def _alive(self, headers: Headers) -> Answer:
        """That this is answered at all is the answer: the event loop turns."""
        return _json(200, {"status": health.Status.OK})

    async def _ready(self, headers: Headers) -> Answer:
        if self._read is None:
            return _found(health.STARTING)
        built = "index.html" in page.files()
        try:
            async with asyncio.timeout(WITHIN):
                found = await self._read(
                    lambda: health.readiness(self._home, self._record, page_built=built, mirrored=self._mirrored)
                )
        except TimeoutError:
            found = health.SILENT
        return _found(found)

    async def _measured(self, headers: Headers) -> Answer:
        read, metrics = self._read, self._metrics
        if read is None or metrics is None:
            return _text(503, "The server is starting.\n")
        accept = header(headers, b"accept") or ""
        try:
            async with asyncio.timeout(WITHIN):
                body, media = await read(lambda: metrics.exposed(accept))
        except (DatabaseError, TimeoutError):
            return _text(503, "The database does not answer.\n")
        return _answer(200, body, media)


def _found(readiness: health.Readiness) -> Answer:
    return _json(200 if readiness.ready else 503, readiness.content())


def _json(status: int, content: object) -> Answer:
    return _answer(status, msgspec.json.encode(content) + b"\n", "application/json")


def _text(status: int, text: str, *more: tuple[bytes, bytes]) -> Answer:
    return _answer(status, text.encode(), "text/plain; charset=utf-8", *more)


def _answer(status: int, body: bytes, media: str, *more: tuple[bytes, bytes]) -> Answer:
    headers = ((b"content-type", media.encode()), (b"cache-control", b"no-store"), *more)
    return Answer(status, body, headers)
