"""One point after the other: a role, one of its threads, and the number of the call at which it is killed."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from backend.doctor.examination import examine
from backend.doctor.findings import Severity
from backend.environment import environment
from backend.tasks.models import Task
from tests.soak.syscalls.life import Breach, Life
from tests.soak.syscalls.strace import Strace, name, threads
from tests.support.processes import children
from tests.support.roles import Roles
from tests.support.stack import READY_WITHIN
from tests.support.waiting import wait_until

ROLES: Final = ("backend", "ventilator", "sink", "worker", "child")
"""`worker` is the process that supervises children, `child` the one that runs task functions and tells how they end.

Nobody supervises these here. How the supervisor itself is killed: `tests.soak.syscalls.supervised`.
"""

_AFTERWARDS: Final = 0.1
"""Seconds that a life is still traced when everything of it has ended: *settled* goes its way in them."""


@dataclass(frozen=True, slots=True)
class Point:
    """The `nth` time, counted from 1, that a thread makes this call; the first thread of a role is 0."""

    role: str
    thread: int
    call: str
    nth: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a point. `killed`: whether the life came so far.

    `recovery`: seconds from the kill until all of the life had ended and the process was ready again.
    """

    point: Point
    killed: bool
    recovery: float | None = None
    breaches: Sequence[str] = field(default_factory=tuple)


class Sweep:
    """Lives under strace, on the roles of one home, which are there in its context."""

    def __init__(self, roles: Roles, calls: Sequence[str], folder: Path) -> None:
        self._roles = roles
        self._calls = calls
        self._folder = folder
        self._lives = 0
        self._asked: set[str] = set()

    def __enter__(self) -> Self:
        self._roles.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._roles.__exit__(*exception)

    def logs(self) -> str:
        """The last lines of the newest logs."""
        return self._roles.logs()

    def count(self, role: str) -> list[tuple[str, Counter[str]]]:
        """Of each thread of the role its name, and how often it makes each call in a life."""
        groups = self._threads(role)
        strace = Strace([thread for group in groups for thread in group], self._calls, self._folder / "strace")
        with strace:
            names = [name(group[0]) for group in groups]
            self._live(role, lambda: None)
            counted = strace.counted()
        return [
            (called, sum((counted[thread] for thread in group), Counter()))
            for called, group in zip(names, groups, strict=True)
        ]

    def strike(self, point: Point) -> Outcome:
        """A life in which the process is killed at this call, if it comes so far, and what is wrong after it."""
        groups = self._threads(point.role)
        if point.thread >= len(groups):
            return Outcome(point, killed=False)
        died_at: float | None = None

        def look() -> None:
            nonlocal died_at
            if died_at is None and strace.killed():
                died_at = time.monotonic()

        breaches: list[str] = []
        strace = Strace(groups[point.thread], [point.call], self._folder / "strace", kill_at=point.nth)
        try:
            with strace:
                breaches += self._live(point.role, look)
            look()
            self._roles.wait_until_ready()
            recovered_at = time.monotonic()
            breaches += self._examine()
        except (Breach, AssertionError) as error:
            return Outcome(point, strace.killed(), None, [*breaches, str(error)])
        if died_at is None:
            return Outcome(point, killed=False, breaches=breaches)
        return Outcome(point, killed=True, recovery=recovered_at - died_at, breaches=breaches)

    def _live(self, role: str, look: Callable[[], None]) -> list[str]:
        def tick() -> None:
            look()
            self._roles.mend()

        life = self._next_life(tick)
        life.live()
        over = time.monotonic() + _AFTERWARDS
        while time.monotonic() < over:
            tick()
            time.sleep(_AFTERWARDS / 5)  # nothing tells that the last calls were made: they are counted
        self._asked |= set(life.expected)
        return life.breaches(unheard=role == "worker")

    def _next_life(self, tick: Callable[[], object]) -> Life:
        self._lives += 1
        called = f"life-{self._lives}"
        return Life(self._roles, self._folder / called, called, tick)

    def _examine(self) -> list[str]:
        """What the doctor finds, and tasks that nobody asked for."""
        found = diagnosed()
        there = Task.objects.count()
        if there != len(self._asked):
            found.append(f"I3: {len(self._asked)} tasks were asked for, there are {there}")
        return found

    def _threads(self, role: str) -> list[list[int]]:
        """The role's threads. Which child is going to run what nobody knows: both are killed, each at its n-th call."""
        self._roles.wait_until_ready()
        first = self._next_life(self._roles.mend)
        first.warm_up()
        self._asked |= set(first.expected)
        if role != "child":
            return [[thread] for thread in threads(self._roles.pid("worker-1" if role == "worker" else role))]
        worker = self._roles.pid("worker-1")

        def two() -> list[int]:
            # Each is the child of a guard. One runs tasks, and one waits to take its place.
            found = [child for guard in children(worker) for child in children(guard)]
            return found if len(found) == 2 else []

        return [wait_until(two, READY_WITHIN, "the worker has two children")]


def diagnosed() -> list[str]:
    """Each breach that the doctor finds."""
    return [
        f"doctor: {one.check.number}: {finding.what} {finding.where}"
        for one in examine(environment)
        for finding in one.findings
        if finding.severity is Severity.BREACH
    ]
