"""Breaches of what a worker owes to the others."""

from tests.simulation.mutants.mutant import Mutant
from tests.simulation.worker import WorkerProcess
from tests.simulation.world import World
from workers.attempts import Attempts
from workers.machine import Worker
from workers.outbox import Outbox

OF_WORKER = (
    Mutant(
        "the worker takes frames meant for another incarnation",
        Worker,
        "_take_frame",
        "or first.incarnation != self._identity.incarnation",
        "",
        ("misrouted",),
    ),
    Mutant(
        "the worker takes frames that answer an earlier hello",
        Worker,
        "_take_frame",
        "or first.hello != self._hello",
        "",
        ("late", "worker_stall", "deaf"),
    ),
    Mutant(
        "the worker takes a frame twice",
        Worker,
        "_take_frame",
        "or position <= self._received",
        "",
        ("doubled", "shuffled", "late"),
    ),
    Mutant(
        "the worker's beat does not list what runs",
        Worker,
        "_say_presence",
        "for run in self._attempts",
        "for run in ()",
        ("none",),
    ),
    Mutant(
        "the worker forgets an outcome as soon as it is sent",
        Outbox,
        "end",
        "return [*first, outcome]",
        "del self._kept[outcome.fence]; return [*first, outcome]",
        ("sink_kill", "backend_down"),
    ),
    Mutant(
        "the worker's beat does not list what is unsettled",
        Outbox,
        "unsettled",
        "if kept.outcome is not None",
        "if kept.outcome is None",
        ("sink_kill", "backend_down"),
    ),
    Mutant(
        "the worker sends a report only once",
        Outbox,
        "take_due",
        "return due",
        "return []",
        ("sink_kill", "loss"),
    ),
    Mutant(
        "the worker does not say which epoch it was told on control",
        Worker,
        "_learn_epoch",
        "self._received = (epoch, 0)",
        "pass",
        ("put_back", "ventilator_burst"),
    ),
    Mutant(
        "the worker does not end what is cancelled",
        Worker,
        "_revoke",
        "elif fence in self._attempts:",
        "elif False:",
        ("hands",),
    ),
    Mutant(
        "what was told to end and does not is never killed",
        Attempts,
        "enforce",
        "if now >= attempt.kill_at:",
        "if False:",
        ("hands", "limits"),
    ),
    Mutant(
        "no limit of time is kept",
        Attempts,
        "enforce",
        "if now >= attempt.interrupt_at:",
        "if False:",
        ("limits",),
    ),
    Mutant(
        "a restarted worker has the incarnation of the one before",
        World,
        "_incarnation",
        'return self._name("w")',
        'return f"w-{place}"',
        ("worker_kill", "seat_swap"),
    ),
    Mutant(
        "a worker's patience is by the wall's clock",
        WorkerProcess,
        "ahead",
        "return 0.0",
        "return self.world.wall_ahead",
        ("clock",),
    ),
)
