"""The batched SQL of the record, one module per database.

An engine knows columns and statements; what they mean is `store`'s affair. Every batch travels as one JSON parameter,
so a batch of any size is one statement.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from msgspec import Struct

from backend.tasks.grants import CancelledGrant, Candidate, Choice, GrantedTask, OpenGrant, WorkerRow
from backend.tasks.lifecycle import Outcome, Status, TaskState

NOTHING: Final[Mapping[str, int]] = MappingProxyType({})

FORMER_QUEUES: Final = ""
"""No queue can have this name: under it stands what queues that made room for others have ever had."""


class NewTask(Struct, frozen=True):
    """A row to insert. `args` and `kwargs` are JSON texts.

    One with a `rejection` is FAILED from the start, and has a `failure_key` with others that were rejected alike.
    """

    key: str
    digest: str
    name: str
    path: str
    args: str
    kwargs: str
    queue: str
    priority: int
    run_after: datetime | None
    expires_at: datetime | None
    timeout: float | None
    grace: float
    max_attempts: int
    retry_delay: float
    rejection: str | None = None
    failure_key: str | None = None


class Inserted(Struct, frozen=True):
    """A task's place in the record: `fresh` when this call put it there."""

    seq: int
    digest: str
    fresh: bool


class Row(Struct, frozen=True):
    """What a decision about a task reads. `ended` is the outcome of the attempt with the fence that was asked for.

    `first_due_at` is when it was created, or its `run_after` where that is later; `started_at` is when its last attempt
    started, `retry_delay` in seconds.
    """

    seq: int
    key: str
    queue: str
    path: str
    worker_topic: str | None
    state: TaskState
    first_due_at: datetime
    started_at: datetime | None
    retry_delay: float
    run_after: datetime | None
    ended: Outcome | None


class EndedTask(Struct, frozen=True):
    """A task that has ended, as the counters of its queue count it."""

    seq: int
    queue: str
    status: Status


class Change(Struct, frozen=True):
    """A task's new columns; it applies only while `fence` and `was_holder` (empty: nobody) are those of the row."""

    seq: int
    was_holder: str
    state: TaskState
    error: str | None
    result: str | None
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    failure_key: str | None = None


class Told(Struct, frozen=True):
    """What a running attempt says of its progress."""

    seq: int
    fence: int
    fraction: float | None
    message: str | None


class LogRow(Struct, frozen=True):
    """A line to insert, unless its number is there."""

    seq: int
    fence: int
    number: int
    at: datetime
    stream: str
    text: str


class AttemptRow(Struct, frozen=True):
    """An attempt to insert, or to end where its number is there without an outcome.

    `next_due_at` is until when its task must wait then; None when it need not.
    """

    seq: int
    number: int
    fence: int
    worker: str
    incarnation: str
    outcome: Outcome | None
    error: str | None
    exception: str | None
    traceback: str | None
    started_at: datetime | None
    finished_at: datetime | None
    next_due_at: datetime | None


