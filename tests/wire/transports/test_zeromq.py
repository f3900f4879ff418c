"""Both ends of topics in one process, and peers that send what nobody should."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import zmq

from wire.home import Home
from wire.messages import MAX_FRAME
from wire.topics import CONTROL, RESULTS, STATUS, TASKS, Topic, worker_topic
from wire.transports import Receiver
from wire.transports.zeromq import ZeroMQTransport

WITHIN = 20.0
W1 = worker_topic(1)


def test_closing_the_transport_does_not_wait_for_senders_that_are_still_open(tmp_path):
    transport = ZeroMQTransport(Home(tmp_path))
    transport.push(RESULTS)
    transport.push(STATUS).close()

    closing = threading.Thread(target=transport.close, daemon=True)
    closing.start()
    closing.join(5)

    assert not closing.is_alive()


class Peers:
    """What Zonda's own code would never send: sockets beside the transport, on the same addresses."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._ends: list[zmq.Socket[bytes]] = []

    def end(self, kind: int, topic: Topic, *, bind: bool = False, hwm: int = 1000) -> "zmq.Socket[bytes]":
        end = self._context.socket(kind)
        end.set(zmq.LINGER, 0)
        end.set(zmq.SNDHWM, hwm)
        address = f"ipc://{self.path(topic)}"
        if bind:
            end.bind(address)
        else:
            end.connect(address)
        self._ends.append(end)
        return end

    def path(self, topic: Topic) -> Path:
        return self._home.sockets() / topic

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def peers(home: Home) -> Iterator[Peers]:
    peers = Peers(home)
    yield peers
    peers.close()


@asynccontextmanager
async def receiving(home: Home, open_it: Callable[[ZeroMQTransport], Receiver]) -> AsyncIterator[Any]:
    """The frames of a receiver, one after the other."""
    transport = ZeroMQTransport(home)
    receiver = open_it(transport)
    try:
        async with asyncio.timeout(WITHIN), aclosing(cast("Any", receiver.frames())) as frames:
            yield frames
    finally:
        receiver.close()
        transport.close()


