"""What people do by hand: to tasks, queues and workers."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import batched
from typing import Final

from django.db import transaction as django_transaction
from msgspec import Struct
from msgspec.structs import replace

from backend.tasks import wake
from backend.tasks.drafts import checked_queue, checked_reason
from backend.tasks.engines import Row
from backend.tasks.ledger import Ledger
from backend.tasks.lifecycle import TERMINAL, UNENDED, Cause, Status, moved
from backend.tasks.looking import Span, following, size
from backend.tasks.models import Queue, Task, Worker
from backend.tasks.refusals import BadInput, NotFound, TooWide
from backend.tasks.selectors import TaskFilter
from backend.tasks.store.queues import refuse_one_too_many
from backend.tasks.store.transactions import engine, transaction

KEYS_AT_MOST: Final = 10_000
"""Ids in one request."""

STEP: Final = 500
"""Tasks that a filter chooses for one transaction: in between, others get their turn to write."""

SEARCHED_AT_MOST: Final = 100_000
"""Tasks that are looked through for a text: about a second's work."""


def retry(keys: Sequence[str] | None = None, chosen: TaskFilter | None = None, *, by: str | None = None) -> int:
    """Open a new round of tasks that have ended: those with these keys, or all that the filter fits; how many.

    What was cancelled before its `run_after` still waits for it (I8); `expires_at` was of the first round alone. Keys
    are all or nothing: NotFound, or BadInput for one that has not ended. A filter is worked off in steps, each
    committed by itself, and passes over what has not ended. One that searches for a text means all that contain it and
    not only those that a page has looked at: TooWide, and nothing is done, where the rest of it leaves more than
    SEARCHED_AT_MOST to look through.
    """
    return _intervene(_Intervention("retry", TERMINAL, "retried"), _retry, keys, chosen, by)


def cancel(keys: Sequence[str] | None = None, chosen: TaskFilter | None = None, *, by: str | None = None) -> int:
    """Cancel tasks that have not ended, as `retry` chooses them; how many. What has ended stays as it is.

    What waits is FAILED at once; a worker that has one is told to end it, and what comes of that ends the task (I10).
    """
    return _intervene(_Intervention("cancel", UNENDED, "cancelled"), _cancel, keys, chosen, by)


def delete(keys: Sequence[str] | None = None, chosen: TaskFilter | None = None) -> int:
    """Take tasks that have ended off the record, as `retry` chooses them; how many."""
    return _intervene(_Intervention("delete", TERMINAL, None), _delete, keys, chosen, None)


def pause_queue(name: str, reason: str | None = None) -> Queue:
    """Grant nothing more of this queue, used or not, until it is resumed. What a worker has it may start.

    TooManyQueues when it was never used, and there is no room for a further one.
    """
    with transaction():
        if engine.pause(checked_queue(name), checked_reason(reason), engine.now()):
            refuse_one_too_many(name)
    return Queue.objects.get(name=name)


def resume_queue(name: str) -> Queue:
    """Grant tasks of this queue again. NotFound when no such queue was ever used or paused."""
    with transaction():
        engine.resume(name)
        found = Queue.objects.filter(name=name).first()
        if found is None:
            raise NotFound("queue", name)
        django_transaction.on_commit(wake.wake)
    return found


def drain_worker(topic: str) -> Worker:
    """Have a worker end what it runs and then itself. NotFound when there is none, or it is lost."""
    with transaction():
        if not engine.ask_to_drain(topic):
            raise NotFound("live worker", topic)
        django_transaction.on_commit(wake.wake)
        return Worker.objects.get(topic=topic)


class _Intervention(Struct, frozen=True):
    """Something that is done to tasks by hand: its name, the statuses it is for, and the event it leaves behind."""

    name: str
    statuses: Sequence[Status]
    event: str | None


type _Does = Callable[[Sequence[Row], Ledger], None]


def _intervene(
    what: _Intervention, do: _Does, keys: Sequence[str] | None, chosen: TaskFilter | None, by: str | None
) -> int:
    if (keys is None) == (chosen is None):
        raise BadInput("ids", "say which tasks: give either ids or a filter, and not both")
    if keys is not None:
        return _intervene_in(what, do, keys, by)
    meant = _narrowed(chosen or TaskFilter(), what.statuses)
    count, last = 0, 0
    # What is created meanwhile is not meant.
    newest = Task.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    while meant.status and (seqs := following(meant, Span(last + 1, newest), STEP)):
        with transaction():
            count += _do(what, do, engine.rows_of(seqs), by)
        last = seqs[-1]
    return count


def _narrowed(chosen: TaskFilter, statuses: Sequence[Status]) -> TaskFilter:
    """The filter with no other statuses than these; TooWide when too much would be searched."""
    narrowed = replace(chosen, status=[one for one in statuses if one in (chosen.status or statuses)])
    if chosen.search and size(narrowed, SEARCHED_AT_MOST) > SEARCHED_AT_MOST:
        raise TooWide("filter.search", SEARCHED_AT_MOST)
    return narrowed


def _intervene_in(what: _Intervention, do: _Does, keys: Sequence[str], by: str | None) -> int:
    if len(keys) > KEYS_AT_MOST:
        raise BadInput("ids", f"{len(keys)} at once, the limit is {KEYS_AT_MOST}; use a filter, or several requests")
    with transaction():
        found: dict[str, int] = {}
        for some in batched(dict.fromkeys(keys), 500):
            found.update(Task.objects.filter(key__in=some).values_list("key", "seq"))
        missing = next((key for key in keys if key not in found), None)
        if missing is not None:
            raise NotFound("task", missing)
        rows = engine.rows_of(list(found.values()))
        unfit = next((row for row in rows if row.state.status not in what.statuses), None)
        if unfit is not None and what.statuses is TERMINAL:
            raise BadInput(
                "ids",
                f"{unfit.key!r} is {unfit.state.status}; only what is FAILED or FINISHED can be {_DONE[what.name]}",
            )
        return _do(what, do, rows, by)


_DONE: Final = {"retry": "retried", "delete": "deleted"}


def _do(what: _Intervention, do: _Does, rows: Sequence[Row], by: str | None) -> int:
    # One that is being cancelled already has been counted; one that ended so may be retried and deleted as any other.
    fit = [row for row in rows if row.state.status in what.statuses and not (row.state.holder and row.state.cancelling)]
    if not fit:
        return 0
    now = engine.now()
    if what.event is not None:
        engine.put_events([row.seq for row in fit], what.event, by, now)
    ledger = Ledger(now)
    do(fit, ledger)
    ledger.write(engine)
    django_transaction.on_commit(wake.wake)
    return len(fit)


def _retry(rows: Sequence[Row], _: Ledger) -> None:
    for row in rows:
        moved(row.state, Cause.RETRIED)
    engine.reopen([row.seq for row in rows], engine.revise(), engine.now())
    _count_out(rows, Status.QUEUEING)


def _cancel(rows: Sequence[Row], ledger: Ledger) -> None:
    for row in rows:
        ledger.move(row, Cause.CANCEL_ASKED, None)


def _delete(rows: Sequence[Row], _: Ledger) -> None:
    engine.put_tombstones([row.key for row in rows], engine.revise(), engine.now())
    engine.delete([row.seq for row in rows])
    _count_out(rows, None)


def _count_out(rows: Sequence[Row], into: Status | None) -> None:
    """Count tasks out of the statuses they had, and into this one."""
    deltas: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        deltas[row.queue][row.state.status] -= 1
        if into is not None:
            deltas[row.queue][into] += 1
    engine.count(deltas)
