"""Whether everything is there that a task needs on its way: one check a part, each with a word for a person.

A part that is missing makes the whole unready. A part that is only worn is a warning: the backend takes tasks and keeps
them all the same. So it is with workers: whoever starts none here may start them elsewhere or later, and taking the
API away for want of them would help nobody.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from msgspec import Struct

from backend.tasks import selectors, unreachable, writable
from backend.tasks.models import WorkerState
from wire.home import Home
from wire.presence import MISSED_AFTER, look


class Status(StrEnum):
    """What a check comes to, best first."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


class Check(Struct, frozen=True):
    """One part, and what is to be said of it. No path, no address and nothing of a task is in it."""

    name: str
    status: Status
    says: str


class Readiness(Struct, frozen=True):
    """All checks together."""

    checks: Sequence[Check]

    @property
    def ready(self) -> bool:
        return not self.missing

    @property
    def missing(self) -> list[str]:
        return [check.name for check in self.checks if check.status is Status.MISSING]

    def content(self) -> dict[str, object]:
        """As it goes out."""
        worst = Status.WARNING if any(check.status is Status.WARNING for check in self.checks) else Status.OK
        return {
            "status": worst if self.ready else Status.MISSING,
            "missing": self.missing,
            "checks": {check.name: {"status": check.status, "says": check.says} for check in self.checks},
        }


def unapplied_migrations() -> list[str]:
    """The names of the migrations that the database does not have yet. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def readiness(home: Home, record: Path, *, page_built: bool, mirrored: bool) -> Readiness:
    """Look at every part now. `record` is the database's file; without `mirrored` there is no Redis to look for."""
    return Readiness(
        [
            *_record(record),
            _process(home, "ventilator", "tasks are kept and not handed out"),
            _process(home, "sink", "outcomes wait at the workers"),
            _page(built=page_built),
            *([_mirror(home)] if mirrored else []),
        ]
    )


STARTING: Final = Readiness([Check("backend", Status.MISSING, "The server is starting.")])

SILENT: Final = Readiness([Check("record", Status.MISSING, "The database has not answered in time.")])
"""When the looking itself does not come to an end."""


def _record(record: Path) -> list[Check]:
    """The record, and the workers that it knows of."""
    if hindrance := writable.hindrance(record) or unreachable.trouble.lately():
        return [Check("record", Status.MISSING, f"{hindrance} No task is taken, and outcomes wait at the workers.")]
    try:
        missing = unapplied_migrations()
        workers = [] if missing else selectors.workers()
    except DatabaseError:
        return [Check("record", Status.MISSING, "The database does not answer.")]
    if missing:
        says = f"The database lacks {len(missing)} migrations: {', '.join(missing[:5])}."
        return [Check("record", Status.MISSING, says)]
    return [
        Check("record", Status.OK, "The database answers and has every migration."),
        _workers(Counter(worker.state for worker in workers)),
    ]


def _workers(states: Mapping[str, int]) -> Check:
    there = ", ".join(f"{states[state]} {state}" for state in WorkerState if states.get(state))
    if states.get(WorkerState.READY):
        return Check("workers", Status.OK, f"Workers: {there}.")
    says = f"No worker is READY ({there or 'there is none'}): tasks wait until one is."
    return Check("workers", Status.WARNING, says)


def _process(home: Home, name: str, otherwise: str) -> Check:
    found = look(home, name)
    if found is None:
        return Check(name, Status.MISSING, f"The {name} does not run: {otherwise}.")
    if found.missed:
        says = f"The {name} (process {found.pid}) has shown no sign of life for over {MISSED_AFTER:.0f} s: {otherwise}."
        return Check(name, Status.MISSING, says)
    return Check(name, Status.OK, f"The {name} runs (process {found.pid}).")


def _page(*, built: bool) -> Check:
    if built:
        return Check("page", Status.OK, "The page is built.")
    return Check("page", Status.MISSING, "The page is not built: ./RUN.sh builds it.")


def _mirror(home: Home) -> Check:
    """Nothing that is asked of Zonda needs Redis: whoever reads there is told that it lags."""
    found = look(home, "mirror")
    if found is None:
        return Check("mirror", Status.WARNING, "The mirror does not run: Redis has what it last had.")
    if found.missed:
        says = f"Redis has not answered the mirror for over {MISSED_AFTER:.0f} s: it lags until it does."
        return Check("mirror", Status.WARNING, says)
    return Check("mirror", Status.OK, f"The mirror runs (process {found.pid}) and Redis answers it.")
