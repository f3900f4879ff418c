"""What happens to a ventilator, in the words of the tests, and what they look for in its effects."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat
from typing import Any

from msgspec import UNSET

from backend.tasks.grants import Candidate, Closing, GrantedTask, Known, OpenGrant, Wishes, WorkerRow
from backend.tasks.offer import Offer
from backend.ventilator.effects import Close as CloseGrants
from backend.ventilator.effects import Effect, Fill, Send, Tend, WriteWorkers
from backend.ventilator.events import Event, Filled, StatusHeard, Tended, Ticked
from backend.ventilator.machine import Ventilator
from wire.messages import (
    Answer,
    Beat,
    Freed,
    Goodbye,
    Grant,
    Held,
    Hello,
    OnStatus,
    ReportKind,
    Revoke,
    SettledBySink,
    Started,
    Unsettled,
)
from wire.topics import Topic

EPOCH = 7
FIRST = (EPOCH << 32) + 1
NEVER = float("inf")
NOBODY = Known((), ())
W1, W2, W3 = Topic("W1"), Topic("W2"), Topic("W3")

_WHO: dict[str, Any] = {"name": "worker-1", "host": "anna", "pid": 4711, "queues": ("*",), "slots": 1}


def hello(incarnation: str = "one", number: int = 1, **more: Any) -> Hello:
    return Hello(**{**_WHO, "incarnation": incarnation, "hello": number, **more})


def beat(incarnation: str = "one", number: int = 1, **more: Any) -> Beat:
    return Beat(**{**_WHO, "incarnation": incarnation, "hello": number, **more})


def holds(*fences: int, started: bool = False) -> tuple[Held, ...]:
    return tuple(Held(task_of(fence), fence, started) for fence in fences)


def unsettled(*fences: int) -> tuple[Unsettled, ...]:
    return tuple(Unsettled(task_of(fence), fence) for fence in fences)


def task_of(fence: int) -> str:
    return f"t{fence & 0xFFFF}"


def started(fence: int, incarnation: str = "one") -> Started:
    return Started(incarnation=incarnation, task_id=task_of(fence), fence=fence)


def ended(fence: int, ran: float = 0.001, incarnation: str = "one") -> Freed:
    return Freed(incarnation=incarnation, task_id=task_of(fence), fence=fence, ran=ran)


def handed_back(fence: int, incarnation: str = "one") -> Freed:
    return Freed(incarnation=incarnation, task_id=task_of(fence), fence=fence, ran=UNSET)


def settled(
    fence: int,
    report: ReportKind = ReportKind.SUCCEEDED,
    answer: Answer = Answer.APPLIED,
    incarnation: str = "one",
) -> SettledBySink:
    return SettledBySink(incarnation=incarnation, task_id=task_of(fence), fence=fence, report=report, answer=answer)


def goodbye(incarnation: str = "one") -> Goodbye:
    return Goodbye(incarnation=incarnation)


def granted(fence: int, holder: str = "one", path: str = "app.add", args: bytes = b"[1, 2]") -> GrantedTask:
    return GrantedTask(
        task_id=task_of(fence),
        path=path,
        args=args,
        kwargs=b"{}",
        queue="default",
        priority=0,
        attempt=1,
        fence=fence,
        holder=holder,
    )


def offered(tasks: Sequence[Candidate]) -> Offer:
    """An offer of these, which stand in the order of granting."""

    def read(queues: Sequence[str], limit: int, skip: int) -> list[Candidate]:
        of_queue = [[task for task in tasks if task.queue == queue] for queue in queues]
        return [task for group in of_queue for task in group[skip : skip + limit]]

    return Offer(sorted({task.queue for task in tasks}), 10, read)


def open_grant(fence: int, holder: str = "one", *, running: bool = False, size: int = 0) -> OpenGrant:
    return OpenGrant(
        task_id=task_of(fence),
        seq=fence,
        path="app.add",
        queue="default",
        priority=0,
        fence=fence,
        holder=holder,
        started=running,
        size=size,
    )


def known_worker(topic: str = "W1", incarnation: str = "one", state: str = "READY") -> WorkerRow:
    return WorkerRow(topic, incarnation, "worker-1", "anna", 4711, ("*",), 1, state, beat=False)


class Driven:
    """A ventilator whose clock the test moves by hand, with the next grants of its record."""

    def __init__(self, known: Known = NOBODY, epoch: int = EPOCH) -> None:
        self.now = 100.0
        self.machine = Ventilator(epoch, known, self.now)
        self.wishes = Wishes()
        self.tended_at: list[float] = []
        self.due_in: Iterator[float | None] = repeat(None)
        self._sent = count(1)

    @property
    def tended(self) -> int:
        """How often it was."""
        return len(self.tended_at)

    def on(self, *messages: OnStatus) -> list[Effect]:
        return self.handle(StatusHeard(messages))

    def handle(self, event: Event) -> list[Effect]:
        """The effects; the record is tended at once, and tells what `wishes` says and the next of `due_in`."""
        effects = self.machine.handle(event, self.now)
        while Tend() in effects:
            self.tended_at.append(self.now)
            effects.remove(Tend())
            effects += self.machine.handle(Tended(self.wishes, next(self.due_in)), self.now)
        self.machine.table.check()
        return effects

    def after(self, seconds: float) -> list[Effect]:
        """What happens in that time if nobody is heard; it ticks whenever the machine asks for it."""
        until = self.now + seconds
        effects: list[Effect] = []
        while (deadline := self.machine.next_deadline()) <= until:
            self.now = max(self.now, deadline)
            effects += self.handle(Ticked())
        self.now = until
        return effects

    def seat(self, incarnation: str = "one", **more: Any) -> list[Effect]:
        """A worker says hello, is given a seat, hears the first frame there, and says so."""
        first = sent(self.on(hello(incarnation, **more)))[-1]
        topic = first.topic
        return self.on(beat(incarnation, topic=topic, received=position(first), **more))

    def grant(self, *grants: GrantedTask, more: bool = False, due: float | None = None) -> list[Effect]:
        """The record answers the Fill in flight."""
        return self.handle(Filled(grants, more, due))


def only[T](kind: type[T], effects: Iterable[Effect]) -> list[T]:
    return [effect for effect in effects if isinstance(effect, kind)]


def sent(effects: Iterable[Effect]) -> list[Send]:
    return only(Send, effects)


def fills(effects: Iterable[Effect]) -> list[Fill]:
    return only(Fill, effects)


def closings(effects: Iterable[Effect]) -> list[Closing]:
    return [closing for close in only(CloseGrants, effects) for closing in close.closings]


def position(frame: Send) -> tuple[int, int]:
    return frame.messages[0].epoch, frame.messages[0].seq


def grants_in(effects: Iterable[Effect]) -> list[int]:
    return [message.fence for frame in sent(effects) for message in frame.messages if isinstance(message, Grant)]


def states(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(row.topic, row.state) for write in only(WriteWorkers, effects) for row in write.rows]


def revoked(effects: list[Effect]) -> list[int]:
    return [message.fence for frame in sent(effects) for message in frame.messages if isinstance(message, Revoke)]
