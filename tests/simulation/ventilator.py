"""The simulated ventilator, with its one thread for the record."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, assert_never

from backend.ventilator import effects as ve
from backend.ventilator import events as vv
from backend.ventilator.choosing import choose
from backend.ventilator.machine import LOOK_BACK_EVERY, Ventilator
from tests.simulation.model import NewerEpoch
from tests.simulation.process import NEVER, Process
from tests.simulation.violation import Violation
from tests.simulation.worker import WorkerProcess
from wire.messages import OnStatus, OnWorkerTopic
from wire.topics import Topic
from workers import events as wv

if TYPE_CHECKING:
    from tests.simulation.world import World

AFTER_SHUT = 0.5
"""Seconds in which the address of a socket may still be taken after it was closed."""


class VentilatorProcess(Process[vv.Event, ve.Effect]):
    """The ventilator, with its one thread for the record."""

    machine: Ventilator | None

    def __init__(self, world: "World", name: str) -> None:
        super().__init__(world, name, vv.Ticked())
        self.opened: dict[Topic, float] = {}
        self._shut_at: dict[Topic, float] = {}
        self._file = 0
        self._epoch = 0
        self._put_back_until_death = 0
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
        self._file = self.world.record.file
        self._epoch = self.world.record.raise_epoch(0)
        self.world.rightful = self
        # What only a record that was put back needs must not make up for what is wrong elsewhere.
        look_back_every = LOOK_BACK_EVERY if "put_back" in self.world.faults else NEVER
        self.machine = Ventilator(self._epoch, self.world.record.known(), self.now, look_back_every)
        mail, self._mail = self._mail, deque()
        self.tell(vv.Ticked())
        for event in mail:
            self.tell(event)

    def kill(self) -> None:
        super().kill()
        self._put_back_until_death = self.world.record.put_back_so_often

    def go_on(self) -> None:
        super().go_on()
        late, self._late = self._late, []
        for do in late:
            do()

    def obey(self, effect: ve.Effect) -> None:
        match effect:
            case ve.Open(topic):
                if topic in self.opened:
                    raise Violation("I11", f"{topic} is opened while it is open")
                if self._shut_at.get(topic, -NEVER) + AFTER_SHUT > self.now:
                    raise Violation("L3", f"{topic} is opened while its former address is being freed")
                self.opened[topic] = self.now + self.world.chance.uniform(0.005, 0.3)
            case ve.Shut(topic):
                del self.opened[topic]
                self._shut_at[topic] = self.now
            case ve.Publish(message):
                for worker in self.world.live_workers():
                    if not self.world.luck.control_is_lost():
                        self.world.network.carry(self.name, worker.name, _to(worker, wv.AssignedHeard(message)))
            case ve.Send(topic, messages):
                self._send(topic, messages)
            case ve.Disbelieve(incarnation):
                self._disbelieve(incarnation)
            case _:
                self._asked.append(effect)
                self._write_next()

    def _disbelieve(self, incarnation: str) -> None:
        if incarnation in self.world.record.truth.slots_of:
            raise Violation("L3", f"{incarnation} is sent away for an epoch that a ventilator has told it")

    def look(self) -> None:
        if self.machine is None:
            return
        try:
            self.machine.table.check()
        except AssertionError as error:
            raise Violation("I11", f"the load table: {error}") from error

    def _send(self, topic: Topic, messages: tuple[OnWorkerTopic, ...]) -> None:
        if topic not in self.opened:
            raise Violation("I11", f"a frame for {topic}, which is not open")
        if len({(m.epoch, m.seq, m.incarnation, m.hello) for m in messages}) != 1:
            raise Violation("I13", "the objects of a frame differ in their header")
        listeners = [
            worker
            for worker in self.world.live_workers()
            if worker.listens_at.get(topic, NEVER) <= self.now and self.opened[topic] <= self.now
        ]
        if listeners:
            one = self.world.a_worker() if self.world.luck.is_misrouted() else self.world.chance.choice(listeners)
            assert one is not None
            to = topic if one in listeners else next(iter(one.listens_at), topic)
            self.world.network.carry(self.name, one.name, lambda: one.hear(to, messages))

    # --- the thread for the record -----------------------------------------------------------------------------------

    def _write_next(self) -> None:
        if self._writing or not self._asked:
            return
        self._writing = True
        effect = self._asked.popleft()
        self.world.agenda.after(self.world.luck.record_takes(), lambda: self._carry_out(effect))

    def _carry_out(self, effect: ve.ForRecord) -> None:
        if self._stalled and self.alive:
            self._late.append(lambda: self._carry_out(effect))
            return
        if not self.alive and (self._file != self.world.record.file or self.world.chance.random() < 0.5):
            return
        put_back = self._put_back_until_death != self.world.record.put_back_so_often
        if not self.alive and (put_back or self.world.rightful not in (self, None)):
            # It has written before either, or never: where a record was put back its epoch may be another's by now.
            return
        fails = self.alive and self.world.luck.record_fails()
        if self.world.luck.record_refuses() or (fails and self.world.chance.random() < 0.5):
            self._failed(effect)
            return
        try:
            answer = self._write(effect)
        except NewerEpoch:
            if self.alive:
                self.kill()
                self.world.ended(self)
            return
        if self.world.rightful not in (self, None) and not isinstance(effect, ve.ReadRecord):
            raise Violation("I13", f"{self.name} was succeeded and goes on: {effect}")
        if fails:
            self._failed(effect)
        elif self.alive:
            self._done(answer)

    def _failed(self, effect: ve.ForRecord) -> None:
        if not self.alive:
            return
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
                record.close(self._epoch, closings, self.world.record_now)
            case ve.Lose(_, incarnation, started, slots):
                record.lose(self._epoch, incarnation, started=started, slots=slots, now=self.world.record_now)
            case ve.WriteWorkers(rows):
                record.write_workers(self._epoch, rows)
            case ve.Tend():
                wishes = record.tend(self._epoch, self.world.record_now)
                return vv.Tended(wishes, record.next_due_in(self.world.record_now))
            case ve.ReadRecord():
                return vv.RecordRead(record.known())
            case ve.RaiseEpoch(above):
                self._epoch = record.raise_epoch(above, mine=self._epoch)
                return vv.EpochRaised(self._epoch)
            case _:
                assert_never(effect)
        return None

    def _fill(self, fill: ve.Fill) -> vv.Event:
        fences = range(fill.first_fence, fill.first_fence + fill.limit)
        chosen = partial(choose, fill.rooms, fill.averages, fences)
        granted = self.world.record.grant(
            self._epoch, queues=fill.queues, limit=fill.limit, choose=chosen, now=self.world.record_now
        )
        return vv.Filled(granted.grants, granted.more, granted.next_due_in)


def _to(worker: WorkerProcess, event: wv.Event) -> Callable[[], None]:
    return lambda: worker.tell(event)


def status_heard(ventilator: VentilatorProcess, messages: tuple[OnStatus, ...]) -> Callable[[], None]:
    return lambda: ventilator.tell(vv.StatusHeard(messages))
