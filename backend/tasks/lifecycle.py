"""The life of a task, as one table of moves. Pure: the store and the simulation's record both obey it.

    WAITING ──granted──▶ GRANTED ──started──▶ RUNNING ──succeeded──▶ FINISHED
       ▲                    │                    │  └────failed─────▶ FAILED
       └── handed back ─────┤                    │
       └── unsent ──────────┤                    │
       └── lost ────────────┴────────────────────┘ ──lost for good──▶ FAILED

An outcome may overtake its start: GRANTED takes every outcome that RUNNING takes.

IllegalMove    that cannot happen to a task in this stage; it says the stage, the cause and the whole state
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Final

from wire.messages import Answer, ReportKind

MAX_LOSSES: Final = 3
"""The loss that fails the task (I6)."""

MAX_UNSTARTED: Final = 20
"""Grants in a row that never started, after which the next one counts as a loss."""


class Status(StrEnum):
    """What everybody sees of a task."""

    QUEUEING = "QUEUEING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"


TERMINAL: Final = (Status.FAILED, Status.FINISHED)


class Reason(StrEnum):
    """Why a task is FAILED."""

    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    LOST = "LOST"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


class Outcome(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


class Stage(Enum):
    """Where a task stands: its status, with QUEUEING split by whether a worker has a grant."""

    WAITING = auto()
    GRANTED = auto()
    RUNNING = auto()
    FAILED = auto()
    FINISHED = auto()


class Cause(StrEnum):
    """What happens to a task."""

    GRANTED = "granted"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"
    LOST_FOR_GOOD = "lost for good"
    UNSENT = "unsent"
    HANDED_BACK = "handed back"


MOVES: Final[Mapping[tuple[Stage, Cause], Stage]] = {
    (Stage.WAITING, Cause.GRANTED): Stage.GRANTED,
    (Stage.GRANTED, Cause.STARTED): Stage.RUNNING,
    (Stage.GRANTED, Cause.SUCCEEDED): Stage.FINISHED,
    (Stage.RUNNING, Cause.SUCCEEDED): Stage.FINISHED,
    (Stage.GRANTED, Cause.FAILED): Stage.FAILED,
    (Stage.RUNNING, Cause.FAILED): Stage.FAILED,
    (Stage.GRANTED, Cause.LOST): Stage.WAITING,
    (Stage.RUNNING, Cause.LOST): Stage.WAITING,
    (Stage.GRANTED, Cause.LOST_FOR_GOOD): Stage.FAILED,
    (Stage.RUNNING, Cause.LOST_FOR_GOOD): Stage.FAILED,
    (Stage.GRANTED, Cause.UNSENT): Stage.WAITING,
    (Stage.GRANTED, Cause.HANDED_BACK): Stage.WAITING,
}

OUTCOMES: Final[Mapping[Cause, Outcome]] = {
    Cause.SUCCEEDED: Outcome.SUCCEEDED,
    Cause.FAILED: Outcome.FAILED,
    Cause.LOST: Outcome.LOST,
    Cause.LOST_FOR_GOOD: Outcome.LOST,
}
"""The causes that end an attempt, and how it ended."""

REASONS: Final[Mapping[Cause, Reason]] = {Cause.FAILED: Reason.ERROR, Cause.LOST_FOR_GOOD: Reason.LOST}

REPORTED: Final[Mapping[ReportKind, Cause]] = {
    ReportKind.STARTED: Cause.STARTED,
    ReportKind.SUCCEEDED: Cause.SUCCEEDED,
    ReportKind.FAILED: Cause.FAILED,
    ReportKind.LOST: Cause.LOST,
}


class IllegalMove(Exception):
    """That cannot happen to a task in this stage."""

    def __init__(self, state: "TaskState", cause: Cause) -> None:
        super().__init__(f"{cause} cannot happen to a task that is {state.stage.name}: {state}")


@dataclass(frozen=True, slots=True)
class TaskState:
    """All of a task that decides what may happen to it.

    `fence` is that of the last grant, 0 before the first; `holder` the incarnation that has the open grant; `attempt`
    the number of the last attempt that started; `losses` and `unstarted` count as I6 and MAX_UNSTARTED say.
    """

    status: Status = Status.QUEUEING
    reason: Reason | None = None
    fence: int = 0
    holder: str | None = None
    attempt: int = 0
    losses: int = 0
    unstarted: int = 0

    @property
    def stage(self) -> Stage:
        if self.status is Status.QUEUEING:
            return Stage.WAITING if self.holder is None else Stage.GRANTED
        return Stage[self.status.name]


def granted(state: TaskState, *, fence: int, holder: str) -> TaskState:
    """The state once this worker has the task under this fence; IllegalMove unless it waits and the fence is new."""
    if state.stage is not Stage.WAITING or fence <= state.fence:
        raise IllegalMove(state, Cause.GRANTED)
    return replace(state, fence=fence, holder=holder)


def settled_cause(state: TaskState, cause: Cause) -> Cause:
    """The cause as it counts for this task: what closes a running attempt loses it, and enough losses are for good."""
    if cause in (Cause.UNSENT, Cause.HANDED_BACK) and state.stage is Stage.RUNNING:
        cause = Cause.LOST
    if cause is Cause.UNSENT and state.unstarted + 1 >= MAX_UNSTARTED:
        cause = Cause.LOST
    if cause is Cause.LOST and state.losses + 1 >= MAX_LOSSES:
        return Cause.LOST_FOR_GOOD
    return cause


def moved(state: TaskState, cause: Cause) -> TaskState:
    """The state after anything but a grant; IllegalMove where the table has no such move.

    Pass the cause through `settled_cause` first.
    """
    stage = MOVES.get((state.stage, cause))
    if stage is None or cause is Cause.GRANTED:
        raise IllegalMove(state, cause)
    started_now = state.stage is Stage.GRANTED and (cause is Cause.STARTED or cause in OUTCOMES)
    lost = cause in (Cause.LOST, Cause.LOST_FOR_GOOD)
    return TaskState(
        status=Status.QUEUEING if stage is Stage.WAITING else Status[stage.name],
        reason=REASONS.get(cause),
        fence=state.fence,
        holder=state.holder if stage is Stage.RUNNING else None,
        attempt=state.attempt + started_now,
        losses=state.losses + lost,
        unstarted=_unstarted(state, cause),
    )


def _unstarted(state: TaskState, cause: Cause) -> int:
    if cause is Cause.UNSENT:
        return state.unstarted + 1
    # A hand-back says nothing of the way to the worker: it neither counts nor clears.
    return state.unstarted if cause is Cause.HANDED_BACK else 0


def judge(
    state: TaskState, kind: ReportKind, fence: int, incarnation: str, ended: Outcome | None
) -> tuple[Answer, Cause | None]:
    """What the record says of a report, and what then happens to the task.

    `ended` is the outcome of the attempt that has this fence, None while it has none. A report counts only while both
    fence and holder are current (I5); one that says what is already written is a DUPLICATE; any other is STALE.
    """
    cause = REPORTED[kind]
    if state.holder is not None and (state.fence, state.holder) == (fence, incarnation):
        if cause is Cause.STARTED and state.stage is Stage.RUNNING:
            return Answer.DUPLICATE, None
        return Answer.APPLIED, settled_cause(state, cause)
    if ended is not None and (cause is Cause.STARTED or OUTCOMES[cause] is ended):
        return Answer.DUPLICATE, None
    return Answer.STALE, None


def pause_after_loss(losses: int) -> float:
    """Seconds that a task waits after its loss of that number: none after the first, then 1, 2, 4 …"""
    return 0.0 if losses <= 1 else float(2 ** (losses - 2))
