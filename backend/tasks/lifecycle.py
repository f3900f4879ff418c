"""The life of a task, as one table of moves. Pure: the store and the simulation's record both obey it.

    WAITING ──granted──▶ GRANTED ──started──▶ RUNNING ──succeeded──────────────▶ FINISHED
     ▲ │ │                  │                    │  └──failed, timed out for good,──▶ FAILED
     │ │ │                  │                    │     lost for good, cancelled        ▲
     │ │ └─ cancel asked, expired ───────────────┼────────────────────────────────────┤
     │ └── handed back, unsent (withdrawn once cancelled: FAILED) ◀── GRANTED          │
     ├──── failed, timed out with tries left, lost ◀── GRANTED, RUNNING                │
     └──── retried by hand: a new round ◀──────────── FAILED, FINISHED ────────────────┘

An outcome may overtake its start: GRANTED takes every outcome that RUNNING takes.

IllegalMove    that cannot happen to a task in this stage; it says the stage, the cause and the whole state
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wire.messages import Answer, ReportKind

MAX_LOSSES: Final = 3
"""The loss that fails the task (I6)."""

MAX_UNSTARTED: Final = 20
"""Grants in a row that never started, after which the next one counts as a loss."""

RETRY_DELAY: Final = 1.0
"""Seconds before the second attempt of a round, unless the task function asks for others."""

LONGEST_DELAY: Final = 3600.0
"""Seconds that a further attempt is put off at most, however many there were."""

JITTER: Final = 0.15
"""The part of a delay that chance adds or takes, so that what failed together does not come back together."""


class Status(StrEnum):
    """What everybody sees of a task."""

    QUEUEING = "QUEUEING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"


TERMINAL: Final = (Status.FAILED, Status.FINISHED)
UNENDED: Final = (Status.QUEUEING, Status.RUNNING)


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
    FAILED_FOR_GOOD = "failed for good"
    TIMED_OUT = "timed out"
    TIMED_OUT_FOR_GOOD = "timed out for good"
    LOST = "lost"
    LOST_FOR_GOOD = "lost for good"
    LOST_CANCELLED = "lost while being cancelled"
    CANCELLED = "cancelled"
    UNSENT = "unsent"
    HANDED_BACK = "handed back"
    WITHDRAWN = "withdrawn"
    CANCEL_ASKED = "cancel asked"
    EXPIRED = "expired"
    RETRIED = "retried"


MOVES: Final[Mapping[tuple[Stage, Cause], Stage]] = {
    (Stage.WAITING, Cause.GRANTED): Stage.GRANTED,
    (Stage.WAITING, Cause.CANCEL_ASKED): Stage.FAILED,
    (Stage.WAITING, Cause.EXPIRED): Stage.FAILED,
    (Stage.GRANTED, Cause.STARTED): Stage.RUNNING,
    (Stage.GRANTED, Cause.UNSENT): Stage.WAITING,
    (Stage.GRANTED, Cause.HANDED_BACK): Stage.WAITING,
    (Stage.GRANTED, Cause.WITHDRAWN): Stage.FAILED,
    **{
        (stage, cause): after
        for stage in (Stage.GRANTED, Stage.RUNNING)
        for cause, after in {
            Cause.SUCCEEDED: Stage.FINISHED,
            Cause.FAILED: Stage.WAITING,
            Cause.FAILED_FOR_GOOD: Stage.FAILED,
            Cause.TIMED_OUT: Stage.WAITING,
            Cause.TIMED_OUT_FOR_GOOD: Stage.FAILED,
            Cause.LOST: Stage.WAITING,
            Cause.LOST_FOR_GOOD: Stage.FAILED,
            Cause.LOST_CANCELLED: Stage.FAILED,
            Cause.CANCELLED: Stage.FAILED,
            Cause.CANCEL_ASKED: stage,
        }.items()
    },
    (Stage.FAILED, Cause.RETRIED): Stage.WAITING,
    (Stage.FINISHED, Cause.RETRIED): Stage.WAITING,
}

OUTCOMES: Final[Mapping[Cause, Outcome]] = {
    Cause.SUCCEEDED: Outcome.SUCCEEDED,
    Cause.FAILED: Outcome.FAILED,
    Cause.FAILED_FOR_GOOD: Outcome.FAILED,
    Cause.TIMED_OUT: Outcome.TIMED_OUT,
    Cause.TIMED_OUT_FOR_GOOD: Outcome.TIMED_OUT,
    Cause.LOST: Outcome.LOST,
    Cause.LOST_FOR_GOOD: Outcome.LOST,
    Cause.LOST_CANCELLED: Outcome.LOST,
    Cause.CANCELLED: Outcome.CANCELLED,
}
"""The causes that end an attempt, and how it ended."""

BY_THEMSELVES: Final = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT)
"""The outcomes that use up a try (I6)."""

REASONS: Final[Mapping[Cause, Reason]] = {
    Cause.FAILED_FOR_GOOD: Reason.ERROR,
    Cause.TIMED_OUT_FOR_GOOD: Reason.TIMEOUT,
    Cause.LOST_FOR_GOOD: Reason.LOST,
    Cause.LOST_CANCELLED: Reason.CANCELLED,
    Cause.CANCELLED: Reason.CANCELLED,
    Cause.WITHDRAWN: Reason.CANCELLED,
    Cause.CANCEL_ASKED: Reason.CANCELLED,
    Cause.EXPIRED: Reason.EXPIRED,
}
"""Why a task is FAILED once this has made it so."""

_FOR_GOOD: Final[Mapping[Cause, Cause]] = {
    Cause.FAILED: Cause.FAILED_FOR_GOOD,
    Cause.TIMED_OUT: Cause.TIMED_OUT_FOR_GOOD,
}

REPORTED: Final[Mapping[ReportKind, Cause]] = {
    ReportKind.STARTED: Cause.STARTED,
    ReportKind.SUCCEEDED: Cause.SUCCEEDED,
    ReportKind.FAILED: Cause.FAILED,
    ReportKind.TIMED_OUT: Cause.TIMED_OUT,
    ReportKind.LOST: Cause.LOST,
    ReportKind.CANCELLED: Cause.CANCELLED,
}
"""What a report says has happened; those that are not among them tell of an attempt that goes on."""


class IllegalMove(Exception):
    """That cannot happen to a task in this stage."""

    def __init__(self, state: "TaskState", cause: Cause) -> None:
        super().__init__(f"{cause} cannot happen to a task that is {state.stage.name}: {state}")


class TaskState(Struct, frozen=True):
    """All of a task that decides what may happen to it.

    `fence` is that of the last grant, 0 before the first; `holder` the incarnation that has the open grant; `attempt`
    the number of the last attempt that started. `round` counts the retries by hand from 1; `tries` (attempts that ended
    by themselves, at most `max_attempts`), `losses` and `unstarted` count within it as I6 and MAX_UNSTARTED say.
    `cancelling`: it was cancelled while somebody held it.
    """

    status: Status = Status.QUEUEING
    reason: Reason | None = None
    fence: int = 0
    holder: str | None = None
    attempt: int = 0
    losses: int = 0
    unstarted: int = 0
    tries: int = 0
    max_attempts: int = 1
    round: int = 1
    cancelling: bool = False

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


def settled_cause(state: TaskState, cause: Cause, *, again: bool = True) -> Cause:
    """The cause as it counts for this task.

    What closes a running attempt loses it, enough losses are for good, and so is a failure without a try left, or one
    that no further attempt would help (`again`). A task that was cancelled never gets another one.
    """
    if cause in (Cause.UNSENT, Cause.HANDED_BACK) and state.stage is Stage.RUNNING:
        cause = Cause.LOST
    if cause in (Cause.UNSENT, Cause.HANDED_BACK) and state.cancelling:
        return Cause.WITHDRAWN
    if cause is Cause.UNSENT and state.unstarted + 1 >= MAX_UNSTARTED:
        cause = Cause.LOST
    if cause is Cause.LOST and state.cancelling:
        return Cause.LOST_CANCELLED
    if cause is Cause.LOST and state.losses + 1 >= MAX_LOSSES:
        return Cause.LOST_FOR_GOOD
    last = state.cancelling or not again or state.tries + 1 >= state.max_attempts
    return _FOR_GOOD.get(cause, cause) if last else cause


def moved(state: TaskState, cause: Cause) -> TaskState:
    """The state after anything but a grant; IllegalMove where the table has no such move.

    Pass the cause through `settled_cause` first.
    """
    stage = MOVES.get((state.stage, cause))
    if stage is None or cause is Cause.GRANTED:
        raise IllegalMove(state, cause)
    if cause is Cause.RETRIED:
        return TaskState(
            fence=state.fence, attempt=state.attempt, max_attempts=state.max_attempts, round=state.round + 1
        )
    if cause is Cause.CANCEL_ASKED and stage is state.stage:
        return replace(state, cancelling=True)
    started_now = state.stage is Stage.GRANTED and (cause is Cause.STARTED or cause in OUTCOMES)
    return TaskState(
        status=Status.QUEUEING if stage is Stage.WAITING else Status[stage.name],
        reason=REASONS.get(cause) if stage is Stage.FAILED else None,
        fence=state.fence,
        holder=state.holder if stage is Stage.RUNNING else None,
        attempt=state.attempt + started_now,
        losses=state.losses + (OUTCOMES.get(cause) is Outcome.LOST),
        unstarted=_unstarted(state, cause),
        tries=state.tries + (OUTCOMES.get(cause) in BY_THEMSELVES),
        max_attempts=state.max_attempts,
        round=state.round,
        cancelling=state.cancelling,
    )


def _unstarted(state: TaskState, cause: Cause) -> int:
    if cause is Cause.UNSENT:
        return state.unstarted + 1
    # A hand-back says nothing of the way to the worker: it neither counts nor clears.
    return state.unstarted if cause is Cause.HANDED_BACK else 0


def judge(
    state: TaskState, kind: ReportKind, fence: int, incarnation: str, ended: Outcome | None, *, again: bool = True
) -> tuple[Answer, Cause | None]:
    """What the record says of a report, and what then happens to the task.

    `ended` is the outcome of the attempt that has this fence, None while it has none; `again` what a failure says of
    further attempts. A report counts only while both fence and holder are current (I5); one that says what is already
    written is a DUPLICATE; any other is STALE. One that tells of a running attempt moves nothing.
    """
    current = is_current(state, fence, incarnation)
    cause = REPORTED.get(kind)
    if cause is None:
        return (Answer.APPLIED if current else Answer.STALE), None
    if current:
        if cause is Cause.STARTED and state.stage is Stage.RUNNING:
            return Answer.DUPLICATE, None
        return Answer.APPLIED, settled_cause(state, cause, again=again)
    if ended is not None and (cause is Cause.STARTED or OUTCOMES[cause] is ended):
        return Answer.DUPLICATE, None
    return Answer.STALE, None


def is_current(state: TaskState, fence: int, incarnation: str) -> bool:
    """Whether somebody with this fence and incarnation may speak for the task (I5)."""
    return state.holder is not None and (state.fence, state.holder) == (fence, incarnation)


def pause_after_loss(losses: int) -> float:
    """Seconds that a task waits after its loss of that number: none after the first, then 1, 2, 4 …"""
    return 0.0 if losses <= 1 else float(2 ** (losses - 2))


def pause_before_retry(delay: float, tries: int, chance: float) -> float:
    """Seconds that a task waits after its try of that number: `delay`, then twice, four times …, more or less.

    `chance`, from 0 to 1, draws how much more or less.
    """
    longest = min(delay * 2.0 ** min(tries - 1, 40), LONGEST_DELAY)
    return longest * (1 + JITTER * (2 * chance - 1))
