"""What the ventilator and the record tell each other of tasks, grants and workers. Pure: both sides think in these."""

from datetime import datetime

from msgspec import Struct

from backend.tasks.lifecycle import Cause
from wire.messages import GRACE


class Candidate(Struct, frozen=True):
    """A task that may be granted now; `size` is the bytes of its arguments."""

    seq: int
    task_id: str
    path: str
    queue: str
    priority: int
    size: int = 0


class Choice(Struct, frozen=True):
    """Who is to have a candidate, under which fence."""

    seq: int
    fence: int
    holder: str
    topic: str


class GrantedTask(Struct, frozen=True):
    """A task that a worker now has; `args` and `kwargs` are JSON."""

    task_id: str
    path: str
    args: bytes
    kwargs: bytes
    queue: str
    priority: int
    attempt: int
    fence: int
    holder: str
    created_at: datetime | None = None
    timeout: float | None = None
    grace: float = GRACE
    tries: int = 0
    max_attempts: int = 1

    @property
    def size(self) -> int:
        """Bytes of its arguments."""
        return len(self.args) + len(self.kwargs)


class CancelledGrant(Struct, frozen=True):
    """A grant that is open in the record although its task was cancelled: its holder is to end it."""

    task_id: str
    fence: int
    holder: str


class Wishes(Struct, frozen=True):
    """What somebody wants of workers: grants to end, and incarnations to drain."""

    cancelled: tuple[CancelledGrant, ...] = ()
    drain: frozenset[str] = frozenset()


class OpenGrant(Struct, frozen=True):
    """A grant that is open in the record; `size` is the bytes of its arguments."""

    task_id: str
    seq: int
    path: str
    queue: str
    priority: int
    fence: int
    holder: str
    started: bool
    size: int = 0


class WorkerRow(Struct, frozen=True):
    """A worker as the ventilator writes it down; `beat` also sets the time of its last beat."""

    topic: str
    incarnation: str
    name: str
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int
    state: str
    beat: bool = True


class Known(Struct, frozen=True):
    """Everything that is open in the record, and every worker as the last ventilator wrote it down."""

    workers: tuple[WorkerRow, ...]
    grants: tuple[OpenGrant, ...]


class Granted(Struct, frozen=True):
    """What a look at the record gave. `next_due_in` is in seconds, None when nothing is scheduled."""

    grants: tuple[GrantedTask, ...]
    next_due_in: float | None
    more: bool


class Closing(Struct, frozen=True):
    """A grant that its worker does not have, UNSENT or HANDED_BACK: to be closed unless it moved on."""

    fence: int
    holder: str
    task_id: str
    cause: Cause


class Lost(Struct, frozen=True):
    """What became of a lost worker's grants: how many went back unstarted, wait again after a loss, failed by it."""

    returned: int
    lost: int
    failed: int


class Pruned(Struct, frozen=True):
    """How many old tasks were taken off the record, and for how many seconds that kept others from writing."""

    tasks: int = 0
    seconds: float = 0.0
    more: bool = False
