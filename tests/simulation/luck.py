"""How long things take, and how they end, as chance and the history's faults have it."""

from collections import Counter
from random import Random

from tests.simulation.agenda import Agenda
from tests.simulation.faults import Faults
from wire.messages import Grant


class Luck:
    """`healed`: no fault happens any more. `counted`: how often each kind did. The rest says until when the backend or
    the record is not itself."""

    def __init__(self, agenda: Agenda, chance: Random, faults: Faults) -> None:
        self._agenda = agenda
        self._chance = chance
        self._faults = faults
        self.healed = False
        self.counted: Counter[str] = Counter()
        self.backend_down_until = 0.0
        self.backend_stands_until = 0.0
        self.record_locked_until = 0.0
        self.disk_full_until = 0.0

    def heal(self) -> None:
        self.healed = True
        self.backend_down_until = self.backend_stands_until = 0.0
        self.record_locked_until = self.disk_full_until = 0.0

    def _happens(self, kind: str, odds: float) -> bool:
        happens = not self.healed and kind in self._faults and self._chance.random() < odds
        if happens:
            self.counted[kind] += 1
        return happens

    def _held_up(self, until: float) -> float:
        return max(0.0, until - self._agenda.now)

    # --- the record --------------------------------------------------------------------------------------------------

    def record_takes(self) -> float:
        """Seconds for one of the ventilator's transactions."""
        held_up = self._held_up(self.record_locked_until)
        if self._happens("record_fails", 0.1):
            return held_up + self._chance.uniform(0.1, 1.5)
        return held_up + self._chance.uniform(0.0005, 0.004)

    def record_refuses(self) -> bool:
        """Whether nothing can be written: the disk is full, or it is nobody's turn."""
        return self.disk_full_until > self._agenda.now

    def record_fails(self) -> bool:
        return self._happens("record_fails", 0.2)

    # --- calls -------------------------------------------------------------------------------------------------------

    def call_takes(self) -> float:
        held_up = self._held_up(max(self.record_locked_until, self.backend_stands_until))
        if self._happens("calls_fail", 0.1):
            return held_up + self._chance.uniform(0.1, 2.0)
        return held_up + self._chance.uniform(0.001, 0.006)

    def fate_of_call(self) -> str:
        if self._agenda.now < self.backend_down_until or self.record_refuses():
            return "fails before"
        if self._happens("calls_fail", 0.4):
            return self._chance.choice(("fails before", "fails after"))
        if self._happens("answers_lost", 0.6):
            return "fails after"
        if self._happens("calls_refused", 0.4):
            return "refused"
        return "answered"

    # --- frames ------------------------------------------------------------------------------------------------------

    def control_is_lost(self) -> bool:
        return self._happens("control_lost", 0.8)

    def is_misrouted(self) -> bool:
        """Whether somebody else takes a frame: as one that listens where it should not any more."""
        return self._happens("misrouted", 0.1)

    def speaks_to_an_old_one(self) -> bool:
        """Whether somebody is still connected to a ventilator that has a successor."""
        return not self.healed and self._chance.random() < 0.3

    # --- task functions ----------------------------------------------------------------------------------------------

    def conduct(self, grant: Grant) -> tuple[float, str]:
        """How long a run of the task function takes, and how it ends."""
        match grant.task:
            case "short":
                return self._chance.uniform(0.001, 0.008), "returns"
            case "mid":
                return self._chance.uniform(0.015, 0.045), "returns"
            case "long":
                # Some outlast a ventilator that stands still long enough to take everybody for lost.
                longest = 6.0 if "ventilator_stall" in self._faults else 2.5
                return self._chance.uniform(0.2, longest), "returns"
            case "lasts":
                return self._chance.uniform(4.0, 9.0), "returns"
            case "fails":
                return self._chance.uniform(0.001, 0.008), "raises"
            case "stuck":
                return 1e6, "returns"
            case "breaks":
                return self._chance.uniform(0.2, 1.5), "raises"
            case "crash":
                return self._chance.uniform(0.001, 0.02), "kills its child"
            case _:
                self.counted["killer"] += 1
                return self._chance.uniform(0.001, 0.2), "kills its worker"
