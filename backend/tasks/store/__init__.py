"""Every write to the record. Each states what it believed and answers what came of it; losing is ordinary."""

from backend.tasks.store.creating import create, expires, take_in, was_there
from backend.tasks.store.granting import close, grant, known, lose, next_due_in, raise_epoch, relax, tend, write_workers
from backend.tasks.store.interventions import cancel, delete, drain_worker, pause_queue, resume_queue, retry
from backend.tasks.store.pruning import prune, tidy
from backend.tasks.store.reporting import refuse, report
from backend.tasks.store.transactions import NewerEpoch, engine, transaction

__all__ = [
    "NewerEpoch",
    "cancel",
    "close",
    "create",
    "delete",
    "drain_worker",
    "engine",
    "expires",
    "grant",
    "known",
    "lose",
    "next_due_in",
    "pause_queue",
    "prune",
    "raise_epoch",
    "refuse",
    "relax",
    "report",
    "resume_queue",
    "retry",
    "take_in",
    "tend",
    "tidy",
    "transaction",
    "was_there",
    "write_workers",
]
