"""The simulated topics: frames are lost, doubled, late and out of order, as the history's faults say."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tests.simulation.agenda import Agenda
from tests.simulation.faults import Faults

SOONEST, LATEST = 0.0002, 0.002
"""Seconds that a frame takes when nothing holds it up."""


class Network:
    """Carries anything from a named sender to a named receiver. What is sent after `heal` meets no fault any more.

    `counted`: how often each kind of fault happened to a frame. `late_until`: when the last one of those has arrived
    that were late: what is sent after it on the same connection waits for it, healed or not.
    """

    def __init__(self, agenda: Agenda, chance: Random, faults: Faults) -> None:
        self._agenda = agenda
        self._chance = chance
        self._faults = faults
        self.counted: Counter[str] = Counter()
        self.late_until = 0.0
        self._arrived: dict[tuple[str, str], float] = {}
        self._cut: dict[tuple[str, str], float] = {}
        self._half_open: dict[str, tuple[float, bool]] = {}
        self._harms = bool(faults.kinds & {"loss", "hints_lost", "settled_lost", "wakes_lost", "doubled"})
        self._delays = bool(faults.kinds & {"late", "shuffled"})
        self._keeps_order = "shuffled" not in faults
        self._healed = False

    def heal(self) -> None:
        self._healed = self._keeps_order = True
        self._harms = self._delays = False
        self._cut.clear()
        self._half_open.clear()

    def cut(self, sender: str, receiver: str, until: float) -> None:
        """Drop everything from the one to the other for a while."""
        self._cut[sender, receiver] = until

    def half_open(self, receiver: str, until: float) -> None:
        """Of what goes to that worker every second frame goes to a connection that it has no longer."""
        self._half_open[receiver] = until, False

    def carry(self, sender: str, receiver: str, deliver: Callable[[], None], *, hint: str = "") -> None:
        """`hint` names what it is, where nothing but time depends on it."""
        now = self._agenda.now
        if self._cut and self._cut.get((sender, receiver), 0.0) > now:
            return
        if self._half_open and self._goes_nowhere(receiver, now):
            return
        for _ in range(self._copies(hint) if self._harms else 1):
            arrives = now + self._delay()
            if self._keeps_order:
                # One connection keeps its order.
                arrives = max(arrives, self._arrived.get((sender, receiver), 0.0))
                self._arrived[sender, receiver] = arrives
            self._agenda.at(arrives, deliver)

    def _goes_nowhere(self, receiver: str, now: float) -> bool:
        until, nowhere = self._half_open.get(receiver, (0.0, True))
        if until <= now:
            return False
        self._half_open[receiver] = until, not nowhere
        return nowhere

    def _copies(self, hint: str) -> int:
        if self._happens("loss", 0.15):
            return 0
        if hint and self._happens("hints_lost", 0.5):
            return 0
        if hint == "settled" and self._happens("settled_lost", 0.8):
            return 0
        if hint == "wake" and "wakes_lost" in self._faults:
            self.counted["wakes_lost"] += 1
            return 0
        return 2 if self._happens("doubled", 0.15) else 1

    def _delay(self) -> float:
        chance = self._chance
        if self._delays:
            if self._happens("late", 0.05):
                late = chance.uniform(0.5, 6.0)
                self.late_until = max(self.late_until, self._agenda.now + late)
                return late
            if self._happens("shuffled", 0.2):
                return chance.uniform(0.0, 0.4)
        return SOONEST + (LATEST - SOONEST) * chance.random()

    def _happens(self, kind: str, odds: float) -> bool:
        happens = kind in self._faults and self._chance.random() < odds
        if happens:
            self.counted[kind] += 1
        return happens
