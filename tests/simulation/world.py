"""One history: processes that come and go, what goes wrong, and what must hold all along and at the end."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from backend.ventilator import events as vv
from sink import events as sv
from tests.simulation.afterwards import AT_ONCE, HEALING, come_due_beside_busy_workers, lose_one_more
from tests.simulation.agenda import Agenda
from tests.simulation.faults import PEOPLE, Faults
from tests.simulation.luck import Luck
from tests.simulation.mishaps import Mishaps, is_idle
from tests.simulation.model import Record
from tests.simulation.network import Network
from tests.simulation.sink import SinkProcess
from tests.simulation.truth import Truth
from tests.simulation.ventilator import VentilatorProcess, status_heard
from tests.simulation.violation import Violation
from tests.simulation.worker import WorkerProcess
from wire.messages import Goodbye, OnResults, OnStatus, Presence, SettledBySink
from workers.machine import Identity

LONG = frozenset({"long", "lasts"})

STILL = 12.0
"""Seconds after the last fault in which something becomes of some task, as long as not everything is at rest: ten in
which grants are missed that only a record which was put back has, and two for what comes of that. All else takes less:
a run, a back-off, a report that is sent again. The longest that was seen in 10,000 histories is 9.9."""

Anybody = VentilatorProcess | WorkerProcess | SinkProcess


class World:
    """Everything of one history follows from `seed`, and from `faults` where they are given.

    `acknowledged`: the tasks whose clients were told that they are there. `wall_ahead`: seconds that the wall's clock,
    which is the record's, is ahead of the one that only goes on. `rightful`: the last ventilator that began,
    None once the record was put back: then whoever has its epoch may write.
    `backend_life` counts the backend's starts: a call to one that has ended since is answered by nobody.
    """

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.faults = faults or Faults.drawn(self.chance)
        self.agenda = Agenda()
        self.network = Network(self.agenda, self.chance, self.faults)
        self.luck = Luck(self.agenda, self.chance, self.faults)
        self.record = Record(Truth(), relaxed="power_cut" in self.faults, clock_goes_on="clock" not in self.faults)
        if not {"child_kill", "worker_stop", "seat_swap", *PEOPLE} & self.faults.kinds:
            # One that is killed or cancelled early makes its type look short.
            self.record.truth.long_paths = LONG
        self.acknowledged: set[str] = set()
        self.created = 0
        self.wall_ahead = 0.0
        self.backend_life = 1
        self.mishaps: Mishaps | None = None
        self._numbered = 0
        self._workers_come_back = True

        places = self.chance.choice((1, 2, 2, 3))
        self._shapes = [(self.chance.choice((1, 1, 2)), self._queues(place)) for place in range(places)]
        self.ventilators: list[VentilatorProcess] = []
        self.rightful: VentilatorProcess | None = None
        self.workers: list[WorkerProcess | None] = [None] * places
        self.sink: SinkProcess | None = None
        self.start_ventilator()
        self.start_sink()
        for place in range(places):
            self.agenda.after(self.chance.uniform(0.0, 1.0), lambda place=place: self.start_worker(place))  # type: ignore[misc]

    def _queues(self, place: int) -> tuple[str, ...]:
        return ("*",) if place == 0 else self.chance.choice((("*",), ("a",), ("a", "b")))

    @property
    def happened(self) -> Counter[str]:
        """How often each kind of fault has happened."""
        return self.luck.counted + self.network.counted + (self.mishaps.counted if self.mishaps else Counter())

    @property
    def record_now(self) -> float:
        """What the record's clock says."""
        return self.agenda.now + self.wall_ahead

    # --- the whole history -------------------------------------------------------------------------------------------

    def live_through(self) -> None:
        """Everything from the first task to the last; raises Violation."""
        until = self.chance.uniform(4.0, 10.0)
        self._plan_tasks(until)
        self.mishaps = Mishaps(self, until)
        self.run_until(until, lambda: False)
        self._heal()
        self._come_to_rest()
        self._look_back()
        self.run_until(self.agenda.now + 3.0, lambda: False)
        fresh = self.create(path="short", queue="a", priority=0, due_at=None)
        if self.chance.random() < 0.5:
            self.wake()
        if not self.run_until(self.agenda.now + AT_ONCE, lambda: not self.record.unended()):
            raise Violation("L2", f"{fresh} on an idle system takes over {AT_ONCE:g} s:\n{self.unfinished()}")
        lose_one_more(self)
        come_due_beside_busy_workers(self)

    def _come_to_rest(self) -> None:
        """Once all is well."""
        by = self.agenda.now + HEALING
        while not self.quiet():
            if not self.run_until(self.agenda.now + STILL, self._moved_or_quiet(self.record.truth.moves)):
                raise Violation("L3", f"for {STILL:g} s nothing becomes of what is there:\n{self.unfinished()}")
            if self.agenda.now > by:
                raise Violation("L3", f"{HEALING:g} s after the last fault:\n{self.unfinished()}")

    def _moved_or_quiet(self, moves: int) -> Callable[[], bool]:
        return lambda: self.record.truth.moves != moves or self.quiet()

    def die_out(self) -> None:
        """Tasks, and then neither the workers nor the ventilator any more, but a new ventilator; raises Violation."""
        self._plan_tasks(2.0)
        self.run_until(self.chance.uniform(1.5, 3.0), lambda: False)
        self._workers_come_back = False
        dying: list[Anybody] = [*self.live_workers(), self.ventilators[-1]]
        for one in dying:
            one.kill()
            self.ended(one)
        self.run_until(self.agenda.now + 10.0, lambda: False)
        held = [story for story in self.record.truth if story.open]
        if held:
            raise Violation("L3", f"10 s after the last worker died {held} are open")

    def run_until(self, until: float, done: Callable[[], bool]) -> bool:
        """Whether it was done by then."""
        agenda = self.agenda
        while not done():
            if agenda.now > until or not agenda.step():
                return False
        return True

    def _heal(self) -> None:
        self.luck.heal()
        self.network.heal()
        self.set_clock_right()
        self.record.paused.clear()
        for row in self.record.unended():
            if row.path == "stuck" and row.timeout is None:
                self.record.cancel(row.task_id, self.record_now)
        for one in [*self.ventilators, *self.workers, self.sink]:
            if one is not None:
                one.go_on()

    def set_clock_right(self) -> None:
        """What a clock that was ahead has put off comes due that much later: nobody waits for that here."""
        self.wall_ahead = 0.0
        for row in self.record.unended():
            if row.due_at is not None and row.due_at > self.agenda.now + HEALING:
                row.due_at = self.agenda.now
            if row.run_after is not None and row.run_after > self.agenda.now + HEALING:
                row.run_after = self.agenda.now

    def quiet(self) -> bool:
        """Everything has ended, everybody is there, and nobody has anything left to say."""
        ventilator = self.ventilators[-1]
        return (
            self.agenda.now >= self.network.late_until
            and not self.record.any_unended
            and ventilator.alive
            and ventilator.machine is not None
            and len(ventilator.machine.table) == len(self.workers)
            and all(seat.obeyed and not seat.grants and not seat.foreign for seat in ventilator.machine.table)
            and all(worker is not None and is_idle(worker) for worker in self.workers)
        )

    def _look_back(self) -> None:
        """What can be said only of a whole history."""
        gone = self.acknowledged - self.record.rows.keys()
        if gone:
            raise Violation("I1", f"{sorted(gone)} were acknowledged and are not there")
        for story in self.record.truth:
            if story.open:
                raise Violation("L3", f"a grant is open at the end: {story}")
        if self.faults.kinds == {"killer"}:
            self._look_at_killers()
        if not self.faults.spare_workers:
            return
        # A clock that jumps is the only one of these faults that could make somebody silent.
        number = "I12" if "clock" in self.faults else "I6"
        for row in self.record.rows.values():
            runs = sum(story.ran for story in self.record.truth.of(row.task_id))
            lost_for_good = "crash" in row.path
            if not lost_for_good and (runs, row.state.losses) != (1, 0):
                raise Violation(number, f"no worker was ever silent, and {row} ran {runs} times")

    def _look_at_killers(self) -> None:
        """Nothing hides what they do: each of their runs is a loss."""
        for row in self.record.rows.values():
            runs = sum(story.ran for story in self.record.truth.of(row.task_id))
            if row.path == "killer" and runs != row.state.losses:
                raise Violation("I6", f"{row} has killed {runs} workers")

    def unfinished(self) -> str:
        """Whatever is not, for who has to find out why."""
        ventilator = self.ventilators[-1].machine
        seats = [] if ventilator is None else list(ventilator.table)
        idle = [None if worker is None else (worker.name, is_idle(worker)) for worker in self.workers]
        return "\n".join(map(str, [*self.record.unended(), *seats, idle]))

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
        incarnation = self._incarnation(place)
        identity = Identity(incarnation, f"worker-{place}", "host", 100 + place, queues, slots)
        self.workers[place] = WorkerProcess(self, place, identity)

    def _incarnation(self, place: int) -> str:
        """One that nobody ever had: `place` says nothing of it."""
        return self._name("w")

    def live_workers(self) -> list[WorkerProcess]:
        return [worker for worker in self.workers if worker is not None and worker.alive]

    def a_worker(self) -> WorkerProcess | None:
        """Any that lives, None when none does."""
        workers = self.live_workers()
        return self.chance.choice(workers) if workers else None

    def ended(self, one: Anybody) -> None:
        """Start it again, as RUN.sh does."""
        pause = self.chance.uniform(0.02, 0.3) if self.luck.healed else self.chance.choice((0.03, 0.5, 2.0, 4.0))
        if one.back_in is not None:
            pause = one.back_in
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
        ventilator = self._hearing()
        if ventilator.alive:
            self.network.carry(sender, ventilator.name, status_heard(ventilator, messages), hint=_hint(messages))

    def _hearing(self) -> VentilatorProcess:
        """Who hears what is said on `status`: while an old ventilator lives, some are still connected to that."""
        if len(self.ventilators) > 1 and self.luck.speaks_to_an_old_one():
            return self.chance.choice(self.ventilators)
        return self.ventilators[-1]

    def to_sink(self, sender: str, reports: tuple[OnResults, ...]) -> None:
        sink = self.sink
        if sink is not None and sink.alive:
            self.network.carry(sender, sink.name, lambda: sink.tell(sv.ReportsHeard(reports)))

    def wake(self) -> None:
        ventilator = self.ventilators[-1]
        if ventilator.alive:
            self.network.carry("client", ventilator.name, lambda: ventilator.tell(vv.Woken()), hint="wake")

    # --- tasks -------------------------------------------------------------------------------------------------------

    def create(self, *, path: str, queue: str, priority: int, due_at: float | None) -> str | None:
        """The task's id; None when the client was told that it can't be written."""
        if self.luck.record_refuses():
            return None
        more: dict[str, Any] = {}
        if "limits" in self.faults and not self.luck.healed:
            self.luck.counted["limits"] += 1
            expires = self.chance.choice((None, None, None, 0.2, 2.0))
            if path == "mid" and self.chance.random() < 0.1:
                path = "breaks"
            more = {
                "expires_at": None if expires is None else max(self.record_now, due_at or 0.0) + expires,
                "max_attempts": self.chance.choice((1, 2, 3)),
                "timeout": 0.4 if path == "stuck" else self.chance.choice((None, None, 0.3)),
            }
        task_id = self.record.create(path=path, queue=queue, priority=priority, due_at=due_at, **more)
        self.acknowledged.add(task_id)
        self.created += 1
        return task_id

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
        if "young_stall" in self.faults:
            # Only what still runs afterwards shows that nobody was given up: an outcome needs no ventilator.
            self.agenda.at(chance.uniform(0.0, until), lambda: self._enqueue(2, "lasts"))

    def _enqueue(self, size: int, path: str) -> None:
        chance, scheduled = self.chance, 0.4 if "hands" in self.faults else 0.1
        for _ in range(size):
            self.create(
                path=chance.choice(("short", "mid", "fails", "long", "crash")) if path == "mixed" else path,
                queue=chance.choice(("a", "a", "b")),
                priority=chance.choice((0, 0, 0, 5, -5)),
                due_at=self.record_now + chance.uniform(0.0, 3.0) if chance.random() < scheduled else None,
            )
        self.wake()


def _hint(messages: tuple[OnStatus, ...]) -> str:
    if any(isinstance(message, Presence | Goodbye) for message in messages):
        return ""
    return "settled" if isinstance(messages[0], SettledBySink) else "word"
