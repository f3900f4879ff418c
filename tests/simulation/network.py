"""The simulated topics: frames are lost, doubled, late and out of order, as the history's faults say."""

from collections.abc import Callable
from random import Random

from tests.simulation.agenda import Agenda
from tests.simulation.faults import Faults


class Network:
    """Carries anything from a named sender to a named receiver. What is sent after `heal` meets no fault any more."""

    def __init__(self, agenda: Agenda, chance: Random, faults: Faults) -> None:
        self._agenda = agenda
        self._chance = chance
        self._faults = faults
        self._arrived: dict[tuple[str, str], float] = {}
        self._cut: dict[tuple[str, str], float] = {}
        self._healed = False

    def heal(self) -> None:
        self._healed = True
        self._cut.clear()

    def cut(self, sender: str, receiver: str, until: float) -> None:
        """Drop everything from the one to the other for a while."""
        self._cut[sender, receiver] = until

    def carry(self, sender: str, receiver: str, deliver: Callable[[], None], *, hint: bool = False) -> None:
        if self._cut.get((sender, receiver), 0.0) > self._agenda.now:
            return
        for _ in range(self._copies(hint=hint)):
            arrives = self._agenda.now + self._delay()
            if "shuffled" not in self._faults or self._healed:
                # One connection keeps its order.
                arrives = max(arrives, self._arrived.get((sender, receiver), 0.0))
                self._arrived[sender, receiver] = arrives
            self._agenda.at(arrives, deliver)

    def _copies(self, *, hint: bool) -> int:
        if self._healed:
            return 1
        if "loss" in self._faults and self._chance.random() < 0.15:
            return 0
        if hint and "hints_lost" in self._faults and self._chance.random() < 0.5:
            return 0
        if "doubled" in self._faults and self._chance.random() < 0.15:
            return 2
        return 1

    def _delay(self) -> float:
        chance = self._chance
        if not self._healed:
            if "late" in self._faults and chance.random() < 0.05:
                return chance.uniform(0.5, 6.0)
            if "shuffled" in self._faults and chance.random() < 0.2:
                return chance.uniform(0.0, 0.4)
        return chance.uniform(0.0002, 0.002)
