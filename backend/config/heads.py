"""HTTP on one connection, whose heads have a bound in bytes and in seconds."""

import asyncio
from asyncio import TimerHandle
from typing import override

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from backend.api.answer import Media, refused
from backend.api.errors import Code

HEAD_AT_MOST = 128 * 1024
"""Bytes of one head, from its first to the blank line that ends it; so many of trailers, too."""

HEAD_WITHIN = 30.0
"""Seconds that a head has from its first byte on, the first one of a connection from when that is made."""


class BoundedHeads(HttpToolsProtocol):
    """Uvicorn's protocol, which keeps what comes of a head until that is whole, and asks neither how much nor how long.

    The parser does not tell where in a read a head begins. So what is counted are the bytes that brought no head to
    its end and no body forward: of a head that begins in the middle of a read only those of the reads after that,
    which lets it have up to twice the bound.
    """

    _idle = 0  # bytes since a head was whole, or since something came of a body
    _advanced = False  # since the parser was last fed
    _in_body = False
    _deadline: TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_WITHIN, self._too_late)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        while len(data) >= HEAD_AT_MOST - self._idle:
            # Not a byte more than may be of this head: is it then not whole, it is too long.
            room = HEAD_AT_MOST - self._idle
            self._feed(data[:room])
            if self.transport.is_closing():
                return
            if self._idle >= HEAD_AT_MOST:
                self._refuse()
                return
            data = data[room:]
        if data:
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        self._advanced = False
        super().data_received(data)
        if self._advanced:
            self._idle = 0
            return
        self._idle += len(data)
        # The time of a body is for who reads it to bound.
        if self._deadline is None and not self._in_body and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEAD_WITHIN, self._too_late)

    @override
    def on_headers_complete(self) -> None:
        self._advanced = self._in_body = True
        if self._deadline is not None:
            self._end_deadline()
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._advanced = True
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._advanced = True
        self._in_body = False
        super().on_message_complete()

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        self.transport.close()

    def _refuse(self) -> None:
        # While a request is under way, what is written would be taken for the answer to that, or for a piece of it.
        if self.cycle is None or self.cycle.response_complete:
            message = f"The head of the request has more than {HEAD_AT_MOST} bytes, which is the limit."
            close = ("Connection", "close")
            answer = refused(Media.JSON, 431, Code.TOO_LARGE, message, close, what="head", limit=HEAD_AT_MOST)
            length = (b"content-length", str(len(answer.body)).encode())
            headers = (*self.server_state.default_headers, *answer.headers, length)
            lines = [b"%s: %s\r\n" % header for header in headers]
            self.transport.write(b"".join([STATUS_LINE[431], *lines, b"\r\n", answer.body]))
        self.transport.close()