def act(acting: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(cast("Any", acting()))


PULLS = [TASKS, STATUS, RESULTS]


@pytest.mark.parametrize("topic", PULLS)
def test_a_frame_that_is_somewhat_too_large_comes_through_to_be_told_of(home, peers, topic):
    async def acting() -> None:
        async with receiving(home, lambda transport: transport.pull(topic, own=True)) as frames:
            producer = peers.end(zmq.PUSH, topic)
            producer.send(b"x" * (MAX_FRAME + 1024 * 1024))
            producer.send(b"good")

            assert len(await anext(frames)) == MAX_FRAME + 1024 * 1024
            assert await anext(frames) == b"good"

    act(acting)


@pytest.mark.parametrize("topic", PULLS)
def test_a_frame_that_is_far_too_large_costs_its_producer_the_connection_and_nobody_else(home, peers, topic):
    async def acting() -> None:
        async with receiving(home, lambda transport: transport.pull(topic, own=True)) as frames:
            greedy, modest = peers.end(zmq.PUSH, topic), peers.end(zmq.PUSH, topic)
            greedy.send(b"x" * (3 * MAX_FRAME))
            modest.send(b"good")
            assert await anext(frames) == b"good"

            # It connects again by itself; what it sends in that moment is lost with the connection.
            coming = asyncio.ensure_future(anext(frames))
            while not coming.done():
                greedy.send(b"again")
                await asyncio.wait([coming], timeout=0.05)
            assert coming.result() == b"again"

    act(acting)


@pytest.mark.parametrize("topic", PULLS)
def test_a_peer_that_does_not_speak_zeromq_stops_nobody(home, peers, topic):
    async def acting() -> None:
        async with receiving(home, lambda transport: transport.pull(topic, own=True)) as frames:
            for garbage in (
                b"GET / HTTP/1.1\r\n\r\n",
                os.urandom(100_000),
                b"\xff" + b"\x00" * 8 + b"\x7f" + b"\x03" * 99,
            ):
                with socket.socket(socket.AF_UNIX) as stranger:
                    stranger.connect(str(peers.path(topic)))
                    try:
                        stranger.sendall(garbage)
                    except (BrokenPipeError, ConnectionResetError):
                        continue
            peers.end(zmq.PUSH, topic).send(b"good")

            # To ZeroMQ much may look like a frame of its first version.
            while await anext(frames) != b"good":
                pass

    act(acting)


@pytest.mark.parametrize(
    ("topic", "kind", "open_it"),
    [
        (W1, zmq.PUSH, lambda transport: transport.pull(W1)),
        (CONTROL, zmq.PUB, lambda transport: transport.subscribe(CONTROL)),
    ],
    ids=["W1", "control"],
)
def test_a_worker_hears_on_after_whatever_its_ventilator_sent(home, peers, topic, kind, open_it):
    async def acting() -> None:
        ventilator = peers.end(kind, topic, bind=True)
        async with receiving(home, open_it) as frames:
            coming = asyncio.ensure_future(anext(frames))
            while not coming.done():
                # Nobody may listen yet.
                ventilator.send(b"hello")
                await asyncio.wait([coming], timeout=0.05)
            for size in (MAX_FRAME + 1024 * 1024, 3 * MAX_FRAME):
                ventilator.send(b"x" * size)
                while len(frame := await anext(frames)) == len(b"hello"):
                    pass
                assert len(frame) == size
            ventilator.send(b"good")

            assert await anext(frames) == b"good"

    act(acting)


def test_a_frame_that_came_as_its_reader_was_cancelled_is_still_there_to_take(home, monkeypatch):
    async def acting() -> None:
        transport = ZeroMQTransport(home)
        receiver = cast("Any", transport.pull(TASKS, own=True))
        coming: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        monkeypatch.setattr(receiver, "_socket", SimpleNamespace(recv=lambda: coming, close=receiver._socket.close))
        try:
            reader = asyncio.ensure_future(anext(receiver.frames()))
            await asyncio.sleep(0)
            # In one turn of the loop: the socket hands a frame over, and nobody wants it any more.
            coming.set_result(b"just now")
            reader.cancel()
            await asyncio.wait([reader])

            assert reader.cancelled()
            assert [receiver.take(), receiver.take()] == [b"just now", None]
        finally:
            receiver.close()
            transport.close()

    act(acting)


@pytest.mark.parametrize(("topic", "at_most"), [(TASKS, 60), (STATUS, 150), (RESULTS, 150)])
def test_of_what_nobody_reads_whoever_sent_it_keeps_the_most(home, peers, topic, at_most):
    async def acting() -> None:
        async with receiving(home, lambda transport: transport.pull(topic, own=True)) as frames:
            producer = peers.end(zmq.PUSH, topic, hwm=10)
            producer.send(b"first")
            assert await anext(frames) == b"first"

            # The kernel's own buffers hold some too.
            taken = 0
            while producer.poll(1_000, zmq.POLLOUT):
                producer.send(b"x" * 1024 * 1024)
                taken += 1
                assert taken < at_most

    act(acting)


@pytest.fixture
def owner(home: Home) -> Iterator[ZeroMQTransport]:
    transport = ZeroMQTransport(home)
    yield transport
    transport.close()


def heard_until_the_end(connection: socket.socket, said: bytes) -> bytes:
    """What is answered to this, until the other side hangs up."""
    connection.settimeout(WITHIN)
    heard = b""
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(said)
        while some := connection.recv(1_000):
            heard += some
    return heard


def test_a_connection_that_says_anything_at_all_takes_nothing_from_a_worker(peers, owner):
    """L2, L3: to ZeroMQ a first byte other than 0xff is a peer of its first protocol, and of the right kind."""
    sender = owner.push(W1, own=True)
    with socket.socket(socket.AF_UNIX) as stray:
        stray.connect(str(peers.path(W1)))
        # Had it been let in, it would not be hung up on.
        heard_until_the_end(stray, b"GET / HTTP/1.1\r\n\r\n")
        worker = peers.end(zmq.PULL, W1)
        frames = [str(number).encode() for number in range(20)]
        for frame in frames:
            deadline = time.monotonic() + WITHIN
            while not sender.send(frame):
                assert time.monotonic() < deadline

        assert [worker.recv() for _ in frames if worker.poll(1_000 * WITHIN)] == frames


def test_a_subscriber_that_says_too_much_is_not_listened_to(peers, owner):
    """Of each byte of a subscription ZeroMQ keeps fifty, and never gives them back."""
    owner.publish(CONTROL)
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    ready = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
    with socket.socket(socket.AF_UNIX) as subscriber:
        subscriber.settimeout(WITHIN)
        subscriber.connect(str(peers.path(CONTROL)))
        subscriber.sendall(greeting + ready)
        answered = b""
        while not answered.endswith(b"PUB"):
            some = subscriber.recv(1_000)
            assert some, answered
            answered += some

        # One that is listened to is asked for a sign of life, before it is given up for giving none.
        subscription = b"\x02" + (2_000).to_bytes(8, "big") + b"\x01" * 2_000
        assert b"PING" not in heard_until_the_end(subscriber, subscription)
