"""A worker's machine with a hand-moved clock, that is checked at every step."""

from typing import Any

from msgspec import Raw

from wire.messages import (
    Answer,
    Assigned,
    AttemptStarted,
    AttemptTold,
    Beat,
    Drain,
    Freed,
    Goodbye,
    Grant,
    Hello,
    OnResults,
    OnStatus,
    OnWorkerTopic,
    ReportKind,
    Revoke,
    Settled,
    Started,
    VentilatorBeat,
)
from workers.effects import (
    Effect,
    Exit,
    Interrupt,
    KillChild,
    Listen,
    RetireChild,
    Run,
    StartChild,
    ToResults,
    ToStatus,
    Unlisten,
)
from workers.events import (
    AssignedHeard,
    ChildEnded,
    ChildReady,
    Event,
    FrameHeard,
    Returned,
    RunBegun,
    RunEnded,
    Ticked,
)
from workers.machine import Identity, Worker
from workers.why import Why

ME = "me"
SOMEBODY = "somebody"


class Driver:
    """Feeds a machine and keeps what it asked for; `check` holds what must be true whatever happened.

    Children take what they are given at once, but for those that are `numb`.
    """

    def __init__(self, slots: int = 1) -> None:
        self.identity = Identity(incarnation=ME, name="n", host="h", pid=7, queues=("*",), slots=slots)
        self.now = 100.0
        self.worker = Worker(self.identity, self.now)
        self.seq = 0
        self.epoch = 3
        self.alive: set[int] = set()
        self.busy: dict[int, Grant] = {}
        self.run: list[int] = []
        self.told: dict[int, Why] = {}
        self.killed: set[int] = set()
        self.retired: set[int] = set()
        self.numb: set[int] = set()
        self.begun: set[int] = set()
        self.outcomes: dict[int, OnResults] = {}
        self.reported_start: set[int] = set()
        self.all_status: list[OnStatus] = []
        self.topic: str | None = None
        self.exited: int | None = None

    # what happens

    def happens(self, event: Event, after: float = 0.0) -> list[Effect]:
        self.now += after
        if isinstance(event, ChildEnded):
            self.alive.discard(event.child)
            self.retired.discard(event.child)
            self.busy.pop(event.child, None)
        if isinstance(event, RunEnded):
            self.busy.pop(event.child, None)
        effects = self.worker.handle(event, self.now)
        for effect in effects:
            self._keep(effect)
        for run in of(effects, Run):
            if run.child not in self.numb:
                effects += self.takes(run.child)
        return effects

    def takes(self, child: int, after: float = 0.0) -> list[Effect]:
        """The child takes what it was given."""
        self.begun.add(self.busy[child].fence)
        return self.happens(RunBegun(child), after)

    def ticks(self) -> list[Effect]:
        """Let time pass until the machine's next deadline."""
        self.now = max(self.now, self.worker.next_deadline())
        return self.happens(Ticked())

    def passes(self, seconds: float, *, beaten: bool = False) -> list[Effect]:
        """Let so much time pass, with every deadline on the way, and with a beat heard each half second if wanted."""
        until = self.now + seconds
        effects: list[Effect] = []
        next_beat = self.now + 0.5
        while (deadline := min(self.worker.next_deadline(), next_beat if beaten else until)) < until:
            self.now = max(self.now, deadline)
            effects += self.happens(Ticked())
            if beaten and self.now >= next_beat:
                effects += self.beat_heard()
                next_beat += 0.5
        self.now = until
        return effects + self.happens(Ticked())

    def frame(self, *messages: OnWorkerTopic, after: float = 0.0) -> list[Effect]:
        return self.happens(FrameHeard(messages), after)

    def beat_heard(self) -> list[Effect]:
        return self.frame(VentilatorBeat(**self.header()))

    def granted(self, *fences: int, **limits: Any) -> list[Effect]:
        header = self.header()
        return self.frame(*(a_grant(fence, **header, **limits) for fence in fences))

    def revoked(self, *fences: int) -> list[Effect]:
        header = self.header()
        return self.frame(*(Revoke(**header, task_id=f"t{fence}", fence=fence) for fence in fences))

    def drained(self) -> list[Effect]:
        return self.frame(Drain(**self.header()))

    def child_of(self, fence: int) -> int:
        """The child that runs the grant with this fence."""
        return next(child for child, grant in self.busy.items() if grant.fence == fence)

    def settled(self, fence: int, report: ReportKind = ReportKind.SUCCEEDED) -> list[Effect]:
        return self.frame(
            Settled(**self.header(), task_id=f"t{fence}", fence=fence, report=report, answer=Answer.APPLIED)
        )

    def assigned(self, topic: str = "W1", incarnation: str = ME, epoch: int | None = None) -> list[Effect]:
        epoch = self.epoch if epoch is None else epoch
        return self.happens(AssignedHeard(Assigned(epoch=epoch, incarnation=incarnation, topic=topic)))

    def returns(
        self, child: int, ran: float = 0.001, result: bytes = b"3", after: float = 0.0, spent: str | None = None
    ) -> list[Effect]:
        return self.happens(RunEnded(child, ran, Returned(Raw(result)), spent), after)

    def in_touch(self) -> "Driver":
        """Started, with every child ready, on W1, and heard by the ventilator."""
        for effect in self.happens(Ticked()):
            assert isinstance(effect, StartChild)
            self.happens(ChildReady(effect.child))
        self.assigned()
        self.beat_heard()
        return self

    def header(self) -> dict:
        self.seq += 1
        return {"epoch": self.epoch, "seq": self.seq, "incarnation": ME, "hello": self.hello}

    @property
    def hello(self) -> int:
        return max((said.hello for said in self.all_status if isinstance(said, Hello | Beat)), default=1)

    @property
    def presence(self) -> Hello | Beat:
        return [said for said in self.all_status if isinstance(said, Hello | Beat)][-1]

    # what must be true

    def _keep(self, effect: Effect) -> None:
        assert self.exited is None, "an effect after Exit"
        match effect:
            case Run(child, grant, topic):
                assert topic == self.topic
                self._keep_run(child, grant)
            case StartChild() | Interrupt() | KillChild() | RetireChild():
                self._keep_child(effect)
            case Listen(topic):
                assert self.topic is None, "two topics"
                self.topic = topic
            case Unlisten():
                assert self.topic is not None
                self.topic = None
            case ToResults(messages):
                self._keep_reports(messages)
            case ToStatus(messages):
                assert messages
                for said in messages:
                    self._keep_status(said)
            case Exit(code):
                self.exited = code

    def _keep_child(self, effect: StartChild | Interrupt | KillChild | RetireChild) -> None:
        match effect:
            case StartChild(child):
                assert child not in self.alive
                self.alive.add(child)
                wanted = self.identity.slots + 1
                assert len(self.alive - self.retired) <= wanted
                assert len(self.alive) <= 2 * wanted
            case Interrupt(child, fence, why):
                assert self.busy[child].fence == fence
                assert fence not in self.told, "told to end twice"
                self.told[fence] = why
            case KillChild(child):
                assert child in self.alive
                assert child not in self.killed, "killed twice"
                self.killed.add(child)
            case RetireChild(child):
                assert child in self.alive
                assert child not in self.busy, "let go in the middle of a task"
                assert child not in self.killed | self.retired
                self.retired.add(child)

    def _keep_run(self, child: int, grant: Grant) -> None:
        assert child in self.alive
        assert child not in self.killed, "a task for a child that was killed"
        assert child not in self.retired, "a task for a child that was retired"
        assert child not in self.busy, "two tasks in one child"
        assert grant.fence not in self.run, "started twice"
        assert grant.hello == self.hello, "started a grant of a former round"
        self.busy[child] = grant
        self.run.append(grant.fence)
        assert len(self.busy) <= self.identity.slots

    def _keep_reports(self, reports: tuple[OnResults, ...]) -> None:
        assert reports
        for report in reports:
            assert report.fence in self.begun, "reported before it began"
            if isinstance(report, AttemptStarted):
                self.reported_start.add(report.fence)
            elif isinstance(report, AttemptTold):
                assert report.fence in self.reported_start, "told before it was said to have started"
                assert report.fence not in self.outcomes, "told after its outcome"
            else:
                assert self.outcomes.setdefault(report.fence, report) == report, "two outcomes of one attempt"

    def _keep_status(self, said: OnStatus) -> None:
        last = self.presence if any(isinstance(one, Hello | Beat) for one in self.all_status) else None
        self.all_status.append(said)
        match said:
            case Hello() | Beat():
                if last is not None:
                    assert said.hello in {last.hello, last.hello + 1}
                    assert said.hello > last.hello or said.received >= last.received
                listed = {held.fence for held in said.holds}
                assert not listed & {one.fence for one in said.unsettled}
                assert {held.fence for held in said.holds if held.started} <= set(self.run)
            case Started():
                assert said.fence in self.run
            case Freed():
                assert said.fence not in {grant.fence for grant in self.busy.values()}
            case Goodbye():
                assert not self.busy


def a_grant(fence: int, *, task: str = "add", args: bytes = b"[1, 2]", **more: Any) -> Grant:
    return Grant(
        task_id=f"t{fence}",
        task=task,
        args=Raw(args),
        kwargs=Raw(b"{}"),
        queue="default",
        priority=0,
        attempt=1,
        fence=fence,
        **more,
    )


def said(effects: list[Effect], kind: type | None = None) -> list[OnStatus]:
    """What the effects send on `status`, of one kind if wanted."""
    return [
        message
        for effect in effects
        if isinstance(effect, ToStatus)
        for message in effect.messages
        if kind is None or isinstance(message, kind)
    ]


def reported(effects: list[Effect]) -> list[OnResults]:
    return [message for effect in effects if isinstance(effect, ToResults) for message in effect.messages]


def of(effects: list[Effect], kind: type) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, kind)]
