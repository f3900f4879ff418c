"""The simulated worker: its supervisor, and children that go on while it stands still."""

from typing import TYPE_CHECKING, assert_never

from msgspec import Raw

from tests.simulation.process import Process
from wire.messages import Grant, OnStatus, OnWorkerTopic, Presence
from wire.topics import Topic
from workers import effects as we
from workers import events as wv
from workers.machine import Identity, Worker
from workers.why import Why

if TYPE_CHECKING:
    from tests.simulation.world import World


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
        self.numb: set[int] = set()
        self.last_presence: Presence | None = None
        self.machine = Worker(identity, self.now)
        world.record.truth.slots_of[identity.incarnation] = identity.slots
        self.tell(wv.Ticked())

    def look(self) -> None:
        pass

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
            case we.Exit():
                self.kill()
                world.ended(self)
            case _:
                self._obey_for_child(effect)

    def _obey_for_child(self, effect: we.ToChildren) -> None:
        world = self.world
        match effect:
            case we.StartChild(child):
                self.children.add(child)
                world.agenda.after(world.chance.uniform(0.02, 0.3), lambda: self._child_ready(child))
            case we.Run(child, grant):
                self._run(child, grant)
            case we.Interrupt(child, fence, why):
                world.agenda.after(world.chance.uniform(0.001, 0.01), lambda: self._interrupt(child, fence, why))
            case we.KillChild(child):
                world.agenda.after(0.005, lambda: self.lose_child(child, "was killed by signal 9 (SIGKILL)"))
            case we.RetireChild(child):
                world.agenda.after(0.05, lambda: self.lose_child(child, "ended with exit code 0"))
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
            self.world.record.truth.ran_ended(grant.fence, self.name)
        self.tell(wv.ChildEnded(child, how))

    def _child_ready(self, child: int) -> None:
        if child in self.children:
            self.tell(wv.ChildReady(child))

    def _run(self, child: int, grant: Grant) -> None:
        if child not in self.children:
            # It has died, and its supervisor has yet to hear of it.
            return
        if child in self.numb and not self.world.luck.healed:
            # It lives, and takes nothing.
            return
        self.world.record.truth.ran(grant.fence, self.name)
        self.running[child] = grant
        self.tell(wv.RunBegun(child))
        seconds, end = self.world.luck.conduct(grant)
        self.world.agenda.after(seconds, lambda: self._end_run(child, grant, seconds, end))

    def _interrupt(self, child: int, fence: int, why: Why) -> None:
        grant = self.running.get(child)
        if grant is None or grant.fence != fence or self.world.chance.random() < 0.3:
            # It has ended, or does not mind.
            return
        del self.running[child]
        self.world.record.truth.ran_ended(fence, self.name)
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
            self.world.record.truth.ran_ended(grant.fence, self.name)
            well = end == "returns"
            how = wv.Returned(Raw(b"3")) if well else wv.Raised("ValueError: no", "builtins.ValueError", "")
            # No chance is drawn for it, so that the seeds there are go on meaning what they mean.
            spent = "has run 40 tasks" if grant.fence % 40 == 0 else None
            self.tell(wv.RunEnded(child, seconds, how, spent))
