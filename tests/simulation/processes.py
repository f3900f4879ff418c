"""The three processes as they are simulated: a machine each, and a loop that obeys it on simulated sockets and time."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count, islice
from typing import TYPE_CHECKING, Protocol, assert_never

from msgspec import Raw

from backend.tasks.grants import Candidate, Choice
from backend.ventilator import effects as ve
from backend.ventilator import events as vv
from backend.ventilator.choosing import choose
from backend.ventilator.machine import Ventilator
from sink import effects as se
from sink import events as sv
from sink.machine import Sink
from tests.simulation.model import NewerEpoch
from tests.simulation.violation import Violation
from wire import codec
from wire.messages import Grant, OnStatus, OnWorkerTopic, Presence
from wire.topics import Topic
from workers import effects as we
from workers import events as wv
from workers.machine import Identity, Worker
from workers.why import Why

if TYPE_CHECKING:
    from tests.simulation.world import World

NEVER = float("inf")
AFTER_SHUT = 0.5
"""Seconds in which the address of a socket may still be taken after it was closed."""

_SPINS = 50


class Machine[Event, Effect](Protocol):
    def handle(self, event: Event, now: float) -> list[Effect]: ...
    def next_deadline(self) -> float: ...


class Process[Event, Effect](ABC):
    """Something that lives, stands still at times, and dies. `now` is the world's time."""

    def __init__(self, world: "World", name: str, ticked: Event) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.machine: Machine[Event, Effect] | None = None
        self._ticked = ticked
        self._stalled = False
        self._mail: deque[Event] = deque()
        self._tick_at = NEVER
        self._spins = 0
        self._spun_at = 0.0

    @property
    def now(self) -> float:
        return self.world.agenda.now

    def tell(self, event: Event) -> None:
        """Let the machine handle it now, or when the process goes on."""
        if not self.alive:
            return
        if self._stalled or self.machine is None:
            self._mail.append(event)
            return
        for effect in self.machine.handle(event, self.now):
            if self.alive:
                self.obey(effect)
        self.world.look()
        self._set_tick()

    def stall(self, seconds: float) -> None:
        self._stalled = True
        self.world.agenda.after(seconds, self.go_on)

    def go_on(self) -> None:
        if not self._stalled or not self.alive:
            return
        self._stalled = False
        mail, self._mail = self._mail, deque()
        if self.world.chance.random() < 0.5:
            self.tell(self._ticked)
        for event in mail:
            self.tell(event)
        self.tell(self._ticked)

    def kill(self) -> None:
        self.alive = False
        self._mail.clear()

    @abstractmethod
    def obey(self, effect: Effect) -> None: ...

    def _set_tick(self) -> None:
        if not self.alive or self.machine is None:
            return
        deadline = self.machine.next_deadline()
        if deadline == NEVER or self._tick_at <= deadline:
            return
        self._tick_at = deadline
        self.world.agenda.at(deadline, lambda: self._tick(deadline))

    def _tick(self, deadline: float) -> None:
        if self._tick_at != deadline or not self.alive:
            return
        self._tick_at = NEVER
        self._spins = self._spins + 1 if self._spun_at == self.now else 0
        self._spun_at = self.now
        if self._spins > _SPINS:
            raise Violation(f"{self.name} spins at {self.now}")
        self.tell(self._ticked)


