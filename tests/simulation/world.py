"""One history: processes that come and go, what goes wrong, and what must hold all along and at the end."""

from collections.abc import Callable
from random import Random

from backend.ventilator import events as vv
from sink import events as sv
from tests.simulation.agenda import Agenda
from tests.simulation.faults import PEOPLE, Faults
from tests.simulation.model import Record
from tests.simulation.network import Network
from tests.simulation.processes import SinkProcess, VentilatorProcess, WorkerProcess, status_heard
from tests.simulation.violation import Violation
from wire.messages import Goodbye, Grant, OnResults, OnStatus, Presence
from workers import events as wv
from workers.machine import Identity

LONG = frozenset({"long"})

HEALING = 60.0
"""Seconds after the last fault in which every task must reach its end."""

AT_ONCE = 2.0
"""Seconds in which a task must end that is created when all is well and idle."""

LOSING = 4.0
"""Seconds after a worker's death in which all its grants must be back: so its tasks can start elsewhere within 5."""

Anybody = VentilatorProcess | WorkerProcess | SinkProcess


class World:
    """Everything of one history follows from `seed`, and from `faults` where they are given."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.faults = faults or Faults.drawn(self.chance)
        self.agenda = Agenda()
        self.network = Network(self.agenda, self.chance, self.faults)
        self.record = Record()
        if not {"child_kill", "worker_stop", *PEOPLE} & self.faults.kinds:
            # One that is killed or cancelled early makes its type look short.
            self.record.long_paths = LONG
        self.healed = False
        self._backend_down_until = 0.0
        self._numbered = 0
        self._workers_come_back = True

        places = self.chance.choice((1, 2, 2, 3))
        self._shapes = [(self.chance.choice((1, 1, 2)), self._queues(place)) for place in range(places)]
        self.ventilators: list[VentilatorProcess] = []
        self.workers: list[WorkerProcess | None] = [None] * places
        self.sink: SinkProcess | None = None
        self.start_ventilator()
        self.start_sink()
        for place in range(places):
            self.agenda.after(self.chance.uniform(0.0, 1.0), lambda place=place: self.start_worker(place))  # type: ignore[misc]

    def _queues(self, place: int) -> tuple[str, ...]:
        return ("*",) if place == 0 else self.chance.choice((("*",), ("a",), ("a", "b")))

    # --- the whole history -------------------------------------------------------------------------------------------

    def live_through(self) -> None:
        """Everything from the first task to the last; raises Violation."""
        until = self.chance.uniform(4.0, 10.0)
        self._plan_tasks(until)
        self._plan_faults(until)
        self._run_until(until, lambda: False)
        self._heal()
        if not self._run_until(self.agenda.now + HEALING, self._quiet):
            raise Violation(f"L3: {HEALING:g} s after the last fault:\n{self._unfinished()}")
        self._look_back()
        self._run_until(self.agenda.now + 10.0, lambda: False)
        fresh = self._create(path="short", queue="a", priority=0, due_at=None)
        if self.chance.random() < 0.5:
            self._wake()
        if not self._run_until(self.agenda.now + AT_ONCE, lambda: not self.record.unended()):
            raise Violation(f"L2: a task on an idle system takes over {AT_ONCE:g} s: {self.record.rows[fresh]}")

    def die_out(self) -> None:
        """Tasks, and then neither the workers nor the ventilator any more, but a new ventilator; raises Violation."""
        self._plan_tasks(2.0)
        self._run_until(self.chance.uniform(1.5, 3.0), lambda: False)
        self._workers_come_back = False
        dying: list[Anybody] = [*self.live_workers(), self.ventilators[-1]]
        for one in dying:
            one.kill()
            self.ended(one)
        self._run_until(self.agenda.now + 10.0, lambda: False)
        held = [story for story in self.record.stories.values() if story.open]
        if held:
            raise Violation(f"L3: 10 s after the last worker died {held} are open")

    def _run_until(self, until: float, done: Callable[[], bool]) -> bool:
        while not done():
            if self.agenda.now > until or not self.agenda.step():
                return False
        return True

    def _heal(self) -> None:
        self.healed = True
        self.record.paused.clear()
        for row in self.record.unended():
            if row.path == "stuck" and row.timeout is None:
                self.record.cancel(row.task_id, self.agenda.now)
        self._backend_down_until = 0.0
        self.network.heal()
        for one in [*self.ventilators, *self.workers, self.sink]:
            if one is not None:
                one.go_on()

    def _quiet(self) -> bool:
        ventilator = self.ventilators[-1]
        return (
            not self.record.unended()
            and ventilator.alive
            and ventilator.machine is not None
            and all(not seat.grants and not seat.foreign for seat in ventilator.machine.table)
            and all(worker is not None and _idle(worker) for worker in self.workers)
        )

    def _look_back(self) -> None:
        """What can be said only of a whole history."""
        for story in self.record.stories.values():
            if story.open:
                raise Violation(f"L3: a grant is open at the end: {story}")
        if not self.faults.spare_workers:
            return
        for row in self.record.rows.values():
            runs = sum(story.ran for story in self.record.stories.values() if story.task_id == row.task_id)
            lost_for_good = "crash" in row.path
            if not lost_for_good and (runs, row.state.losses) != (1, 0):
                raise Violation(f"no worker was ever silent, and {row} ran {runs} times")

    def _unfinished(self) -> str:
        ventilator = self.ventilators[-1].machine
        seats = [] if ventilator is None else list(ventilator.table)
        idle = [None if worker is None else (worker.name, _idle(worker)) for worker in self.workers]
        return "\n".join(map(str, [*self.record.unended(), *seats, idle]))

    def look(self) -> None:
        """After every turn of any machine."""
        for ventilator in self.ventilators:
            if ventilator.alive and ventilator.machine is not None:
                try:
                    ventilator.machine.table.check()
                except AssertionError as error:
                    raise Violation(f"the load table: {error}") from error

    # --- processes ---------------------------------------------------------------------------------------------------

    def _name(self, kind: str) -> str:
        self._numbered += 1
        return f"{kind}{self._numbered}"

    def start_ventilator(self) -> None:
        self.ventilators = [one for one in self.ventilators if one.alive]
        self.ventilators.append(VentilatorProcess(self, self._name("v")))

    def start_sink(self) -> None:
        self.sink = SinkProcess(self, self._name("s"))

    def start_worker(self, place: int) -> None:
        slots, queues = self._shapes[place]
        identity = Identity(self._name("w"), f"worker-{place}", "host", 100 + place, queues, slots)
        self.workers[place] = WorkerProcess(self, place, identity)

    def live_workers(self) -> list[WorkerProcess]:
        return [worker for worker in self.workers if worker is not None and worker.alive]

    def ended(self, one: Anybody) -> None:
        """Start it again, as RUN.sh does."""
        pause = self.chance.uniform(0.02, 0.3) if self.healed else self.chance.choice((0.03, 0.5, 2.0, 4.0))
        match one:
            case VentilatorProcess():
                if one is self.ventilators[-1]:
                    self.agenda.after(pause, self.start_ventilator)
            case WorkerProcess() if not self._workers_come_back:
                pass
            case WorkerProcess():
                self.agenda.after(pause, lambda: self.start_worker(one.place))
            case SinkProcess():
                self.agenda.after(pause, self.start_sink)

    # --- what travels ------------------------------------------------------------------------------------------------

    def to_ventilator(self, sender: str, messages: tuple[OnStatus, ...]) -> None:
        ventilator = self.ventilators[-1]
        if ventilator.alive:
            hint = not any(isinstance(message, Presence | Goodbye) for message in messages)
            self.network.carry(sender, ventilator.name, status_heard(ventilator, messages), hint=hint)

    def to_sink(self, sender: str, reports: tuple[OnResults, ...]) -> None:
        sink = self.sink
        if sink is not None and sink.alive:
            self.network.carry(sender, sink.name, lambda: sink.tell(sv.ReportsHeard(reports)))

    def _wake(self) -> None:
        ventilator = self.ventilators[-1]
        if ventilator.alive:
            self.network.carry("client", ventilator.name, lambda: ventilator.tell(vv.Woken()), hint=True)

    # --- how long things take, and how they end ----------------------------------------------------------------------

    def record_takes(self) -> float:
        if not self.healed and "record_fails" in self.faults and self.chance.random() < 0.1:
            return self.chance.uniform(0.1, 1.5)
        return self.chance.uniform(0.0005, 0.004)

    def record_fails(self) -> bool:
        return not self.healed and "record_fails" in self.faults and self.chance.random() < 0.2

    def control_is_lost(self) -> bool:
        return not self.healed and "control_lost" in self.faults and self.chance.random() < 0.8

    def misrouted(self) -> WorkerProcess | None:
        """Somebody else who takes a frame, now and then: as one that listens where it should not any more."""
        if not self.healed and "misrouted" in self.faults and self.chance.random() < 0.1:
            return self._a_worker()
        return None

    def call_takes(self) -> float:
        if not self.healed and "calls_fail" in self.faults and self.chance.random() < 0.1:
            return self.chance.uniform(0.1, 2.0)
        return self.chance.uniform(0.001, 0.006)

    def fate_of_call(self) -> str:
        if self.agenda.now < self._backend_down_until:
            return "fails before"
        if not self.healed and "calls_fail" in self.faults and self.chance.random() < 0.4:
            return self.chance.choice(("fails before", "fails after"))
        if not self.healed and "calls_refused" in self.faults and self.chance.random() < 0.4:
            return "refused"
        return "answered"

    def conduct(self, grant: Grant) -> tuple[float, str]:
        """How long a run of the task function takes, and how it ends."""
        match grant.task:
            case "short":
                return self.chance.uniform(0.001, 0.008), "returns"
            case "mid":
                return self.chance.uniform(0.015, 0.045), "returns"
            case "long":
                # Some outlast a ventilator that stands still long enough to take everybody for lost.
                longest = 6.0 if "ventilator_stall" in self.faults else 2.5
                return self.chance.uniform(0.2, longest), "returns"
            case "fails":
                return self.chance.uniform(0.001, 0.008), "raises"
            case "stuck":
                return 1e6, "returns"
            case "breaks":
                return self.chance.uniform(0.2, 1.5), "raises"
            case "crash":
                return self.chance.uniform(0.001, 0.02), "kills its child"
            case _:
                return self.chance.uniform(0.001, 0.2), "kills its worker"

    # --- plans -------------------------------------------------------------------------------------------------------

    def _create(self, *, path: str, queue: str, priority: int, due_at: float | None) -> str:
        if "limits" not in self.faults or self.healed:
            return self.record.create(path=path, queue=queue, priority=priority, due_at=due_at)
        expires = self.chance.choice((None, None, None, 0.2, 2.0))
        return self.record.create(
            path="breaks" if path == "mid" and self.chance.random() < 0.1 else path,
            queue=queue,
            priority=priority,
            due_at=due_at,
            expires_at=None if expires is None else max(self.agenda.now, due_at or 0.0) + expires,
            max_attempts=self.chance.choice((1, 2, 3)),
            timeout=0.4 if path == "stuck" else self.chance.choice((None, None, 0.3)),
        )

    def _plan_tasks(self, until: float) -> None:
        chance = self.chance
        for _ in range(chance.randint(1, 6)):
            path = chance.choice(("short", "mid", "long", "mixed"))
            size = chance.choice((1, 1, 3, 10, 25) if path != "long" else (1, 3, 5))
            self.agenda.at(chance.uniform(0.0, until), lambda size=size, path=path: self._enqueue(size, path))  # type: ignore[misc]
        for kind in ("hands", "limits"):
            # One that never ends: somebody has to cancel it, or it has a limit of time.
            if kind in self.faults and self.chance.random() < 0.5:
                self.agenda.at(chance.uniform(0.0, until), lambda: self._enqueue(1, "stuck"))
        if "killer" in self.faults:
            self.agenda.at(chance.uniform(0.0, until), lambda: self._enqueue(1, "killer"))

    def _enqueue(self, size: int, path: str) -> None:
        chance = self.chance
        for _ in range(size):
            self._create(
                path=chance.choice(("short", "mid", "fails", "long", "crash")) if path == "mixed" else path,
                queue=chance.choice(("a", "a", "b")),
                priority=chance.choice((0, 0, 0, 5, -5)),
                due_at=self.agenda.now + chance.uniform(0.0, 3.0) if chance.random() < 0.1 else None,
            )
        self._wake()

    def _plan_faults(self, until: float) -> None:
        happen: dict[str, Callable[[], None]] = {
            "child_kill": self._kill_child,
            "worker_kill": self._kill_worker,
            "worker_stall": self._stall_worker,
            "worker_stop": self._stop_worker,
            "sink_kill": self._kill_sink,
            "sink_stall": self._stall_sink,
            "ventilator_kill": self._kill_ventilator,
            "ventilator_stall": self._stall_ventilator,
            "takeover": self._take_over,
            "backend_down": self._backend_goes_down,
            "deaf": self._deafen,
            "mute": self._mute,
        }
        if "hands" in self.faults:
            for do in (self._cancel, self._cancel, self._retry, self._pause, self._drain):
                for _ in range(self.chance.randint(0, 4)):
                    self.agenda.at(self.chance.uniform(0.1, until), lambda do=do: None if self.healed else do())  # type: ignore[misc]
        for kind, do in happen.items():
            if kind in self.faults:
                for _ in range(self.chance.randint(1, 4)):
                    self.agenda.at(self.chance.uniform(0.3, until), lambda do=do: None if self.healed else do())  # type: ignore[misc]

    def _cancel(self) -> None:
        unended = [row.task_id for row in self.record.unended()]
        for task_id in self.chance.sample(unended, min(len(unended), self.chance.choice((1, 1, 3, 100)))):
            self.record.cancel(task_id, self.agenda.now)
        self._wake()

    def _retry(self) -> None:
        some = list(self.record.rows)
        for task_id in self.chance.sample(some, min(len(some), 3)):
            self.record.retry(task_id, self.agenda.now)
        self._wake()

    def _pause(self) -> None:
        queue = self.chance.choice("ab")
        self.record.paused.add(queue)

        def resume() -> None:
            self.record.paused.discard(queue)
            self._wake()

        self.agenda.after(self.chance.uniform(0.1, 3.0), resume)

    def _drain(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            self.record.drain_asked.add(worker.name)
            self._wake()

    def _a_worker(self) -> WorkerProcess | None:
        workers = self.live_workers()
        return self.chance.choice(workers) if workers else None

    def _kill_child(self) -> None:
        worker = self._a_worker()
        if worker is not None and worker.children:
            busy = sorted(worker.running) or sorted(worker.children)
            worker.lose_child(self.chance.choice(busy), "was killed by signal 9 (SIGKILL)")

    def _kill_worker(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            worker.kill()
            self.ended(worker)
            if self.faults.kinds == {"worker_kill"}:
                self.agenda.after(LOSING, lambda: self._look_for_grants_of(worker.name))

    def _look_for_grants_of(self, dead: str) -> None:
        held = [story for story in self.record.stories.values() if story.open and story.holder == dead]
        if held:
            raise Violation(f"L1: {LOSING:g} s after {dead} died it still holds {held}")

    def _stall_worker(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            worker.stall(self.chance.uniform(0.1, 7.0))

    def _stop_worker(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            worker.tell(wv.StopAsked(hurry=self.chance.random() < 0.2))

    def _kill_sink(self) -> None:
        if self.sink is not None and self.sink.alive:
            self.sink.kill()
            self.ended(self.sink)

    def _stall_sink(self) -> None:
        if self.sink is not None:
            self.sink.stall(self.chance.uniform(0.1, 5.0))

    def _kill_ventilator(self) -> None:
        ventilator = self.ventilators[-1]
        if ventilator.alive:
            ventilator.kill()
            self.ended(ventilator)

    def _stall_ventilator(self) -> None:
        self.ventilators[-1].stall(self.chance.uniform(0.1, 7.0))

    def _take_over(self) -> None:
        """The old one only stands still, and goes on beside its successor."""
        old = self.ventilators[-1]
        if old.alive:
            old.stall(self.chance.uniform(0.5, 5.0))
            self.start_ventilator()

    def _backend_goes_down(self) -> None:
        self._backend_down_until = self.agenda.now + self.chance.uniform(0.1, 4.0)

    def _deafen(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            self.network.cut(self.ventilators[-1].name, worker.name, self.agenda.now + self.chance.uniform(0.5, 6.0))

    def _mute(self) -> None:
        worker = self._a_worker()
        if worker is not None:
            self.network.cut(worker.name, self.ventilators[-1].name, self.agenda.now + self.chance.uniform(0.5, 6.0))


def _idle(worker: WorkerProcess) -> bool:
    """By its own last word, which is at most a second old."""
    last = worker.last_presence
    return worker.alive and not worker.running and last is not None and not last.holds and not last.unsettled
