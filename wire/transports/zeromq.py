"""Topics over ZeroMQ: `ipc://` in the home's socket folder, or `tcp://` on consecutive ports of a loopback host."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import cast

import zmq
import zmq.asyncio

from wire.environment import DEFAULT_TRANSPORT, LOOPBACK, in_url
from wire.home import Home
from wire.messages import BEAT_EVERY, MAX_FRAME
from wire.topics import CONTROL, RESULTS, STATUS, TASKS, Topic, seat
from wire.transports import BadAddress, Receiver, Sender, Transport

_PORTS = {TASKS: 0, STATUS: 1, CONTROL: 2, RESULTS: 3}
_TCP = re.compile(r"zeromq\+tcp://(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(?P<port>[0-9]{1,5})")
_LARGEST = 2 * MAX_FRAME
"""Bytes in a frame that an owner takes. One above MAX_FRAME is only looked at to say why it is dropped; whoever sends
a still larger one loses the connection before any of it is kept."""

_LARGEST_SUBSCRIPTION = 1024
"""Bytes in what a subscriber may say. ZeroMQ keeps about fifty for each; ours subscribe to everything, in one byte."""

_AHEAD = 20
"""Frames that are taken from one producer before anybody reads them: of those that others write, not many."""

_SIGNS_WITHIN = int(BEAT_EVERY * 1000)
"""Milliseconds. A peer that stands still, or is gone without a word, keeps its connections: whoever joined it asks, and
without an answer joins anew, by then perhaps another process at the same address. Two of these, and the next hello,
are within the three beats for which a ventilator waits that takes over: nobody whom it can have is lost."""

_OWNER_WAITS = 2 * _SIGNS_WITHIN
"""Milliseconds. Whoever was joined asks as often, and drops a connection that is silent so long after it was asked. Of
one that was cut without a word it would never learn otherwise, and go on giving it every second frame of a worker that
has joined anew. With the second before it asks that is three beats: what is merely slow is given up by its beats, which
know it by name, and not by this."""

_REPORTS_AHEAD = 100
"""Frames on `results` that wait at either end. What finds no room is sent again by who keeps it."""

_STATUS_AHEAD = 100
"""Frames on `status` that wait at the ventilator for each who speaks: over a minute of a worker's beats. Anybody who
may connect could have it keep ten times as many, of any size, while it stands still."""

_HOSTS = tuple(in_url(host) for host in LOOPBACK)


class ZeroMQSender:
    """A PUSH or PUB socket."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket

    def send(self, frame: bytes) -> bool:
        try:
            self._socket.send(frame, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        self._socket.close(linger=0)


class ZeroMQReceiver:
    """A PULL or SUB socket."""

    def __init__(self, socket: zmq.asyncio.Socket) -> None:
        self._socket = socket
        # The same socket without asyncio around it: `take` must answer at once and start no waiting.
        self._at_once = zmq.Socket(socket)
        self._late: list[bytes] = []

    async def frames(self) -> AsyncIterator[bytes]:
        while True:
            coming = cast("asyncio.Future[bytes]", self._socket.recv())
            try:
                yield await coming
            except asyncio.CancelledError:
                if coming.done() and not coming.cancelled() and coming.exception() is None:
                    # It came just when nobody waited for it any more: `take` has it.
                    self._late.append(coming.result())
                raise
            except zmq.ZMQError:
                if self._socket.closed:
                    return
                raise

    def take(self) -> bytes | None:
        if self._late:
            return self._late.pop(0)
        try:
            return self._at_once.recv(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def close(self) -> None:
        self._socket.close(linger=0)


class ZeroMQTransport:
    """Both ends of every topic, at the addresses that `wire/PROTOCOL.md` gives."""

    def __init__(self, home: Home, address: str = DEFAULT_TRANSPORT) -> None:
        self._home = home
        self._tcp: tuple[str, int] | None = None
        if address != DEFAULT_TRANSPORT:
            self._tcp = _loopback(address)
        self._context = zmq.asyncio.Context()
        self._plain: zmq.Context[zmq.Socket[bytes]] = zmq.Context.shadow(self._context)
        self._senders: list[zmq.Socket[bytes]] = []

    def push(self, topic: Topic, *, own: bool = False) -> Sender:
        socket = self._sender(zmq.PUSH)
        # Nothing is queued for a peer that is not there: whoever sent it must learn that nobody took it.
        socket.set(zmq.IMMEDIATE, 1)
        if topic == RESULTS:
            socket.set(zmq.SNDHWM, _REPORTS_AHEAD)
        self._join(socket, topic, own=own)
        return ZeroMQSender(socket)

    def pull(self, topic: Topic, *, own: bool = False) -> Receiver:
        socket = self._context.socket(zmq.PULL)
        if topic == TASKS:
            socket.set(zmq.RCVHWM, _AHEAD)
        elif topic == RESULTS:
            socket.set(zmq.RCVHWM, _REPORTS_AHEAD)
        elif topic == STATUS:
            socket.set(zmq.RCVHWM, _STATUS_AHEAD)
        self._join(socket, topic, own=own)
        return ZeroMQReceiver(socket)

    def publish(self, topic: Topic) -> Sender:
        socket = self._sender(zmq.PUB)
        self._join(socket, topic, own=True, largest=_LARGEST_SUBSCRIPTION)
        return ZeroMQSender(socket)

    def subscribe(self, topic: Topic) -> Receiver:
        socket = self._context.socket(zmq.SUB)
        socket.set(zmq.SUBSCRIBE, b"")
        self._join(socket, topic, own=False)
        return ZeroMQReceiver(socket)

    def close(self) -> None:
        """Close every socket; frames not yet sent get 0.2 s to leave."""
        # A context closes the sockets it made itself; these are its shadow's, and an open one keeps it from ending.
        for socket in self._senders:
            socket.close(linger=200)
        self._context.destroy(linger=200)

    def _sender(self, kind: int) -> "zmq.Socket[bytes]":
        self._senders = [socket for socket in self._senders if not socket.closed]
        socket = self._plain.socket(kind)
        self._senders.append(socket)
        return socket

    def _join(
        self, socket: "zmq.Socket[bytes] | zmq.asyncio.Socket", topic: Topic, *, own: bool, largest: int = _LARGEST
    ) -> None:
        socket.set(zmq.LINGER, 200)
        socket.set(zmq.RECONNECT_IVL, 50)
        # A peer that comes back is joined within a quarter of a second; asking that often costs next to nothing.
        socket.set(zmq.RECONNECT_IVL_MAX, 250)
        if own:
            # Only of who joins us. ZeroMQ closes a connection that brings more, and from this end it would not open it
            # again: who joined others would be deaf from then on.
            socket.set(zmq.MAXMSGSIZE, largest)
            if topic != TASKS:
                # A producer of tasks may speak an older ZMTP, which knows no such question.
                socket.set(zmq.HEARTBEAT_IVL, _SIGNS_WITHIN)
                socket.set(zmq.HEARTBEAT_TIMEOUT, _OWNER_WAITS)
                # Nor may others: any byte but 0xff is to ZeroMQ the beginning of ZMTP 1, from a peer of the right kind.
                # Whoever connected to a worker's topic and said anything at all had half of its frames. With a domain
                # it refuses that, and as nobody is there to answer for the domain, asks no more.
                socket.set(zmq.ZAP_DOMAIN, b"zonda")
            socket.bind(self._address(topic))
        else:
            socket.set(zmq.HEARTBEAT_IVL, _SIGNS_WITHIN)
            socket.set(zmq.HEARTBEAT_TIMEOUT, _SIGNS_WITHIN)
            socket.set(zmq.HANDSHAKE_IVL, _SIGNS_WITHIN)
            socket.connect(self._address(topic))

    def _address(self, topic: Topic) -> str:
        if self._tcp is None:
            return f"ipc://{self._home.sockets() / topic}"
        host, port = self._tcp
        return f"tcp://{host}:{port + _PORTS[topic] if topic in _PORTS else port + 10 + seat(topic)}"


def transport(home: Home, address: str) -> Transport:
    """The transport that a value of ZONDA_TRANSPORT names; BadAddress when there is none."""
    return ZeroMQTransport(home, address)


def _loopback(address: str) -> tuple[str, int]:
    match = _TCP.fullmatch(address)
    if not match:
        raise BadAddress(f"ZONDA_TRANSPORT={address}: expected {DEFAULT_TRANSPORT} or zeromq+tcp://HOST:PORT")
    if match["host"] not in _HOSTS:
        raise BadAddress(
            f"ZONDA_TRANSPORT={address}: only loopback hosts ({', '.join(_HOSTS)}) can be served without CURVE"
        )
    if not 1 <= int(match["port"]) <= 65000:
        raise BadAddress(f"ZONDA_TRANSPORT={address}: the port must be between 1 and 65000")
    return match["host"], int(match["port"])