class VentilatorProcess(Process[vv.Event, ve.Effect]):
    """The ventilator, with its one thread for the record."""

    machine: Ventilator | None

    def __init__(self, world: "World", name: str) -> None:
        super().__init__(world, name, vv.Ticked())
        self.opened: dict[Topic, float] = {}
        self._shut_at: dict[Topic, float] = {}
        self._epoch = 0
        self._asked: deque[ve.ForRecord] = deque()
        self._writing = False
        self._late: list[Callable[[], None]] = []
        self.world.agenda.after(world.chance.uniform(0.01, 0.05), self._begin)

    def _begin(self) -> None:
        if not self.alive:
            return
        if self._stalled:
            self._late.append(self._begin)
            return
        self._epoch = self.world.record.raise_epoch(0)
        self.machine = Ventilator(self._epoch, self.world.record.known(), self.now)
        mail, self._mail = self._mail, deque()
        self.tell(vv.Ticked())
        for event in mail:
            self.tell(event)

    def go_on(self) -> None:
        super().go_on()
        late, self._late = self._late, []
        for do in late:
            do()

    def obey(self, effect: ve.Effect) -> None:
        match effect:
            case ve.Open(topic):
                if topic in self.opened:
                    raise Violation(f"{topic} is opened while it is open")
                if self._shut_at.get(topic, -NEVER) + AFTER_SHUT > self.now:
                    raise Violation(f"{topic} is opened while its former address is being freed")
                self.opened[topic] = self.now + self.world.chance.uniform(0.005, 0.3)
            case ve.Shut(topic):
                del self.opened[topic]
                self._shut_at[topic] = self.now
            case ve.Publish(message):
                for worker in self.world.live_workers():
                    if not self.world.control_is_lost():
                        self.world.network.carry(self.name, worker.name, _to(worker, wv.AssignedHeard(message)))
            case ve.Send(topic, messages):
                self._send(topic, messages)
            case _:
                self._asked.append(effect)
                self._write_next()

    def _send(self, topic: Topic, messages: tuple[OnWorkerTopic, ...]) -> None:
        if topic not in self.opened:
            raise Violation(f"a frame for {topic}, which is not open")
        if len({(m.epoch, m.seq, m.incarnation, m.hello) for m in messages}) != 1:
            raise Violation("the objects of a frame differ in their header")
        listeners = [
            worker
            for worker in self.world.live_workers()
            if worker.listens_at.get(topic, NEVER) <= self.now and self.opened[topic] <= self.now
        ]
        if listeners:
            one = self.world.misrouted() or self.world.chance.choice(listeners)
            to = topic if one in listeners else next(iter(one.listens_at), topic)
            self.world.network.carry(self.name, one.name, lambda: one.hear(to, messages))

    # --- the thread for the record -----------------------------------------------------------------------------------

    def _write_next(self) -> None:
        if self._writing or not self._asked:
            return
        self._writing = True
        effect = self._asked.popleft()
        self.world.agenda.after(self.world.record_takes(), lambda: self._carry_out(effect))

    def _carry_out(self, effect: ve.ForRecord) -> None:
        if self._stalled and self.alive:
            self._late.append(lambda: self._carry_out(effect))
            return
        if not self.alive and self.world.chance.random() < 0.5:
            return
        fails = self.alive and self.world.record_fails()
        try:
            if fails and self.world.chance.random() < 0.5:
                self._failed(effect)
                return
            answer = self._write(effect)
        except NewerEpoch:
            if self.alive:
                self.kill()
                self.world.ended(self)
            return
        if not self.alive:
            return
        if fails:
            self._failed(effect)
            return
        self._done(answer)

    def _failed(self, effect: ve.ForRecord) -> None:
        if isinstance(effect, ve.Fill):
            self._done(vv.FillFailed())
        elif isinstance(effect, ve.Tend):
            self._done(vv.Tended(None))
        else:
            self.world.agenda.after(0.1, lambda: self._carry_out(effect))

    def _done(self, answer: vv.Event | None) -> None:
        self._writing = False
        if answer is not None:
            self.tell(answer)
        self._write_next()

    def _write(self, effect: ve.ForRecord) -> vv.Event | None:
        record = self.world.record
        match effect:
            case ve.Fill():
                return self._fill(effect)
            case ve.Close(closings):
                record.close(self._epoch, closings, self.now)
            case ve.Lose(_, incarnation, started, slots):
                record.lose(self._epoch, incarnation, started=started, slots=slots, now=self.now)
            case ve.WriteWorkers(rows):
                record.write_workers(self._epoch, rows)
            case ve.Tend():
                return vv.Tended(record.tend(self._epoch, self.now))
            case ve.ReadRecord():
                return vv.RecordRead(record.known())
            case ve.RaiseEpoch(above):
                self._epoch = record.raise_epoch(above)
                return vv.EpochRaised(self._epoch)
            case _:
                assert_never(effect)
        return None

    def _fill(self, fill: ve.Fill) -> vv.Event:
        passed_over = False

        def chosen(candidates: Sequence[Candidate]) -> Sequence[Choice]:
            nonlocal passed_over
            fences = islice(count(fill.first_fence), fill.limit)
            choices = choose(fill.rooms, fill.averages, candidates, fences)
            passed_over = len(choices) < len(candidates)
            return choices

        granted = self.world.record.grant(
            self._epoch, queues=fill.queues, limit=fill.limit, choose=chosen, now=self.now
        )
        return vv.Filled(granted.grants, granted.more or passed_over, granted.next_due_in)


