"""What goes wrong at which moment of a history, and what people do meanwhile."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from msgspec import Raw

from tests.simulation.disk import Copy
from tests.simulation.violation import Violation
from tests.simulation.worker import WorkerProcess
from wire.messages import AttemptSucceeded, Hello
from workers import events as wv

if TYPE_CHECKING:
    from tests.simulation.world import World

LOSING = 4.0
"""Seconds after a worker's death in which all its grants must be back: so its tasks can start elsewhere within 5."""

HOUR = 3600.0


class Mishaps:
    """Plans each kind of fault that the history has, a few times until `until`; nothing of it once all is healed.

    `counted`: how often each kind happened. What does a fault says True when there was somebody to do it to.
    """

    def __init__(self, world: "World", until: float) -> None:
        self._world = world
        self._chance = world.chance
        self._agenda = world.agenda
        self._copies: list[Copy] = []
        self._strangers = count(1)
        self.counted: Counter[str] = Counter()
        happen: dict[str, Callable[[], bool]] = {
            "child_kill": self._kill_child,
            "child_numb": self._numb_child,
            "worker_kill": self._kill_worker,
            "worker_stall": self._stall_worker,
            "worker_stop": self._stop_worker,
            "seat_swap": self._swap_seats,
            "sink_kill": self._kill_sink,
            "sink_stall": self._stall_sink,
            "ventilator_kill": self._kill_ventilator,
            "ventilator_burst": self._kill_ventilator_again_and_again,
            "ventilator_stall": self._stall_ventilator,
            "takeover": self._take_over,
            "young_stall": self._stall_young_ventilator,
            "backend_down": self._backend_goes_down,
            "backend_stall": self._stall_backend,
            "deaf": self._deafen,
            "mute": self._mute,
            "half_open": self._half_open,
            "put_back": self._put_back,
            "power_cut": self._cut_power,
            "record_locked": self._lock_record,
            "disk_full": self._fill_disk,
            "clock": self._set_clock,
            "prune": self._prune,
            "stranger": self._greet_as_stranger,
            "forger": self._forge,
        }
        kinds = world.faults.kinds
        for kind, do in happen.items():
            if kind in kinds:
                self._plan(kind, do, self._chance.randint(1, 4), 0.3, until)
        if "put_back" in kinds:
            for _ in range(self._chance.randint(1, 4)):
                self._agenda.at(self._chance.uniform(0.0, until), self._copy)
        if "hands" in kinds:
            for do in (self._cancel, self._cancel, self._retry, self._pause, self._drain):
                self._plan("hands", do, self._chance.randint(0, 4), 0.1, until)

    def _plan(self, kind: str, do: Callable[[], bool], times: int, since: float, until: float) -> None:
        def happen() -> None:
            if not self._world.luck.healed and do():
                self.counted[kind] += 1

        for _ in range(times):
            self._agenda.at(self._chance.uniform(since, until), happen)

    # --- people ------------------------------------------------------------------------------------------------------

    def _cancel(self) -> bool:
        world = self._world
        unended = [row.task_id for row in world.record.unended()]
        for task_id in self._chance.sample(unended, min(len(unended), self._chance.choice((1, 1, 3, 100)))):
            world.record.cancel(task_id, world.record_now)
            if self._chance.random() < 0.3:
                # Somebody has thought better of it.
                self._agenda.after(0.05, lambda task_id=task_id: self._retry_one(task_id))  # type: ignore[misc]
        world.wake()
        return bool(unended)

    def _retry(self) -> bool:
        world = self._world
        some = list(world.record.rows)
        for task_id in self._chance.sample(some, min(len(some), 3)):
            world.record.retry(task_id, world.record_now)
        world.wake()
        return bool(some)

    def _retry_one(self, task_id: str) -> None:
        if task_id in self._world.record.rows and not self._world.luck.healed:
            self._world.record.retry(task_id, self._world.record_now)

    def _pause(self) -> bool:
        world = self._world
        queue = self._chance.choice("ab")
        world.record.paused.add(queue)

        def resume() -> None:
            world.record.paused.discard(queue)
            world.wake()

        self._agenda.after(self._chance.uniform(0.1, 3.0), resume)
        return True

    def _drain(self) -> bool:
        worker = self._world.a_worker()
        if worker is None:
            return False
        self._world.record.drain_asked.add(worker.name)
        self._world.wake()
        return True

    # --- workers -----------------------------------------------------------------------------------------------------

    def _kill_child(self) -> bool:
        worker = self._world.a_worker()
        if worker is None or not worker.children:
            return False
        busy = sorted(worker.running) or sorted(worker.children)
        worker.lose_child(self._chance.choice(busy), "was killed by signal 9 (SIGKILL)")
        return True

    def _numb_child(self) -> bool:
        """What an earlier task has left keeps it from ever turning again: it dies of nothing, and takes nothing."""
        worker = self._world.a_worker()
        idle = [] if worker is None else sorted(worker.children - worker.running.keys() - worker.numb)
        if worker is None or not idle:
            return False
        worker.numb.add(self._chance.choice(idle))
        return True

    def _kill_worker(self) -> bool:
        world = self._world
        worker = world.a_worker()
        if worker is None:
            return False
        worker.kill()
        world.ended(worker)
        if world.faults.kinds <= {"worker_kill", "clock"}:
            self._agenda.after(LOSING, lambda: self._look_for_grants_of(worker.name))
        return True

    def _look_for_grants_of(self, dead: str) -> None:
        held = self._world.record.truth.open_of(dead)
        if held:
            raise Violation(
                "I12" if "clock" in self._world.faults else "L1",
                f"{LOSING:g} s after {dead} died it still holds {held}",
            )

    def _stall_worker(self) -> bool:
        worker = self._world.a_worker()
        if worker is None:
            return False
        worker.stall(self._chance.uniform(0.1, 7.0))
        return True

    def _stop_worker(self) -> bool:
        worker = self._world.a_worker()
        if worker is None:
            return False
        worker.tell(wv.StopAsked(hurry=self._chance.random() < 0.2))
        return True

    def _swap_seats(self) -> bool:
        """Several go, and as many come at once: whose seat is whose?"""
        workers = self._world.live_workers()
        for worker in self._chance.sample(workers, min(len(workers), 2)):
            worker.back_in = 0.001
            if self._chance.random() < 0.5:
                worker.tell(wv.StopAsked(hurry=False))
            else:
                worker.kill()
                self._world.ended(worker)
        return bool(workers)

    def _deafen(self) -> bool:
        return self._cut(lambda worker, ventilator: (ventilator, worker))

    def _mute(self) -> bool:
        return self._cut(lambda worker, ventilator: (worker, ventilator))

    def _cut(self, way: Callable[[str, str], tuple[str, str]]) -> bool:
        worker = self._world.a_worker()
        if worker is None:
            return False
        until = self._agenda.now + self._chance.uniform(0.5, 6.0)
        self._world.network.cut(*way(worker.name, self._world.ventilators[-1].name), until)
        return True

    def _half_open(self) -> bool:
        worker = self._world.a_worker()
        if worker is None:
            return False
        self._world.network.half_open(worker.name, self._agenda.now + self._chance.uniform(0.5, 4.0))
        return True

    # --- sink and backend --------------------------------------------------------------------------------------------

    def _kill_sink(self) -> bool:
        sink = self._world.sink
        if sink is None or not sink.alive:
            return False
        sink.kill()
        self._world.ended(sink)
        return True

    def _stall_sink(self) -> bool:
        if self._world.sink is None:
            return False
        self._world.sink.stall(self._chance.uniform(0.1, 5.0))
        return True

    def _backend_goes_down(self) -> bool:
        self._world.luck.backend_down_until = self._agenda.now + self._chance.uniform(0.1, 4.0)
        return True

    def _stall_backend(self) -> bool:
        self._world.luck.backend_stands_until = self._agenda.now + self._chance.uniform(0.1, 4.0)
        return True

    def _forge(self) -> bool:
        """A report under another worker's grant: in somebody else's name, or of another task."""
        world = self._world
        grants = [story for story in world.record.truth if story.open]
        other = world.a_worker()
        if not grants or other is None:
            return False
        story = self._chance.choice(grants)
        task_id, holder = story.task_id, other.name
        if self._chance.random() < 0.5:
            task_id, holder = self._chance.choice(list(world.record.rows)), story.holder
        if (task_id, holder) == (story.task_id, story.holder):
            return False
        forged = AttemptSucceeded(
            task_id=task_id,
            attempt=1,
            fence=story.fence,
            worker="W1",
            incarnation=holder,
            ran=0.001,
            result=Raw(b"4"),
        )
        world.to_sink("forger", (forged,))
        return True

    # --- ventilators -------------------------------------------------------------------------------------------------

    def _kill_ventilator(self) -> bool:
        ventilator = self._world.ventilators[-1]
        if not ventilator.alive:
            return False
        ventilator.kill()
        self._world.ended(ventilator)
        return True

    def _kill_ventilator_again_and_again(self) -> bool:
        """None of them lives long enough to be of use, for a second or two."""
        at = 0.0
        for _ in range(self._chance.randint(2, 6)):
            self._agenda.after(at, self._kill_young_ventilator)
            at += self._chance.uniform(0.05, 0.5)
        return True

    def _kill_young_ventilator(self) -> None:
        if not self._world.luck.healed:
            self._world.ventilators[-1].back_in = 0.02
            self._kill_ventilator()

    def _stall_ventilator(self) -> bool:
        self._world.ventilators[-1].stall(self._chance.uniform(0.1, 7.0))
        return True

    def _stall_young_ventilator(self) -> bool:
        """The next one stands still as soon as it has begun, for about as long as it would wait for who is there."""
        old = self._world.ventilators[-1]
        old.back_in = 0.02
        if not self._kill_ventilator():
            return False

        def stall() -> None:
            young = self._world.ventilators[-1]
            if young.machine is not None and not self._world.luck.healed:
                young.stall(self._chance.uniform(2.5, 6.0))

        self._agenda.after(old.back_in + self._chance.uniform(0.05, 0.3), stall)
        return True

    def _take_over(self) -> bool:
        """The old one only stands still, and goes on beside its successor."""
        old = self._world.ventilators[-1]
        if not old.alive:
            return False
        old.stall(self._chance.uniform(0.5, 5.0))
        self._world.start_ventilator()
        return True

    def _greet_as_stranger(self) -> bool:
        """Somebody says hello who takes nothing, and knows of epochs that never were."""
        world = self._world
        epoch = world.record.epoch + self._chance.choice((0, 1, 3, 1_000, 2**31 - 2))
        hello = Hello(
            incarnation=f"stranger{next(self._strangers)}",
            hello=1,
            name="stranger",
            host="host",
            pid=1,
            queues=("*",),
            slots=1,
            received=(min(epoch, 2**31 - 2), 0),
        )
        world.to_ventilator("stranger", (hello,))
        return True

    # --- the record --------------------------------------------------------------------------------------------------

    def _copy(self) -> None:
        if not self._world.luck.healed:
            self._copies.append(self._world.record.copy())

    def _put_back(self) -> bool:
        """An older copy of the record takes its place: its file while backend and ventilator are ended, or, while
        they run, all that is in it.

        A ventilator that stood still knows the file that was there before, and writes to no other. Not in place beside
        one that was succeeded: the successor's epoch could be given to it again, and the two are told apart by nothing
        else.
        """
        world = self._world
        if not self._copies:
            return False
        in_place = "takeover" not in world.faults and self._chance.random() < 0.5
        if not in_place:
            self._end_backend()
        world.record.put_back(self._chance.choice(self._copies), in_place=in_place)
        world.acknowledged &= world.record.rows.keys()
        world.rightful = None
        return True

    def _cut_power(self) -> bool:
        """All at once stands still for good, and of the record only what has seen an fsync is left."""
        world = self._world
        self._end_backend()
        for one in [*world.live_workers(), world.sink]:
            if one is not None and one.alive:
                one.kill()
                world.ended(one)
        world.record.cut_power()
        return True

    def _end_backend(self) -> None:
        world = self._world
        for ventilator in world.ventilators:
            if ventilator.alive:
                ventilator.kill()
                world.ended(ventilator)
        world.backend_life += 1
        world.luck.backend_down_until = self._agenda.now + self._chance.uniform(0.1, 2.0)

    def _lock_record(self) -> bool:
        self._world.luck.record_locked_until = self._agenda.now + self._chance.uniform(0.1, 5.0)
        return True

    def _fill_disk(self) -> bool:
        self._world.luck.disk_full_until = self._agenda.now + self._chance.uniform(0.1, 5.0)
        return True

    def _set_clock(self) -> bool:
        """The wall's clock jumps, and is set right again in most cases."""
        world = self._world
        world.set_clock_right()
        world.wall_ahead = self._chance.choice((HOUR, -HOUR, 5.0, -5.0, 0.7))
        if self._chance.random() < 0.7:
            self._agenda.after(self._chance.uniform(0.2, 4.0), world.set_clock_right)
        return True

    def _prune(self) -> bool:
        """The rightful ventilator's thread takes off what has ended a moment ago."""
        world = self._world
        gone = world.record.prune(world.record.epoch, world.record_now - self._chance.uniform(0.0, 2.0))
        world.acknowledged.difference_update(gone)
        return bool(gone)


def is_idle(worker: WorkerProcess) -> bool:
    """By its own last word, which is at most a second old."""
    last = worker.last_presence
    return worker.alive and not worker.running and last is not None and not last.holds and not last.unsettled
