"""A ventilator that sends its one worker all that it should not, and good grants among it."""

import json
import threading
from collections import Counter
from random import Random
from time import monotonic
from typing import Any, Final

import zmq

from tests.soak.fuzz.addresses import Addresses
from tests.soak.fuzz.frames import W1, Frames, Seen
from wire.topics import CONTROL, RESULTS, STATUS, Topic

_EPOCH: Final = 7
_FENCES: Final = _EPOCH << 32
_BEAT_EVERY: Final = 0.25
_GRANT_EVERY: Final = 0.2
_PAUSE: Final = 0.02
"""Seconds between two rounds of frames: the worker and its child have the machine's other half."""

_FRAMES_A_ROUND: Final = 6
_SLEEP: Final = 0.3
_HUGE_EVERY: Final = 3.0


class FalseVentilator(threading.Thread):
    """Owns the topics of a home of its own. `granted` and `succeeded` count the good grants, `returned` those among
    them that the worker has not started, and `wrong` is all that is not as it should be."""

    def __init__(self, addresses: Addresses, chance: Random) -> None:
        super().__init__(name="false ventilator")
        addresses.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._chance = chance
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._status, self._results = (self._bound(zmq.PULL, addresses, topic) for topic in (STATUS, RESULTS))
        self._control, self._w1 = self._bound(zmq.PUB, addresses, CONTROL), self._bound(zmq.PUSH, addresses, W1)
        self._seen = Seen(epoch=_EPOCH)
        self._of_control, self._of_w1 = (Frames(topic, chance, self._seen) for topic in (CONTROL, W1))
        self._over = threading.Event()
        self._seq = 0
        self._worker: dict[str, Any] | None = None
        self._open: dict[int, float] = {}
        self.sent: Counter[tuple[str, str]] = Counter()
        self._ended = False
        self.granted = self.succeeded = self.returned = 0
        self.wrong: list[str] = []

    def stop_granting(self) -> None:
        self._over.set()

    @property
    def quiet(self) -> bool:
        """Whether every good grant has succeeded."""
        return self._over.is_set() and not self._open

    def end(self) -> None:
        self._ended = True
        self.join()
        self._context.destroy(linger=0)

    def run(self) -> None:
        beat_at = grant_at = huge_at = 0.0
        while not self._ended:
            self._hear()
            now = monotonic()
            if self._worker is not None:
                if now >= beat_at:
                    beat_at = now + _BEAT_EVERY
                    self._assign()
                    self._say({"kind": "beat"})
                if now >= grant_at and not self._over.is_set():
                    grant_at = now + _GRANT_EVERY
                    self._grant()
                if not self._over.is_set():
                    self._spit()
                    if now >= huge_at:
                        huge_at = now + _HUGE_EVERY
                        self._send(self._w1, W1, "huge", self._of_w1.huge())
                        self._send(self._control, CONTROL, "huge", self._of_control.huge())
            self._status.poll(int(_PAUSE * 1000))

    def _hear(self) -> None:
        for message in _all(self._status):
            if message["kind"] in ("hello", "beat"):
                if self._worker is not None and message["hello"] != self._worker["hello"]:
                    # What it has not started it drops with the round.
                    self._return(set(self._open) - {held["fence"] for held in message["holds"]})
                self._worker = message
            elif message["kind"] == "freed" and "ran" not in message:
                self._return({message["fence"]})
        for report in _all(self._results):
            if report["kind"] == "succeeded":
                self._take(report)
            elif report["kind"] not in ("started", "progress", "log"):
                self.wrong.append(str(report))

    def _return(self, fences: set[int]) -> None:
        for fence in fences & set(self._open):
            del self._open[fence]
            self.returned += 1

    def _take(self, report: dict[str, Any]) -> None:
        fence = report["fence"]
        if fence in self._open:
            expected = self._open.pop(fence)
            if report["result"] != expected:
                self.wrong.append(f"{expected} was expected: {report}")
            self.succeeded += 1
        answer = {"kind": "settled", "task-id": report["task-id"], "fence": fence, "report": "succeeded"}
        self._say({**answer, "answer": "APPLIED"})

    def _assign(self) -> None:
        assert self._worker is not None
        mine = {"kind": "assigned", "epoch": _EPOCH, "incarnation": self._worker["incarnation"], "topic": "W1"}
        self._control.send(json.dumps(mine).encode())

    def _grant(self) -> None:
        """A good one, if the worker listens and the last one has not been waiting for too long: it hands back then."""
        assert self._worker is not None
        if self._worker.get("topic") != "W1" or self._open:
            return
        self.granted += 1
        fence = _FENCES + self.granted
        # Every other one runs for a while, so that there is something to say of it.
        name, result, *args = ("sleep", _SLEEP, _SLEEP) if self.granted % 2 else ("add", fence + 1, fence, 1)
        task: dict[str, Any] = {
            "task-id": _key(fence),
            "task": f"backend.demo.tasks.{name}",
            "args": args,
            "kwargs": {},
        }
        if self._say({"kind": "task", **task, "queue": "default", "priority": 0, "attempt": 1, "fence": fence}):
            self._open[fence] = result
        else:
            self.granted -= 1

    def _say(self, content: dict[str, Any]) -> bool:
        assert self._worker is not None
        self._seq += 1
        header = {"epoch": _EPOCH, "seq": self._seq}
        whole = {**content, **header, "incarnation": self._worker["incarnation"], "hello": self._worker["hello"]}
        return _sent(self._w1, [json.dumps(whole).encode()])

    def _spit(self) -> None:
        assert self._worker is not None
        self._seen.opened = [(_key(fence), fence, W1, self._worker["incarnation"]) for fence in self._open]
        for _ in range(_FRAMES_A_ROUND):
            for socket, frames, topic in (
                (self._control, self._of_control, CONTROL),
                (self._w1, self._of_w1, W1),
            ):
                kind, parts = frames.next()
                self._send(socket, topic, kind, parts)

    def _send(self, socket: "zmq.Socket[bytes]", topic: Topic, kind: str, parts: list[bytes]) -> None:
        if _sent(socket, parts):
            self.sent[topic, kind] += 1

    def _bound(self, kind: int, addresses: Addresses, topic: Topic) -> "zmq.Socket[bytes]":
        socket = self._context.socket(kind)
        socket.bind(addresses.of(topic))
        return socket


def _key(fence: int) -> str:
    return f"good-{fence - _FENCES}"


def _all(socket: "zmq.Socket[bytes]") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while socket.poll(0):
        said = json.loads(socket.recv())
        found += said if isinstance(said, list) else [said]
    return found


def _sent(socket: "zmq.Socket[bytes]", parts: list[bytes]) -> bool:
    try:
        socket.send_multipart(parts, zmq.NOBLOCK)
    except zmq.Again:
        return False
    return True
