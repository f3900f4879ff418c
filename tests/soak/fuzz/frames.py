"""What is sent: frames by chance, made of what the protocol's own examples say."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.support.stack import ROOT
from wire.messages import MAX_FRAME
from wire.topics import CONTROL, RESULTS, STATUS, TASKS, Topic

W1: Final = Topic("W1")
EXAMPLES: Final[Mapping[Topic, Sequence[dict[str, Any]]]] = {
    topic: [
        json.loads(text)
        for text in re.findall(rf"```json {topic}\n(.*?)\n```", (ROOT / "wire/PROTOCOL.md").read_text(), re.DOTALL)
    ]
    for topic in (TASKS, STATUS, CONTROL, RESULTS, W1)
}
"""The messages that the protocol shows, by topic."""

_HUGE: Final = (MAX_FRAME + 1, 6 * 1024 * 1024, 9 * 1024 * 1024)
"""Bytes: two frames that are dropped, and one that costs its sender the connection."""

_DEEP: Final = (200, 2_000, 200_000)

_ODD: Final[Sequence[str]] = (
    "null",
    "true",
    '""',
    "[]",
    "{}",
    "-1",
    "0",
    "0.5",
    "1e308",
    "1e400",
    "-0.0",
    "NaN",
    "Infinity",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    str(2**64),
    "9" * 400,
    "9" * 5_000,
    '"\\u0000"',
    '"\\ud800"',
    '"W999999"',
    '"W0"',
    '"../../etc/passwd"',
    json.dumps("é" * 300),
    '["*", "*"]',
    "[[[[]]]]",
    '[{"task-id": "x", "fence": 1, "started": true}]',
    '{"kind": "hello"}',
)
"""Values, as JSON or nearly, to be put where another one belongs."""


FORGED: Final = "said by nobody who may"
"""Stands in all that is told of an open grant, where a text may: none of it may come into a record."""

type Grant = tuple[str, int, str, str]
"""Task, fence, worker's topic and incarnation."""


@dataclass(slots=True)
class Seen:
    """What is true of the Zonda that is sent to: so that some of what is sent comes close to it.

    `ended` are grants whose attempts have ended, `opened` those that somebody has, `epoch` is the newest.
    """

    ended: list[Grant] = field(default_factory=list)
    opened: list[Grant] = field(default_factory=list)
    epoch: int = 0


