"""Workers that the record knows, and that have not been heard since the ventilator started."""

from msgspec import Struct, field

from backend.tasks.grants import Known, WorkerRow
from backend.ventilator.load_table import HeldGrant
from wire.messages import SILENT_AFTER
from wire.topics import Topic, topic

_NEVER = float("inf")


class Absent(Struct):
    """One of them, with what it was granted. `worker` is None where only its grants are known."""

    worker: WorkerRow | None
    grants: dict[int, HeldGrant] = field(default_factory=dict)

    @property
    def topic(self) -> Topic | None:
        """Its seat, which nobody else gets while it may come back."""
        return None if self.worker is None else topic(self.worker.topic)


class Absentees:
    """Everybody who may still be there, and everybody who has a grant. They have three beats to be heard."""

    def __init__(self, known: Known, now: float) -> None:
        self._waited_for = {worker.incarnation: Absent(worker) for worker in known.workers if worker.state != "LOST"}
        for grant in known.grants:
            holder = self._waited_for.setdefault(grant.holder, Absent(None))
            held = HeldGrant(grant.task_id, grant.path, grant.fence, grant.size, started=grant.started)
            holder.grants[grant.fence] = held
        self._lose_at = now + SILENT_AFTER if self._waited_for else _NEVER

    def __bool__(self) -> bool:
        return bool(self._waited_for)

    def __contains__(self, incarnation: str) -> bool:
        return incarnation in self._waited_for

    @property
    def lose_at(self) -> float:
        """When those who were not heard are lost; infinity when nobody is waited for."""
        return self._lose_at if self._waited_for else _NEVER

    @property
    def topics(self) -> set[Topic]:
        """The seats they had."""
        return {absent.topic for absent in self._waited_for.values() if absent.topic is not None}

    def forgive(self, seconds: float) -> None:
        """So long nobody could be heard."""
        self._lose_at += seconds

    def take(self, incarnation: str) -> Absent | None:
        """The worker, which is waited for no longer; None when it was not."""
        return self._waited_for.pop(incarnation, None)

    def take_overdue(self, now: float) -> dict[str, Absent]:
        """Those whose time is over, by incarnation; they are waited for no longer."""
        if now < self.lose_at:
            return {}
        overdue, self._waited_for = self._waited_for, {}
        return overdue
