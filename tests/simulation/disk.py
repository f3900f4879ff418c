"""What the record's file holds, and what becomes of it when an older copy takes its place or the power is cut."""

from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from backend.tasks import lifecycle
from backend.tasks.grants import WorkerRow
from backend.tasks.lifecycle import TERMINAL, Outcome, Status, TaskState
from tests.simulation.truth import Truth
from tests.simulation.violation import Violation


class Row(Struct):
    """A task. `attempts` has (number, fence, outcome) for each that started."""

    seq: int
    task_id: str
    path: str
    queue: str
    priority: int
    due_at: float | None
    run_after: float | None = None
    expires_at: float | None = None
    retry_delay: float = lifecycle.RETRY_DELAY
    timeout: float | None = None
    state: TaskState = field(default_factory=TaskState)
    attempts: list[tuple[int, int, Outcome | None]] = field(default_factory=list)
    former_rounds: int = 0
    """So many of the attempts are of rounds before this one."""
    ended_at: float | None = None

    @property
    def waits(self) -> bool:
        """Whether it is in Stage.WAITING; asked so often that the long way is too slow."""
        return self.state.holder is None and self.state.status is Status.QUEUEING


class Copy(Struct, frozen=True):
    """The record as it once was; what is in here is never changed."""

    rows: dict[str, Row]
    workers: dict[str, WorkerRow]
    epoch: int
    paused: frozenset[str]
    drain_asked: frozenset[str]
    settled: dict[tuple[str, int], Status]
    grants: int


class Disk:
    """`truth` hears of all that is granted. `put_back_so_often` counts the copies that were put back, `file` those of
    them that came as another file.

    With `relaxed` it notes what a power cut would undo: the commits since the last with an fsync.
    """

    def __init__(self, truth: Truth, *, relaxed: bool) -> None:
        self.truth = truth
        self.file = 0
        self.put_back_so_often = 0
        self.rows: dict[str, Row] = {}
        self.workers: dict[str, WorkerRow] = {}
        self.epoch = 0
        self.paused: set[str] = set()
        self.drain_asked: set[str] = set()
        self._unended: dict[str, Row] = {}
        self._settled: dict[tuple[str, int], Status] = {}
        self._answered: dict[tuple[str, int], Status] = {}
        self._given_at: dict[int, int] = {}
        self._grants = 0
        self._relaxed = relaxed
        self._before: dict[str, Row | None] = {}
        self._epoch_before: int | None = None
        self._workers_before: dict[str, WorkerRow] | None = None

    def copy(self) -> Copy:
        """What can be put back later."""
        return Copy(
            {task_id: _copied(row) for task_id, row in self.rows.items()},
            dict(self.workers),
            self.epoch,
            frozenset(self.paused),
            frozenset(self.drain_asked),
            dict(self._settled),
            self._grants,
        )

    def put_back(self, copy: Copy, *, in_place: bool) -> None:
        """Nothing of what was committed since is left; what processes hold of it they go on holding."""
        self.file += not in_place
        self.put_back_so_often += 1
        self.rows = {task_id: _copied(row) for task_id, row in copy.rows.items()}
        self.workers = dict(copy.workers)
        self.epoch = copy.epoch
        self.paused, self.drain_asked = set(copy.paused), set(copy.drain_asked)
        self._settled = dict(copy.settled)
        self._answered.clear()
        self.truth.forget_fences(lambda fence: self._given_at[fence] > copy.grants)
        self._look_over(lambda fence: self._given_at[fence] > copy.grants)
        self.synced()

    def cut_power(self) -> None:
        """Only what has seen an fsync is left, and fences of what is not are lost all the same."""
        undone = set()
        for task_id, before in self._before.items():
            if before is None:
                del self.rows[task_id]
                continue
            now = self.rows.get(task_id, before)
            self.rows[task_id] = before
            if before.state.status not in TERMINAL:
                self._settled.pop((task_id, before.state.round), None)
            if now.state.fence != before.state.fence:
                undone.add(now.state.fence)
        if self._workers_before is not None:
            self.workers = self._workers_before
        if self._epoch_before is not None:
            self.epoch = self._epoch_before
        for (task_id, number), status in self._answered.items():
            row = self.rows.get(task_id)
            if row is not None and row.state.round == number and row.state.status is not status:
                raise Violation("I4", f"a power cut undoes that {task_id} is {status}, which was answered")
        self._look_over(lambda fence: fence in undone)
        self.synced()

    def synced(self) -> None:
        """Everything until here outlives a power cut."""
        self._before.clear()
        self._workers_before = self._epoch_before = None

    def _look_over(self, since: Callable[[int], bool]) -> None:
        self._unended = {row.task_id: row for row in self.rows.values() if row.state.status not in TERMINAL}
        self.truth.put_back(((row.state.fence, row.state.holder or "") for row in self._unended.values()), since)

    def _change(self, row: Row) -> None:
        """The row is about to change."""
        if self._relaxed and row.task_id not in self._before:
            self._before[row.task_id] = _copied(row)


def _copied(row: Row) -> Row:
    return replace(row, attempts=list(row.attempts))
