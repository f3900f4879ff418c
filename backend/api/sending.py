"""Writes an answer to whoever asked, no faster than it is read: what nobody reads must not pile up.

Crowded    with this one there would be more on the way than there may be
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from backend.api.answer import Answer
from backend.api.bodies import Crowded
from backend.api.request import Headers

Message = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

PIECE: Final = 64 * 1024
"""Bytes that the server is given at once. It keeps those for a client that does not read, and the next ones are not
copied before it has handed them over."""

UNREAD_AT_MOST: Final = 256 * 1024 * 1024
"""Bytes of all answers longer than a piece that are on their way; one that is alone always fits."""

READ_WITHIN: Final = 60.0
"""Seconds in which a client must have taken a piece. One that has not is given up."""

_log = logging.getLogger(__name__)


class Unread:
    """The long answers of one process that are on their way. For one event loop."""

    def __init__(self, at_most: int = UNREAD_AT_MOST) -> None:
        self._at_most = at_most
        self._readers: Counter[int] = Counter()
        self.size = 0

    def admitted(self, answer: Answer) -> Answer:
        """The same answer, when there is room for it beside the others. Raises Crowded."""
        size = len(answer.body)
        if size > PIECE and self._readers and id(answer.body) not in self._readers and self.size + size > self._at_most:
            raise Crowded
        return answer

    @contextmanager
    def held(self, body: bytes) -> Iterator[None]:
        """`body` is on its way until the end of the `with`: it counts once, however many it goes to."""
        if len(body) <= PIECE:
            yield
            return
        one = id(body)
        if one not in self._readers:
            self.size += len(body)
        self._readers[one] += 1
        try:
            yield
        finally:
            self._readers[one] -= 1
            if not self._readers[one]:
                del self._readers[one]
                self.size -= len(body)


async def send_answer(send: Send, answer: Answer, cross_origin: Headers = (), *, bodiless: bool = False) -> None:
    """Write the answer, with the headers that its origin decides; `bodiless` for HEAD, which gets the headers alone.

    A client that stops reading does not get the rest: its connection is closed.
    """
    headers = list(_merged(answer.headers, cross_origin))
    if answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if bodiless else answer.body
    if len(body) <= PIECE:
        await send({"type": "http.response.body", "body": body})
        return
    for begin in range(0, len(body), PIECE):
        end = begin + PIECE
        piece = {"type": "http.response.body", "body": body[begin:end], "more_body": end < len(body)}
        try:
            async with asyncio.timeout(READ_WITHIN):
                await send(piece)
        except TimeoutError:
            _log.warning("answer.unread", extra={"bytes": len(body), "taken": begin, "seconds": READ_WITHIN})
            return


def _merged(mine: Headers, cross_origin: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """Both sets of headers, with one Vary."""
    vary = [b"accept", *(value for name, value in cross_origin if name == b"vary")]
    others = (pair for pair in cross_origin if pair[0] != b"vary")
    return (*mine, *others, (b"vary", b", ".join(vary)))
