"""The batched SQL of the record, one module per database.

An engine knows columns and statements; what they mean is `store`'s affair. Every batch travels as one JSON parameter,
so a batch of any size is one statement.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.tasks.grants import Candidate, Choice, GrantedTask, OpenGrant, WorkerRow
from backend.tasks.lifecycle import Outcome, TaskState


@dataclass(frozen=True, slots=True)
class NewTask:
    """A row to insert. `args` and `kwargs` are JSON texts."""

    key: str
    digest: str
    name: str
    path: str
    args: str
    kwargs: str
    queue: str
    priority: int
    run_after: datetime | None


@dataclass(frozen=True, slots=True)
class Inserted:
    """A task's place in the record: `fresh` when this call put it there."""

    seq: int
    digest: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What a decision about a task reads. `ended` is the outcome of the attempt with the fence that was asked for.

    `started_at` is when its last attempt started.
    """

    seq: int
    key: str
    queue: str
    worker_topic: str | None
    state: TaskState
    started_at: datetime | None
    ended: Outcome | None


@dataclass(frozen=True, slots=True)
class Change:
    """A task's new columns; it applies only while `fence` and `was_holder` are still those of the row."""

    seq: int
    was_holder: str
    state: TaskState
    error: str | None
    result: str | None
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt to insert, or to end where its number is there without an outcome."""

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


class Engine(Protocol):
    """The statements. All but `turn`, `now` and `waiting` are called inside a transaction that has the write lock."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait for one's turn to write, first come first served; taken before the transaction begins."""

    def now(self) -> datetime:
        """The record's clock."""

    def relax(self) -> None:
        """From here on this connection checkpoints, and a power loss (never a crash) may undo its commits."""

    def raise_epoch(self, above: int) -> int: ...

    def epoch(self) -> int: ...

    def insert_tasks(self, rows: Sequence[NewTask], now: datetime) -> Mapping[str, Inserted]: ...

    def rows(self, wanted: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], Row]:
        """By (task id, fence): the task as it is, with the outcome of the attempt that has this fence."""

    def held_by(self, holder: str) -> Sequence[Row]:
        """Every task with an open grant of that incarnation, oldest grant first."""

    def open_grants(self) -> Sequence[OpenGrant]: ...

    def change(self, changes: Sequence[Change]) -> int:
        """Write each whose fence and holder are still current; how many were."""

    def put_attempts(self, rows: Sequence[AttemptRow]) -> None: ...

    def count(self, deltas: Mapping[str, Mapping[str, int]]) -> None:
        """Add to the counters of queues: {queue: {column: difference}}."""

    def count_outcomes(self, deltas: Mapping[str, tuple[int, int]]) -> None:
        """Add to the counters of workers: {incarnation: (succeeded, failed)}."""

    def waiting(self, queues: frozenset[str] | None, now: datetime) -> bool:
        """Whether a look with the write lock would find something to grant."""

    def ripen(self, now: datetime) -> None:
        """Make what is due grantable."""

    def next_due(self) -> datetime | None: ...

    def candidates(self, queues: frozenset[str] | None, limit: int) -> Sequence[Candidate]: ...

    def grant(self, choices: Sequence[Choice]) -> Sequence[GrantedTask]: ...

    def put_workers(self, rows: Sequence[WorkerRow], now: datetime) -> None: ...

    def remove_workers(self, topics: Sequence[str]) -> None: ...
