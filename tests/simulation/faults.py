"""What goes wrong in one history, drawn from its seed."""

from random import Random
from typing import Self

from msgspec import Struct

DEADLY = (
    "loss",
    "late",
    "worker_kill",
    "worker_stall",
    "worker_stop",
    "seat_swap",
    "deaf",
    "mute",
    "half_open",
    "killer",
    "takeover",
    "control_lost",
    "misrouted",
    "put_back",
    "power_cut",
)
"""Faults after which a worker may rightly be taken for lost."""

HARMLESS = (
    "doubled",
    "hints_lost",
    "settled_lost",
    "wakes_lost",
    "shuffled",
    "child_kill",
    "sink_kill",
    "sink_stall",
    "ventilator_kill",
    "ventilator_burst",
    "ventilator_stall",
    "backend_down",
    "backend_stall",
    "calls_fail",
    "calls_refused",
    "answers_lost",
    "record_fails",
    "record_locked",
    "disk_full",
    "clock",
    "prune",
    "stranger",
    "forger",
)


PEOPLE = ("hands", "limits")
"""Nothing goes wrong by them: people cancel and retry tasks, pause queues and drain workers; and tasks have limits."""


ASKED = ("young_stall", "child_numb")
"""Harmless too, and never drawn: a history has them where they are asked for. What each is for is rare without it, and
one more to draw from would make another history of every seed."""


KINDS = frozenset({*DEADLY, *HARMLESS, *PEOPLE})
"""Those that are drawn."""


class Faults(Struct, frozen=True):
    """`kinds` that may happen in this history, until the world is healed."""

    kinds: frozenset[str]

    @classmethod
    def drawn(cls, chance: Random) -> Self:
        """Few in most histories: two faults that meet are found sooner where nothing else hides them."""
        kinds = chance.sample(DEADLY, chance.choice((0, 0, 1, 1, 2, 3))) + chance.sample(
            HARMLESS, chance.choice((0, 1, 1, 2, 3, 5))
        )
        kinds += [kind for kind in PEOPLE if chance.random() < 0.4]
        return cls(frozenset(kinds))

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    @property
    def spare_workers(self) -> bool:
        """Whether every worker lives and is heard, so that nothing at all may be lost or run twice."""
        return not self.kinds & {*DEADLY, *PEOPLE, "child_kill", "calls_refused"}
