"""What a simulated process is: a machine, and a loop that obeys it on simulated sockets and time."""

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

NEVER = float("inf")
_SPINS = 50


class Machine[Event, Effect](Protocol):
    def handle(self, event: Event, now: float) -> list[Effect]: ...
    def next_deadline(self) -> float: ...


class Process[Event, Effect](ABC):
    """Something that lives, stands still at times, and dies. `now` is the world's time.

    `back_in`: seconds after its end in which another one is started, None for whatever chance says.
    """

    def __init__(self, world: "World", name: str, ticked: Event) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.back_in: float | None = None
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

    def ahead(self) -> float:
        """Seconds that its clock is ahead of the world's: none, whatever becomes of the wall's."""
        return 0.0

    def tell(self, event: Event) -> None:
        """Let the machine handle it now, or when the process goes on."""
        if not self.alive:
            return
        if self._stalled or self.machine is None:
            self._mail.append(event)
            return
        for effect in self.machine.handle(event, self.world.agenda.now + self.ahead()):
            if self.alive:
                self.obey(effect)
        if self.alive:
            self.look()
            self._set_tick()

    @abstractmethod
    def look(self) -> None:
        """After every turn of the machine; raises Violation."""

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
        if self.machine is None:
            return
        deadline = self.machine.next_deadline() - self.ahead()
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
            raise Violation("spins", f"{self.name} spins at {self.now}")
        self.tell(self._ticked)