class WorkerProcess(Process[wv.Event, we.Effect]):
    """A worker's supervisor with its children, which go on while it stands still."""

    machine: Worker

    def __init__(self, world: "World", place: int, identity: Identity) -> None:
        super().__init__(world, identity.incarnation, wv.Ticked())
        self.place = place
        self.identity = identity
        self.listens_at: dict[Topic, float] = {}
        self.children: set[int] = set()
        self.running: dict[int, Grant] = {}
        self.last_presence: Presence | None = None
        self.machine = Worker(identity, self.now)
        world.record.slots_of[identity.incarnation] = identity.slots
        self.tell(wv.Ticked())

    def hear(self, topic: Topic, messages: tuple[OnWorkerTopic, ...]) -> None:
        if topic in self.listens_at:
            self.tell(wv.FrameHeard(messages))

    def obey(self, effect: we.Effect) -> None:
        world = self.world
        match effect:
            case we.Listen(topic):
                self.listens_at[topic] = self.now + world.chance.uniform(0.001, 0.05)
            case we.Unlisten():
                self.listens_at.clear()
            case we.ToStatus(messages):
                self._say(messages)
            case we.ToResults(messages):
                world.to_sink(self.name, messages)
            case we.StartChild(child):
                self.children.add(child)
                world.agenda.after(world.chance.uniform(0.02, 0.3), lambda: self._child_ready(child))
            case we.Run(child, grant):
                self._run(child, grant)
            case we.Interrupt(child, fence, why):
                world.agenda.after(world.chance.uniform(0.001, 0.01), lambda: self._interrupt(child, fence, why))
            case we.KillChild(child):
                world.agenda.after(0.005, lambda: self.lose_child(child, "was killed by signal 9 (SIGKILL)"))
            case we.Exit():
                self.kill()
                world.ended(self)
            case _:
                assert_never(effect)

    def _say(self, messages: tuple[OnStatus, ...]) -> None:
        for message in messages:
            if isinstance(message, Presence):
                self.last_presence = message
        self.world.to_ventilator(self.name, messages)

    def kill(self) -> None:
        super().kill()
        self.listens_at.clear()
        self.children.clear()
        self.running.clear()

    def lose_child(self, child: int, how: str) -> None:
        if child not in self.children:
            return
        self.children.remove(child)
        grant = self.running.pop(child, None)
        if grant is not None:
            self.world.record.ran_ended(grant.fence)
        self.tell(wv.ChildEnded(child, how))

    def _child_ready(self, child: int) -> None:
        if child in self.children:
            self.tell(wv.ChildReady(child))

    def _run(self, child: int, grant: Grant) -> None:
        if child not in self.children:
            # It has died, and its supervisor has yet to hear of it.
            return
        self.world.record.ran(grant.fence)
        self.running[child] = grant
        seconds, end = self.world.conduct(grant)
        self.world.agenda.after(seconds, lambda: self._end_run(child, grant, seconds, end))

    def _interrupt(self, child: int, fence: int, why: Why) -> None:
        grant = self.running.get(child)
        if grant is None or grant.fence != fence or self.world.chance.random() < 0.3:
            # It has ended, or does not mind.
            return
        del self.running[child]
        self.world.record.ran_ended(fence)
        self.tell(wv.RunEnded(child, 0.01, wv.Raised("TaskInterrupted", "", "", interrupted=why)))

    def _end_run(self, child: int, grant: Grant, seconds: float, end: str) -> None:
        if self.running.get(child) is not grant:
            return
        if end == "kills its worker":
            self.kill()
            self.world.ended(self)
        elif end == "kills its child":
            self.lose_child(child, "was killed by signal 11 (SIGSEGV)")
        else:
            del self.running[child]
            self.world.record.ran_ended(grant.fence)
            well = end == "returns"
            how = wv.Returned(Raw(b"3")) if well else wv.Raised("ValueError: no", "builtins.ValueError", "")
            self.tell(wv.RunEnded(child, seconds, how))


class SinkProcess(Process[sv.Event, se.Effect]):
    """The sink, with its calls to the backend."""

    machine: Sink

    def __init__(self, world: "World", name: str) -> None:
        super().__init__(world, name, sv.Ticked())
        self.machine = Sink()

    def obey(self, effect: se.Effect) -> None:
        match effect:
            case se.Call(reports):
                self._call(reports)
            case se.ToStatus(messages):
                self.world.to_ventilator(self.name, messages)
            case se.GiveUp():
                pass
            case se.Exit():
                self.kill()
                self.world.ended(self)
            case _:
                assert_never(effect)

    def _call(self, bodies: tuple[bytes, ...]) -> None:
        reports, unreadable = codec.results_decoder.decode(b"[" + b",".join(bodies) + b"]")
        if unreadable:
            raise Violation(f"the sink sends what cannot be read: {unreadable}")
        fate = self.world.fate_of_call()
        chance = self.world.chance

        def arrive() -> None:
            # A call that is under way reaches the backend though its sink dies meanwhile.
            if fate == "refused":
                answer: sv.Event = sv.CallRefused("500")
            elif fate == "fails before":
                answer = sv.CallFailed("no connection")
            else:
                answers = self.world.record.report(reports, self.now)
                answer = sv.CallFailed("no answer") if fate == "fails after" else sv.CallAnswered(answers)
            self.world.agenda.after(chance.uniform(0.0005, 0.003), lambda: self.tell(answer))

        self.world.agenda.after(self.world.call_takes(), arrive)


def _to(worker: WorkerProcess, event: wv.Event) -> Callable[[], None]:
    return lambda: worker.tell(event)


def status_heard(ventilator: VentilatorProcess, messages: tuple[OnStatus, ...]) -> Callable[[], None]:
    return lambda: ventilator.tell(vv.StatusHeard(messages))
