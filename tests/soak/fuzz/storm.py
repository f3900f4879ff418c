"""Who sends it: to the sockets of a home, over connections that come and go."""

import contextlib
import json
import socket
import struct
from collections import Counter
from random import Random
from typing import Final

import zmq

from tests.soak.fuzz.addresses import Addresses
from tests.soak.fuzz.frames import W1, Frames, Seen
from wire.topics import CONTROL, RESULTS, STATUS, TASKS, Topic

_FRAMES_A_CONNECTION: Final = 200
_PATIENCE: Final = 200
"""Milliseconds that a full socket is waited for: whoever reads it may be busy with what was sent before."""

_OPEN_AT_MOST: Final = 30
"""Connections that say nothing more, and are kept."""


_GREETING: Final = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY_AS_SUBSCRIBER: Final = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
"""ZMTP 3.0, as its specification has them."""


class Storm:
    """Sends to the topics of one home. `sent` counts by topic and kind, `dropped` what found no room in time."""

    def __init__(self, addresses: Addresses, chance: Random, seen: Seen) -> None:
        self._addresses = addresses
        self._chance = chance
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._frames = {topic: Frames(topic, chance, seen) for topic in (TASKS, STATUS, RESULTS, CONTROL, W1)}
        self._connected: dict[Topic, tuple[zmq.Socket[bytes], int]] = {}
        self._half_open: list[socket.socket] = []
        self.sent: Counter[tuple[str, str]] = Counter()
        self.dropped = 0

    def close(self) -> None:
        for half_open in self._half_open:
            half_open.close()
        self._context.destroy(linger=0)

    def step(self) -> None:
        """One message, or what a stranger does to a socket that takes none."""
        match self._chance.randrange(100):
            case 0:
                self._knock()
            case 1:
                self._subscribe()
            case 2:
                self._push_where_nobody_pulls()
            case _:
                topic = self._chance.choice((TASKS, STATUS, STATUS, RESULTS, RESULTS))
                kind, parts = self._frames[topic].next()
                self._send(topic, kind, parts)

    def huge(self) -> None:
        """One frame above what a frame may be to each topic that is read."""
        for topic in (TASKS, STATUS, RESULTS):
            self._send(topic, "huge", self._frames[topic].huge())
            # It may have cost the connection.
            self._disconnect(topic)

    def hellos(self, many: int) -> None:
        """So many strangers at once."""
        for _ in range(many):
            self._send(STATUS, "hello storm", [self._frames[STATUS].hello()])

    def ask(self, key: str, *args: int) -> None:
        """A good task, as any program asks for it: twice, among what cannot be read."""
        message = json.dumps({"task-id": key, "task": "add", "args": args}).encode()
        frame = b"[" + b",".join([message, b'{"task": 7}', b"[]", message]) + b"]"
        asking = self._context.socket(zmq.PUSH)
        asking.connect(self._addresses.of(TASKS))
        asking.send(frame)
        # What it still has is sent after this: there is no answer to wait for.
        asking.close(linger=20_000)
        self.sent[TASKS, "good tasks"] += 1

    def _send(self, topic: Topic, kind: str, parts: list[bytes]) -> None:
        pushing, left = self._connected.get(topic) or (self._connect(topic), _FRAMES_A_CONNECTION)
        try:
            pushing.send_multipart(parts)
        except zmq.Again:
            self.dropped += 1
        self.sent[topic, kind] += 1
        self._connected[topic] = pushing, left - 1
        if left <= 1:
            self._disconnect(topic)

    def _connect(self, topic: Topic) -> "zmq.Socket[bytes]":
        pushing = self._context.socket(zmq.PUSH)
        pushing.set(zmq.SNDHWM, 100)
        pushing.set(zmq.SNDTIMEO, _PATIENCE)
        pushing.connect(self._addresses.of(topic))
        return pushing

    def _disconnect(self, topic: Topic) -> None:
        # The frame before may have been the last of its connection.
        if (connected := self._connected.pop(topic, None)) is not None:
            connected[0].close(linger=1_000)

    def _subscribe(self) -> None:
        """What PUB hears of its subscribers: subscriptions, small and large, and anything else.

        Written out byte by byte: ZeroMQ's own subscriber dies of what it would have to keep of a large one.
        """
        try:
            with self._addresses.joined(CONTROL, _PATIENCE / 1000) as subscribing:
                subscribing.sendall(_GREETING + _READY_AS_SUBSCRIBER)
                answered = b""
                # What is said before it is ready costs the connection, whatever it is.
                while not answered.endswith(b"PUB") and (some := subscribing.recv(1_000)):
                    answered += some
                for _ in range(20):
                    said = self._chance.choice((b"\x01", b"\x00", b"\x02", b"")) + self._subscription()
                    subscribing.sendall(b"\x02" + struct.pack(">Q", len(said)) + said)
                    self.sent[CONTROL, "subscriptions"] += 1
        except OSError:
            # It does not listen to one that says so much.
            self.dropped += 1

    def _subscription(self) -> bytes:
        if self._chance.random() < 0.02:
            return self._chance.randbytes(1_000_000)
        _, parts = self._frames[CONTROL].next()
        return parts[0]

    def _push_where_nobody_pulls(self) -> None:
        """To the end of a worker's topic that only sends."""
        with self._context.socket(zmq.PUSH) as pushing:
            pushing.set(zmq.LINGER, 100)
            pushing.connect(self._addresses.of(W1))
            _, parts = self._frames[W1].next()
            with contextlib.suppress(zmq.Again):
                pushing.send_multipart(parts, zmq.NOBLOCK)
            self.sent[W1, "pushed"] += 1

    def _knock(self) -> None:
        """A connection that does not speak ZeroMQ, or begins to and stops."""
        topic = self._chance.choice((TASKS, STATUS, RESULTS, CONTROL, W1))
        said = self._chance.choice((b"", _GREETING[:10], _GREETING, self._chance.randbytes(300)))
        self.sent[topic, "no ZeroMQ"] += 1
        try:
            knocking = self._addresses.joined(topic, _PATIENCE / 1000)
            self._half_open.append(knocking)
            knocking.sendall(said)
        except OSError:
            # It has hung up already, or its queue is full.
            self.dropped += 1
        if len(self._half_open) > _OPEN_AT_MOST:
            self._half_open.pop(0).close()
