"""How long a head may be, and how long it may take."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from backend.config.heads import HEAD_AT_MOST, HEAD_WITHIN, BoundedHeads

READ = 64 * 1024  # bytes of one read
GET = b"GET /a HTTP/1.1\r\nhost: here\r\n\r\n"
BEGUN = b"GET /a HTTP/1.1\r\nx: "
CHUNKED = b"POST /a HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n"


class Transport(asyncio.Transport):
    """The other end: what was written to it, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Timer:
    """What is due at a moment."""

    def __init__(self, due: float, callback: Callable[[], object]) -> None:
        self.due = due
        self.callback = callback

    def cancel(self) -> None:
        self.due = float("inf")


class HandMovedLoop:
    """A loop whose tasks are run by one of asyncio's, and whose time is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []
        self.inner = asyncio.new_event_loop()

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        self.timers.append(Timer(self.now + delay, callback))
        return self.timers[-1]

    def create_task(self, coroutine: Any, **more: Any) -> Any:
        return self.inner.create_task(coroutine, **more)

    def settle(self) -> None:
        """Run the tasks until each is at its end or waits."""
        for _ in range(20):
            self.inner.run_until_complete(asyncio.sleep(0))

    def move(self, seconds: float) -> None:
        self.now += seconds
        for timer in [each for each in self.timers if each.due <= self.now]:
            timer.cancel()
            timer.callback()
        self.settle()


class Peer:
    """Somebody who is connected. `answers` lets the requests be answered, `bodies` are those that came with them."""

    def __init__(self, loop: HandMovedLoop) -> None:
        self.loop = loop
        self.answers = asyncio.Event()
        self.bodies: list[int] = []
        self.transport = Transport()
        config = uvicorn.Config(
            self.app,
            http=BoundedHeads,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=30,
        )
        self.protocol = BoundedHeads(config, ServerState(), {}, loop)  # type: ignore[arg-type]  # it needs of a loop what ours has
        self.protocol.connection_made(self.transport)

    async def app(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        self.bodies.append(size)
        await self.answers.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def send(self, data: bytes, read: int = READ) -> int:
        """Send it in reads of so many bytes until the connection is closed; how many were taken."""
        taken = 0
        while taken < len(data) and not self.transport.closed:
            self.protocol.data_received(data[taken : taken + read])
            self.loop.settle()
            taken += read
        return min(taken, len(data))

    @property
    def statuses(self) -> list[int]:
        return [int(piece[:3]) for piece in self.transport.written.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def loop() -> Iterator[HandMovedLoop]:
    made = HandMovedLoop()
    yield made
    for task in asyncio.all_tasks(made.inner):
        task.cancel()
    made.settle()
    made.inner.close()


@pytest.fixture
def peer(loop: HandMovedLoop) -> Iterator[Peer]:
    made = Peer(loop)
    made.answers.set()
    yield made
    made.protocol.connection_lost(None)
    loop.settle()


def _head_of(size: int) -> bytes:
    return BEGUN + b"v" * (size - len(BEGUN) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize("read", [READ, 2 * HEAD_AT_MOST, 1000], ids=["reads", "at once", "small reads"])
def test_a_head_of_the_limit_passes_and_one_of_a_byte_more_does_not(loop: HandMovedLoop, peer: Peer, read: int):
    peer.send(_head_of(HEAD_AT_MOST), read)
    assert (peer.statuses, peer.transport.closed) == ([200], False)

    peer.send(_head_of(HEAD_AT_MOST + 1), read)

    assert (peer.statuses, peer.transport.closed) == ([200, 431], True)


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /a HTTP/1.1\r\n" + b"a: b\r\n" * 200_000,
        b"GET /" + b"a" * 1_000_000,
        BEGUN + b"v" * 1_000_000,
        b"GET /a HTTP/1.1\r\n" + b"n" * 1_000_000,
    ],
    ids=["headers", "a URL", "a value", "a name"],
)
def test_an_endless_head_is_refused_at_the_limit(peer: Peer, endless: bytes):
    taken = peer.send(endless, 1000)

    head, _, body = peer.transport.written.partition(b"\r\n\r\n")
    assert HEAD_AT_MOST <= taken < HEAD_AT_MOST + 1000
    assert peer.transport.closed
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"connection: close" in head
    assert b"content-length: %d" % len(body) in head
    [error] = json.loads(body)["errors"]
    assert error["extensions"] == {"code": "TOO_LARGE", "what": "head", "limit": HEAD_AT_MOST}
    assert f"{HEAD_AT_MOST} bytes" in error["message"]


def test_a_further_head_of_a_connection_has_the_same_bound(peer: Peer):
    taken = peer.send(GET * 3 + BEGUN + b"v" * 1_000_000)

    assert peer.statuses == [200, 200, 200, 431]
    assert peer.transport.closed
    assert taken <= 2 * HEAD_AT_MOST


def test_an_endless_head_behind_a_request_under_way_gets_no_answer_that_is_not_its_own(peer: Peer):
    peer.answers.clear()

    peer.send(GET + BEGUN + b"v" * 1_000_000)

    assert (peer.statuses, peer.transport.closed) == ([], True)


@pytest.mark.parametrize("read", [READ, 4 * HEAD_AT_MOST, 1000], ids=["reads", "at once", "small reads"])
def test_a_long_body_does_not_count(peer: Peer, read: int):
    body = b"b" * 1_000_000
    chunks = b"".join(b"3e8\r\n" + body[at : at + 1000] + b"\r\n" for at in range(0, len(body), 1000))

    peer.send(b"POST /a HTTP/1.1\r\nhost: here\r\ncontent-length: 1000000\r\n\r\n" + body, read)
    peer.send(CHUNKED + chunks + b"0\r\n\r\n", read)

    assert peer.bodies == [1_000_000, 1_000_000]
    assert (peer.statuses, peer.transport.closed) == ([200, 200], False)


@pytest.mark.parametrize("trailers", [b"x: y\r\n" * 200_000, b"x: " + b"y" * 1_000_000], ids=["many", "one"])
def test_what_follows_a_body_in_chunks_has_the_same_bound(peer: Peer, trailers: bytes):
    taken = peer.send(CHUNKED + b"1\r\nb\r\n0\r\n" + trailers)

    assert peer.transport.closed
    assert taken <= 2 * HEAD_AT_MOST


def test_a_head_that_trickles_in_is_dropped_when_its_time_is_over(loop: HandMovedLoop, peer: Peer):
    for at in range(int(HEAD_WITHIN) - 1):
        loop.move(1.0)
        peer.send((BEGUN + b"v" * 100)[at : at + 1])
        assert not peer.transport.closed

    loop.move(1.1)

    assert peer.transport.closed
    assert peer.transport.written == b""


def test_a_further_head_that_trickles_in_is_dropped_when_its_time_is_over(loop: HandMovedLoop, peer: Peer):
    peer.send(GET)
    loop.move(20.0)
    peer.send(BEGUN)
    for _ in range(3):
        loop.move(9.0)
        peer.send(b"v")
        assert not peer.transport.closed

    loop.move(3.1)

    assert peer.transport.closed
    assert peer.statuses == [200]


def test_a_connection_on_which_nothing_comes_is_dropped(loop: HandMovedLoop, peer: Peer):
    loop.move(HEAD_WITHIN + 0.1)

    assert peer.transport.closed


def test_a_request_may_wait_longer_than_its_head_may_take(loop: HandMovedLoop, peer: Peer):
    peer.answers.clear()
    peer.send(GET[:10])
    peer.send(GET[10:])
    loop.move(3 * HEAD_WITHIN)
    assert not peer.transport.closed

    peer.answers.set()
    loop.settle()

    assert (peer.statuses, peer.transport.closed) == ([200], False)


def test_the_time_of_a_head_is_not_that_of_its_body(loop: HandMovedLoop, peer: Peer):
    peer.send(CHUNKED + b"1\r\nb\r\n")
    peer.send(b"5\r\n")
    loop.move(HEAD_WITHIN + 0.1)

    peer.send(b"bytes\r\n0\r\n\r\n")

    assert peer.bodies == [6]
    assert (peer.statuses, peer.transport.closed) == ([200], False)


def test_no_deadline_outlives_its_connection(loop: HandMovedLoop, peer: Peer):
    peer.protocol.connection_lost(None)

    assert [timer for timer in loop.timers if timer.due < float("inf")] == []