class Engine(Protocol):
    """The statements. All but `take_turn`, `let_go`, `recognise`, `now`, `waiting` and `ripe` are called inside a
    transaction that has the write lock."""

    def take_turn(self) -> None:
        """Wait for this thread's turn to write, first come first served; taken before the transaction begins.

        An OperationalError when it does not come in time.
        """

    def let_go(self) -> None:
        """Give back whatever this thread has of its turn; done twice it is the same as once."""

    def recognise(self) -> None:
        """An OperationalError when the record is not the one any more that this process has opened."""

    def now(self) -> datetime:
        """The record's clock."""

    def is_off(self) -> bool:
        """Whether the clock may have jumped since somebody followed it."""

    def follow(self) -> None:
        """Have pauses last as long as they were to though the clock has jumped; inside a transaction, first of all."""

    def jumped(self, since: datetime) -> float:
        """The seconds by which the clock has jumped forward if it has since then."""

    def relax(self) -> None:
        """From here on this connection checkpoints, and a power loss (never a crash) may undo its commits."""

    def raise_epoch(self, above: int) -> int: ...

    def epoch(self) -> int: ...

    def revise(self) -> int:
        """The number of this transaction among those that change tasks: above every one before it."""

    def insert_tasks(self, rows: Sequence[NewTask], now: datetime, revision: int) -> Mapping[str, Inserted]: ...

    def rows(self, wanted: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], Row]:
        """By (task id, fence): the task as it is, with the outcome of the attempt that has this fence."""

    def rows_of(self, seqs: Sequence[int]) -> Sequence[Row]:
        """The tasks with these numbers as they are, by number, without any attempt's outcome."""

    def held_by(self, holder: str) -> Sequence[Row]:
        """Every task with an open grant of that incarnation, oldest grant first."""

    def expired(self, now: datetime, limit: int) -> Sequence[Row]:
        """Tasks that wait and must not be granted any more, the longest expired first."""

    def open_grants(self) -> Sequence[OpenGrant]: ...

    def cancelled_grants(self) -> Sequence[CancelledGrant]:
        """The open grants of tasks that were cancelled."""

    def drain_asked(self) -> frozenset[str]:
        """The incarnations that somebody wants to drain."""

    def change(self, changes: Sequence[Change], revision: int) -> int:
        """Write each whose fence and holder are still current; how many were."""

    def reopen(self, seqs: Sequence[int], revision: int, now: datetime) -> int:
        """Begin a new round of tasks that have ended; how many had. One that is not due yet stays put off (I8)."""

    def put_attempts(self, rows: Sequence[AttemptRow]) -> None: ...

    def put_progress(self, rows: Sequence[Told]) -> None: ...

    def put_log(self, rows: Sequence[LogRow]) -> None: ...

    def put_events(self, seqs: Sequence[int], kind: str, by: str | None, now: datetime) -> None: ...

    def count(self, deltas: Mapping[str, Mapping[str, int]], created: Mapping[str, int] = NOTHING) -> Sequence[str]:
        """Add to the counters of queues: {queue: {status: difference}}, and {queue: tasks created}; which are new."""

    def queues(self) -> int:
        """How many there are."""

    def new_queues(self, names: Sequence[str]) -> Sequence[str]:
        """Those of them that are not there, in their order."""

    def forget_queues(self, limit: int, keep: Collection[str]) -> int:
        """Take up to `limit` queues off the record that have no task, are not paused and none of `keep`; how many.

        The newest go first. What they ever had counts as FORMER_QUEUES' from then on.
        """

    def count_settled(self, ended: Mapping[tuple[str, str, str], int]) -> None:
        """Add to how many have ever ended so: {(queue, status, reason or empty): number}."""

    def tally(self, now: datetime, counted: Mapping[tuple[str, str, str, int], int]) -> None:
        """Add to what is counted of the minute: {(queue, path, what, bucket): number}."""

    def count_outcomes(self, deltas: Mapping[str, tuple[int, int]]) -> None:
        """Add to the counters of workers: {incarnation: (succeeded, failed)}."""

    def waiting(self, queues: frozenset[str] | None, now: datetime) -> bool:
        """Whether a look with the write lock would find something to grant."""

    def ripe(self, now: datetime) -> bool:
        """Whether `ripen` would find something."""

    def ripen(self, now: datetime) -> None:
        """Make what is due grantable, or as much of it as one transaction may."""

    def next_due(self) -> datetime | None:
        """When something that waits is due or expires next."""

    def offering(self, queues: frozenset[str] | None) -> Sequence[str]:
        """Which of these queues (None: of all) may have something to grant: they are not paused, and not empty."""

    def candidates(self, queues: Sequence[str], now: datetime, limit: int, skip: int) -> Sequence[Candidate]:
        """Of each of these queues up to `limit` without its first `skip`, by urgency, without what has expired.

        In no order among each other.
        """

    def grant(self, choices: Sequence[Choice], revision: int) -> Sequence[GrantedTask]: ...

    def delete(self, seqs: Sequence[int]) -> None:
        """Take tasks off the record with all that belongs to them."""

    def ended_before(self, moment: datetime, limit: int) -> Sequence[EndedTask]:
        """Tasks that ended before that, the longest ended first."""

    def forget_tallies(self, before: datetime, limit: int) -> int:
        """Take what was counted of minutes before that off the record; how many rows there were."""

    def forget_tombstones(self, before: datetime, limit: int) -> int:
        """Take tombstones from before that off the record; how many there were."""

    def forget_rejected(self, keep: int, limit: int) -> int:
        """Take messages off the record of which there are more than `keep`, the oldest first; how many there were."""

    def forget_lost_workers(self, before: datetime) -> int:
        """Take lost workers off the record whose last beat was before that, unless one has an open grant."""

    def delete_lines(self, seqs: Sequence[int], limit: int) -> int:
        """Take up to `limit` lines of these tasks off the record; how many there were."""

    def put_tombstones(self, keys: Sequence[str], revision: int, now: datetime) -> None: ...

    def put_rejected(self, bodies: Sequence[tuple[str, str]], now: datetime) -> None:
        """Keep messages that could not become tasks: (body, reason)."""

    def pause(self, queue: str, reason: str | None, now: datetime) -> bool:
        """Grant nothing of it; whether it is new."""

    def resume(self, queue: str) -> None: ...

    def ask_to_drain(self, topic: str) -> bool:
        """Whether there is such a worker that is not lost."""

    def put_workers(self, rows: Sequence[WorkerRow], now: datetime) -> None: ...

    def remove_workers(self, topics: Sequence[str]) -> None: ...
