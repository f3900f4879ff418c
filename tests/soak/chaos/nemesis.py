"""Who does it: faults by chance, one after the other or several at once, and none left over at the end."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.soak.chaos.zonda import Besieged
from tests.support.links import Link
from tests.support.processes import children
from tests.support.trouble import SmallDisk

ANYBODY: Final = "anybody"
"""Whom a fault hurts that is not of one worker alone."""

_OTHERS: Final = ("backend", "ventilator", "sink")
NEAR: Final = 5.0
"""Seconds before and after a fault in which another one may have a part in what comes of it."""


@dataclass(slots=True)
class Fault:
    """Something that was done. `began` and `ended` are of the monotonic clock, `ended` None while it goes on.

    `hurts`: whose runs it may have made again, a worker as in `worker-2`, ANYBODY, or nobody's. `life`: of the worker
    that was killed, which. `pid`: of the child that was.
    """

    kind: str
    where: str
    began: float
    ended: float | None = None
    hurts: str | None = None
    life: str | None = None
    pid: int | None = None


class Nemesis:
    """Strikes until a moment. `alone`: the part of its strikes that are one worker's death and nothing else meanwhile.

    `running` answers how many tasks each life runs, `said` is called with each fault when it has begun.
    """

    def __init__(
        self,
        chance: Random,
        zonda: Besieged,
        links: Mapping[str, Link],
        disk: SmallDisk | None,
        alone: float,
        running: Callable[[], Counter[str]],
        said: Callable[[Fault], object],
    ) -> None:
        self.chance = chance
        self.zonda = zonda
        self.links = links
        self.disk = disk
        self.alone = alone
        self.running = running
        self.faults: list[Fault] = []
        self._said = said
        self._going_on: list[tuple[float, Fault, ExitStack]] = []

    def storm(self, until: float) -> None:
        """Strike until this moment of the monotonic clock, then undo what still goes on."""
        kinds = [kind for kind in WEIGHTS if self.disk or kind is not Nemesis.fill_disk]
        weights = [WEIGHTS[kind] for kind in kinds]
        try:
            while time.monotonic() < until:
                if self.chance.random() < self.alone:
                    calm = max([over for over, *_ in self._going_on], default=0.0)
                    if not self._wait(max(calm, time.monotonic()) + NEAR, until):
                        return
                    self._strike(Nemesis.kill_the_busiest)
                    self._wait(time.monotonic() + NEAR, until)
                    continue
                for kind in self.chance.choices(kinds, weights, k=self.chance.choices([1, 2], [80, 20])[0]):
                    self._strike(kind)
                self._wait(time.monotonic() + self.chance.uniform(1.5, 5.0), until)
        finally:
            for _, fault, undo in self._going_on:
                _end(fault, undo)
            self._going_on.clear()

    def _strike(self, kind: Callable[["Nemesis"], None]) -> None:
        known = len(self.faults)
        kind(self)
        for fault in self.faults[known:]:
            self._said(fault)

    def _wait(self, moment: float, until: float) -> bool:
        """Undo what is over meanwhile; whether the moment comes before the end of the storm."""
        while (now := time.monotonic()) < min(moment, until):
            for over, fault, undo in self._going_on:
                if over <= now:
                    _end(fault, undo)
            self._going_on = [going for going in self._going_on if going[1].ended is None]
            next_one = min([over for over, *_ in self._going_on], default=until)
            threading.Event().wait(max(0.0, min(next_one, moment, until) - now))
        return moment < until

    # --- what it does ------------------------------------------------------------------------------------------------

    def kill_worker(self) -> None:
        self._kill_worker(self.chance.choice(self.zonda.workers))

    def kill_the_busiest(self) -> None:
        runs = self.running()
        self._kill_worker(max(self.zonda.workers, key=lambda name: runs[self.zonda.life(name)]))

    def _kill_worker(self, name: str) -> None:
        life = self.zonda.life(name)
        self._at_once("kill -9", "worker", name, self.zonda.part(name).process.kill, hurts=name, life=life)

    def kill_child(self) -> None:
        name, pid = self._child()
        self._at_once("kill -9", "child", f"{name}'s child {pid}", lambda: _signal(pid, signal.SIGKILL), pid=pid)

    def kill_other(self) -> None:
        name = self.chance.choice(_OTHERS)
        hurts = ANYBODY if name == "ventilator" else None
        self._at_once("kill -9", name, name, self.zonda.part(name).process.kill, hurts=hurts)

    def stop_worker(self) -> None:
        name = self.chance.choice(self.zonda.workers)
        self._for_a_while("stop", "worker", name, _stopped(self.zonda.pid(name)), hurts=name)

    def stop_child(self) -> None:
        name, pid = self._child()
        self._for_a_while("stop", "child", f"{name}'s child {pid}", _stopped(pid))

    def stop_other(self) -> None:
        name = self.chance.choice(_OTHERS)
        hurts = ANYBODY if name == "ventilator" else None
        self._for_a_while("stop", name, name, _stopped(self.zonda.pid(name)), hurts=hurts)

    def pause_link(self) -> None:
        name, link = self._link()
        self._for_a_while("pause", "link", name, link.cut(), hurts=_hurt_by_link(name))

    def half_open_link(self) -> None:
        name, link = self._link()
        self._at_once("half-open", "link", name, link.half_open, hurts=_hurt_by_link(name))

    def reset_link(self) -> None:
        name, link = self._link()
        self._at_once("reset", "link", name, link.reset, hurts=_hurt_by_link(name))

    def reset_link_later(self) -> None:
        name, link = self._link()
        number = self.chance.randint(1, 4000)
        self._at_once(
            "cut after n bytes", "link", name, lambda: link.reset_after(number), hurts=_hurt_by_link(name), lasts=30.0
        )

    def delay_link(self) -> None:
        name, link = self._link()
        self._for_a_while(
            "delay", "link", name, link.delayed(self.chance.uniform(0.02, 0.6)), hurts=_hurt_by_link(name)
        )

    def throttle_link(self) -> None:
        name, link = self._link()
        rate = self.chance.uniform(1_000, 20_000)
        self._for_a_while("throttle", "link", name, link.throttled(rate), hurts=_hurt_by_link(name))

    def fill_disk(self) -> None:
        assert self.disk is not None
        if any(fault.kind == "fill disk" for _, fault, _ in self._going_on):
            return
        self._for_a_while("fill", "disk", "the record's disk", self.disk.filled(), longest=12.0)

    # --- how ---------------------------------------------------------------------------------------------------------

    def _at_once(
        self,
        what: str,
        whom: str,
        where: str,
        do: Callable[[], object],
        *,
        hurts: str | None = None,
        life: str | None = None,
        pid: int | None = None,
        lasts: float = 0.0,
    ) -> None:
        began = time.monotonic()
        do()
        self.faults.append(Fault(f"{what} {whom}", where, began, began + lasts, hurts, life, pid))

    def _for_a_while(
        self,
        what: str,
        whom: str,
        where: str,
        trouble: AbstractContextManager[object],
        *,
        hurts: str | None = None,
        longest: float = 8.0,
    ) -> None:
        undo = ExitStack()
        fault = Fault(f"{what} {whom}", where, time.monotonic(), hurts=hurts)
        undo.enter_context(trouble)
        self.faults.append(fault)
        self._going_on.append((fault.began + self.chance.uniform(0.5, longest), fault, undo))

    def _child(self) -> tuple[str, int]:
        """A worker, and a process of it that runs task functions: each is the child of a guard."""
        name = self.chance.choice(self.zonda.workers)
        there = [child for guard in children(self.zonda.pid(name)) for child in children(guard)]
        # One number whatever is there: what follows is of the seed alone.
        place = int(self.chance.random() * len(there))
        return name, there[place] if there else self.zonda.pid(name)

    def _link(self) -> tuple[str, Link]:
        name = self.chance.choice(sorted(self.links))
        return name, self.links[name]


WEIGHTS: Final[Mapping[Callable[[Nemesis], None], int]] = {
    Nemesis.kill_worker: 4,
    Nemesis.kill_child: 3,
    Nemesis.kill_other: 5,
    Nemesis.stop_worker: 2,
    Nemesis.stop_child: 1,
    Nemesis.stop_other: 3,
    Nemesis.pause_link: 2,
    Nemesis.half_open_link: 2,
    Nemesis.reset_link: 2,
    Nemesis.reset_link_later: 2,
    Nemesis.delay_link: 2,
    Nemesis.throttle_link: 1,
    Nemesis.fill_disk: 2,
}
"""How often each is drawn."""


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """It stands still inside, if it is still there."""
    _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _end(fault: Fault, undo: ExitStack) -> None:
    undo.close()
    fault.ended = time.monotonic()


def _hurt_by_link(name: str) -> str | None:
    """A worker that the ventilator cannot hear, or that cannot hear it, is given up. For any other link one waits."""
    one, _, other = name.partition("–")
    return one if other == "ventilator" and one.startswith("worker-") else None
