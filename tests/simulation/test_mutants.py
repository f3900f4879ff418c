"""Each rule of the machines and the record is broken once, and the histories must notice: else they prove nothing."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from backend.tasks import lifecycle
from backend.ventilator import choosing
from backend.ventilator.load_table import Seat
from backend.ventilator.machine import Ventilator
from sink.machine import Sink
from tests.simulation.faults import Faults
from tests.simulation.model import Record
from tests.simulation.violation import Violation
from tests.simulation.world import World
from workers.attempts import Attempts
from workers.machine import Worker
from workers.outbox import Outbox

pytestmark = pytest.mark.simulation

SEEDS = 150
"""Histories within which each mutant must be caught."""


@dataclass(frozen=True)
class Mutant:
    """`name` says what goes wrong when one stretch of the source of `where` is replaced; `faults` bring it to light."""

    name: str
    owner: Any
    where: str
    old: str
    new: str
    faults: tuple[str, ...]


MUTANTS = (
    Mutant(
        "the record does not compare fence and holder of a report",
        lifecycle,
        "is_current",
        "return state.holder is not None and (state.fence, state.holder) == (fence, incarnation)",
        "return state.holder is not None",
        ("mute", "worker_stall"),
    ),
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
        "the sink settles without the record's answer",
        Sink,
        "_failed",
        "self._again.appendleft(self._in_flight)",
        "self._settle(tuple('APPLIED' for _ in self._in_flight.reports), now); return",
        ("backend_down", "calls_fail"),
    ),
    Mutant(
        "the sink takes a report that comes again for one it has settled",
        Sink,
        "_forget",
        "del self._known[report.key]",
        "pass",
        ("hints_lost", "loss"),
    ),
    Mutant(
        "a fence is used twice",
        Ventilator,
        "_fill",
        "self._fences_used += limit",
        "pass",
        ("none",),
    ),
    Mutant(
        "the ventilator loses known workers as soon as it starts",
        Ventilator,
        "__init__",
        "now + SILENT_AFTER if self._absent",
        "now if self._absent",
        ("ventilator_kill",),
    ),
    Mutant(
        "a seat is given out while its worker may come back",
        Ventilator,
        "_choose_topic",
        "taken = {worker.worker.topic for worker in self._absent.values() if worker.worker is not None}",
        "taken = set()",
        ("ventilator_kill", "worker_kill"),
    ),
    Mutant(
        "a seat is given out at once when it is free",
        Ventilator,
        "_choose_topic",
        "if until > now",
        "if False",
        ("worker_stop", "worker_stall"),
    ),
    Mutant(
        "the ventilator's frames do not echo the hello's number",
        Ventilator,
        "_send",
        "hello=seat.hello",
        "hello=1",
        ("worker_stall",),
    ),
    Mutant(
        "the ventilator takes back what is still on its way",
        Ventilator,
        "_took",
        "return seat.received[0] == self._epoch",
        "return True or seat.received[0] == self._epoch",
        ("none",),
    ),
    Mutant(
        "the ventilator holds it against others that it stood still",
        Ventilator,
        "_forgive_stall",
        "if gap < STALLED_AFTER:",
        "if True:",
        ("ventilator_stall",),
    ),
    Mutant(
        "the ventilator does not look for grants whose answer it never got",
        Ventilator,
        "_react",
        "self._reread()",
        "pass",
        ("record_fails",),
    ),
    Mutant(
        "the ventilator tells a worker only of reports that were applied",
        Ventilator,
        "_hear_settled",
        "if seat is None:",
        "if seat is None or heard.answer != 'APPLIED':",
        ("hints_lost", "calls_fail"),
    ),
    Mutant(
        "a grant that comes back for a worker that has gone is forgotten",
        Ventilator,
        "_take_grants",
        "self._closings.append(Closing(granted.fence, granted.holder, granted.task_id, Cause.UNSENT))",
        "pass",
        ("record_fails", "worker_stop", "worker_stall"),
    ),
    Mutant(
        "a worker gets more than its slots though the type is unknown",
        choosing._Load,
        "fits",
        "average is not None",
        "(average := average or 0.0) is not None",
        ("none",),
    ),
    Mutant(
        "what comes after a task that fits nobody is granted before it",
        choosing,
        "choose",
        "load.closed = True",
        "pass",
        ("none",),
    ),
    Mutant(
        "the ventilator looks at the record only when somebody wakes it",
        Ventilator,
        "_fill",
        "if self._waits or not (self._hungry or now >= min(self._look_at, self._due_at)):",
        "if self._waits or not self._hungry:",
        ("hints_lost",),
    ),
    Mutant(
        "the ventilator waits longer for a silent worker",
        Seat,
        "silent_at",
        "+ SILENT_AFTER",
        "+ 2 * SILENT_AFTER",
        ("worker_kill",),
    ),
    Mutant(
        "losses are not counted",
        lifecycle,
        "moved",
        "losses=state.losses + (OUTCOMES.get(cause) is Outcome.LOST)",
        "losses=state.losses",
        ("killer",),
    ),
    Mutant(
        "the record grants what somebody holds",
        Record,
        "grant",
        "if row.state.stage is Stage.WAITING and",
        "if row.state.status is Status.QUEUEING and",
        ("none",),
    ),
    Mutant(
        "the record closes a grant without reading it again",
        Record,
        "close",
        "if (row.state.fence, row.state.holder) != (closing.fence, closing.holder):",
        "if False:",
        ("record_fails", "loss", "worker_stop"),
    ),
    Mutant(
        "the record obeys a ventilator whose epoch has passed",
        Record,
        "_still",
        "if epoch != self.epoch:",
        "if False:",
        ("takeover", "ventilator_kill"),
    ),
    Mutant(
        "tries are not counted",
        lifecycle,
        "moved",
        "tries=state.tries + (OUTCOMES.get(cause) in BY_THEMSELVES)",
        "tries=state.tries",
        ("limits",),
    ),
    Mutant(
        "a failure leads to another try though none is left",
        lifecycle,
        "settled_cause",
        "state.tries + 1 >= state.max_attempts",
        "state.tries >= state.max_attempts",
        ("limits",),
    ),
    Mutant(
        "a cancelled task is tried again when it fails",
        lifecycle,
        "settled_cause",
        "last = state.cancelling or",
        "last =",
        ("limits", "hands"),
    ),
    Mutant(
        "a cancelled task is tried again when its worker is lost",
        lifecycle,
        "settled_cause",
        "if cause is Cause.LOST and state.cancelling:",
        "if False:",
        ("hands", "worker_kill"),
    ),
    Mutant(
        "a cancelled grant that comes back unstarted waits again",
        lifecycle,
        "settled_cause",
        "if cause in (Cause.UNSENT, Cause.HANDED_BACK) and state.cancelling:",
        "if False:",
        ("hands", "loss", "worker_stop"),
    ),
    Mutant(
        "a retry by hand goes on in the round that has ended",
        lifecycle,
        "moved",
        "round=state.round + 1",
        "round=state.round",
        ("hands",),
    ),
    Mutant(
        "the record grants what has expired",
        Record,
        "grant",
        "and not expired",
        "",
        ("limits",),
    ),
    Mutant(
        "the record grants tasks of a paused queue",
        Record,
        "grant",
        "and row.queue not in self.paused",
        "",
        ("hands",),
    ),
    Mutant(
        "the record is never tended",
        Ventilator,
        "_tend",
        "if self._tending or now < self._tend_at:",
        "if True:",
        ("limits",),
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
        "a worker is told only once what was cancelled",
        Seat,
        "beat",
        "revoked[:REVOKED_AT_MOST]",
        "()",
        ("hands", "loss"),
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
        "what the record has given up runs on",
        Seat,
        "beat",
        "{**self.foreign, **self.revoked}",
        "self.revoked",
        ("hands", "mute", "worker_stall", "loss"),
    ),
)


def seed_fault(monkeypatch: pytest.MonkeyPatch, mutant: Mutant) -> None:
    """Put a copy of the function with the stretch replaced in its place, wherever it was imported to."""
    original: Callable[..., Any] = getattr(mutant.owner, mutant.where)
    source = textwrap.dedent(inspect.getsource(original))
    assert source.count(mutant.old) == 1, f"{mutant.old!r} stands {source.count(mutant.old)} times in {mutant.where}"
    scope: dict[str, Any] = {}
    module = inspect.getmodule(original)
    assert module is not None
    exec(source.replace(mutant.old, mutant.new), vars(module), scope)  # noqa: S102
    monkeypatch.setattr(mutant.owner, mutant.where, scope[mutant.where])
    if mutant.owner is choosing:
        monkeypatch.setattr("tests.simulation.processes.choose", scope[mutant.where])


def caught(faults: Faults) -> Violation | None:
    """The first violation that the seeds come upon."""
    for seed in range(1, SEEDS + 1):
        try:
            World(seed, faults).live_through()
        except Violation as violation:
            return violation
        except (AssertionError, KeyError) as error:
            return Violation(str(error))
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "_"))
def test_the_histories_notice_when(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    seed_fault(monkeypatch, mutant)

    assert caught(Faults(frozenset(mutant.faults))) is not None