class Frames:
    """Frames for one topic, drawn by a seed. Each is the parts of one message; most have one."""

    def __init__(self, topic: Topic, chance: Random, seen: Seen) -> None:
        self._topic = topic
        self._chance = chance
        self._seen = seen
        self._kinds: Sequence[tuple[str, int, Callable[[], list[bytes]]]] = (
            ("random bytes", 10, self._random),
            ("truncated", 10, self._truncated),
            ("flipped bits", 10, self._flipped),
            ("odd values", 25, self._odd),
            ("deep", 2, self._deep),
            ("no UTF-8", 5, self._no_utf8),
            ("many parts", 5, self._parts),
            ("many objects", 3, self._many),
            ("of strangers", 30, self._strange),
            ("of open grants", 20, self._of_open),
        )

    def next(self) -> tuple[str, list[bytes]]:
        """A kind and a message of it; none is huge."""
        names, weights, makers = zip(*self._kinds, strict=True)
        (number,) = self._chance.choices(range(len(names)), weights)
        return names[number], makers[number]()

    def huge(self) -> list[bytes]:
        """One that is larger than a frame may be: of spaces, or of objects that could be read each by itself."""
        size = self._chance.choice(_HUGE)
        if self._chance.random() < 0.5:
            return [b" " * size]
        piece = self._encoded(self._stranger()) + b","
        return [b"[" + piece * (size // len(piece) + 1) + b"{}]"]

    def hello(self) -> bytes:
        """A hello of somebody whom nobody knows, as good as any."""
        return self._encoded({**EXAMPLES[STATUS][0], "incarnation": self._name()})

    # --- what cannot be read ------------------------------------------------------------------------------------------

    def _random(self) -> list[bytes]:
        return [self._chance.randbytes(self._chance.choice((0, 1, 7, 100, 4_000)))]

    def _truncated(self) -> list[bytes]:
        whole = self._encoded(self._example())
        return [whole[: self._chance.randrange(len(whole))]]

    def _flipped(self) -> list[bytes]:
        # A bit more or less in what a worker would say makes it say something else of what it has.
        frame = bytearray(self._encoded({**self._stranger(), "incarnation": self._name()}))
        for _ in range(self._chance.randint(1, 5)):
            frame[self._chance.randrange(len(frame))] ^= 1 << self._chance.randrange(8)
        return [bytes(frame)]

    def _deep(self) -> list[bytes]:
        depth = self._chance.choice(_DEEP)
        opened, closed = self._chance.choice((("[", "]"), ('{"a":', "}")))
        nest = opened * depth + "1" + closed * depth
        message = self._stranger()
        key = self._chance.choice([*message, "args", "result"])
        return [self._with(message, key, nest)]

    def _no_utf8(self) -> list[bytes]:
        frame = self._encoded(self._stranger())
        place = frame.index(b'"') + 1
        return [frame[:place] + self._chance.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80")) + frame[place:]]

    def _parts(self) -> list[bytes]:
        """Zonda's messages have one part: each of these is one, or none."""
        return [self._encoded(self._stranger()) if n % 2 else b"" for n in range(self._chance.randint(2, 30))]

    def _many(self) -> list[bytes]:
        objects = [self._chance.choice((self._odd, self._strange))()[0] for _ in range(self._chance.randint(2, 400))]
        return [b"[" + b",".join(objects) + b"]"]

    # --- what can be read, or nearly ----------------------------------------------------------------------------------

    def _odd(self) -> list[bytes]:
        message = self._stranger()
        key = self._chance.choice([*message, "kind", "no-such-key"])
        return [self._with(message, key, self._chance.choice(_ODD))]

    def _strange(self) -> list[bytes]:
        return [self._encoded(self._stranger())]

    def _example(self) -> dict[str, Any]:
        return self._chance.choice(EXAMPLES[self._topic])

    def _stranger(self) -> dict[str, Any]:
        """A message that can be read: of an incarnation that nobody has, or of what has ended."""
        message = {**self._example(), **self._where()}
        if self._topic == TASKS:
            # Nobody's work, or little of it: what is asked for is to be run beside the good tasks.
            task = message["task"] if self._chance.random() < 0.05 else "no-such-task"
            return message | {"task-id": self._chance.choice((self._name(), self._a_grant()[0])), "task": task}
        if self._topic == CONTROL:
            # Another topic than the worker has that hears this: it would be right to leave its own.
            message["topic"] = "W7"
        task_id, fence, worker, holder = self._a_grant()
        # A presence under a worker's own name would be that worker's word: it takes as many random bits as a key has.
        late = "hello" not in message and message["kind"] != "goodbye" and self._topic in (STATUS, RESULTS)
        message["incarnation"] = holder if late and self._chance.random() < 0.3 else self._name()
        if "fence" in message:
            other = self._chance.choice((1, fence + 1, fence + 2**32, 2**63 - 1))
            message |= {"task-id": task_id, "fence": fence if late and self._chance.random() < 0.7 else other}
            if message["fence"] != fence:
                message["incarnation"] = self._name()
        if "worker" in message:
            message["worker"] = worker
        return message

    def _of_open(self) -> list[bytes]:
        """All that may be said of a grant that somebody has, in any order and twice, by whoever has no right to.

        Where all of it is right nobody can tell it from the worker's own word: that is never sent.
        """
        if not self._seen.opened or self._topic == CONTROL:
            return self._strange()
        grant = self._chance.choice(self._seen.opened)
        said = [one for one in EXAMPLES[self._topic] if one.get("kind") != "goodbye"]
        drawn = self._chance.choices(said, k=self._chance.randint(1, 5))
        messages = [self._about(grant, one) for one in drawn]
        messages += self._chance.choices(messages, k=self._chance.randint(0, 2))
        return [b"[" + b",".join(map(self._encoded, messages)) + b"]"]

    def _about(self, grant: Grant, example: Mapping[str, Any]) -> dict[str, Any]:
        key, fence, worker, holder = grant
        message = {**example, "task-id": key, "fence": fence, "worker": worker}
        if self._topic == TASKS:
            return {**example, "task-id": key, "task": "no-such-task"}
        if self._topic == W1:
            return message | self._out_of_place(holder)
        if "hello" in message:
            # A presence under a worker's own name would be that worker's word.
            named = {"task-id": key, "fence": fence}
            listed = {"holds": [{**named, "started": self._chance.random() < 0.5}], "unsettled": [named]}
            return {**example, **self._where(), "incarnation": self._name(), **listed}
        message |= {"message": FORGED, "error": FORGED, "result": FORGED, "traceback": FORGED}
        message["lines"] = [{"number": 1, "after": 0.0, "stream": "stdout", "text": FORGED}]
        if self._chance.random() < 0.5:
            return message | {"incarnation": self._other_than(holder)}
        # None that could become the next grant of this holder before it is read.
        wrong = (1, fence + 2**20, fence + 2**32, 2**63 - 1, *(ended for _, ended, _, _ in self._seen.ended[:5]))
        return message | {"incarnation": holder, "fence": self._chance.choice(wrong)}

    def _other_than(self, holder: str) -> str:
        """Another worker that has something too, if there is one; or nobody."""
        others = [other for *_, other in self._seen.opened if other != holder]
        return self._chance.choice([*others, self._name()])

    def _out_of_place(self, holder: str) -> dict[str, Any]:
        """The header of a frame that is not for this worker, not of this round, or long behind what it has taken."""
        epoch = self._seen.epoch
        position = self._chance.choice(((epoch, 0), (epoch, 1), (epoch - 1, 2**63 - 1), (0, 2**63 - 1)))
        header: dict[str, Any] = {"incarnation": holder, "hello": 1, "epoch": position[0], "seq": position[1]}
        match self._chance.randrange(3):
            case 0:
                header |= {"incarnation": self._name(), "epoch": epoch, "seq": 2**63 - 1}
            case 1:
                header |= {"hello": 2**31, "epoch": epoch, "seq": 2**63 - 1}
        return header

    def _where(self) -> dict[str, Any]:
        """What a presence may say of the frames that it took, and what the header of a worker's frame may be."""
        epoch = self._chance.choice((0, self._seen.epoch, self._seen.epoch + 1, 2**31 - 1, 2**63 - 1))
        if self._topic == STATUS:
            return {"received": [epoch, self._chance.choice((0, 1, 2**63 - 1))]}
        return {"epoch": epoch, "seq": self._chance.choice((0, 1, 2**63 - 1))} if self._topic == W1 else {}

    def _a_grant(self) -> Grant:
        return self._chance.choice(self._seen.ended) if self._seen.ended else ("none", 1, "W1", self._name())

    def _name(self) -> str:
        return f"{self._chance.getrandbits(64):016x}"

    def _encoded(self, message: Mapping[str, Any]) -> bytes:
        return json.dumps(message).encode()

    def _with(self, message: Mapping[str, Any], key: str, value: str) -> bytes:
        """The message with this JSON, or what is none, in the place of one value."""
        pairs = [f"{json.dumps(name)}: {json.dumps(was)}" for name, was in message.items() if name != key]
        self._chance.shuffle(pairs)
        return ("{" + ", ".join([*pairs, f"{json.dumps(key)}: {value}"]) + "}").encode()
