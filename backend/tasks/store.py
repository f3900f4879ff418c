"""Every write to the record. Each states what it believed and answers what came of it; losing is ordinary.

NewerEpoch    a later ventilator has taken over: this one must stop
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db import transaction as django_transaction

from backend.tasks import wake
from backend.tasks.depth import TOO_DEEP, too_deep
from backend.tasks.drafts import Draft
from backend.tasks.engines import LogRow, NewTask, Row, Told
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import Candidate, Choice, Closing, Granted, Known, Lost, Pruned, Wishes, WorkerRow
from backend.tasks.ledger import LONGEST_RUN, Ledger
from backend.tasks.lifecycle import Cause, Status, judge, settled_cause
from backend.tasks.models import Task, Worker
from backend.tasks.refusals import Conflict
from wire.messages import (
    KIND_OF,
    LOG_LINES_AT_MOST,
    Answer,
    AttemptFailed,
    AttemptLog,
    AttemptProgress,
    AttemptSucceeded,
    OnResults,
    ReportKind,
)

EXPIRED_AT_ONCE: Final = 1_000
"""Tasks that expire in one transaction at most."""

MINUTES_STAY: Final = timedelta(days=30)
TOMBSTONES_STAY: Final = timedelta(days=7)
LOST_WORKERS_STAY: Final = timedelta(hours=1)
REJECTED_STAY: Final = 10_000
"""How long, and how many of them, the record keeps what is not a task."""

engine = SQLite()


class NewerEpoch(Exception):
    """A later ventilator has taken over: this one must stop."""

    def __init__(self, mine: int, there: int) -> None:
        super().__init__(f"epoch {there} is in the record and this ventilator has {mine}: another one has taken over")


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction with its turn to write. Inside another one, Zonda's or the caller's own, it joins that."""
    if django_transaction.get_connection().in_atomic_block:
        with django_transaction.atomic():
            yield
        return
    with engine.turn(), django_transaction.atomic(durable=True):
        yield


# --- creating --------------------------------------------------------------------------------------------------------


def create(drafts: Sequence[Draft]) -> list[Task]:
    """The tasks of the drafts, in their order, all or none; committed with the caller's transaction, or at once.

    A draft whose id is there with the same content gives the task that is there, with other content Conflict (I3).
    """
    with transaction():
        now, revision = engine.now(), engine.revise()
        inserted = engine.insert_tasks([_new_task(draft, now) for draft in drafts], now, revision)
        for draft in drafts:
            if inserted[draft.key].digest != draft.digest:
                raise Conflict(draft.key)
        fresh = {
            draft.key: Task(
                seq=inserted[draft.key].seq,
                key=draft.key,
                digest=draft.digest,
                name=draft.name,
                path=draft.path,
                args=draft.args,
                kwargs=draft.kwargs,
                queue=draft.queue,
                priority=draft.priority,
                status=Status.QUEUEING,
                max_attempts=draft.max_attempts,
                timeout=draft.timeout,
                grace=draft.grace,
                retry_delay=draft.retry_delay,
                created_at=now,
                run_after=draft.run_after,
                expires_at=expires(draft, now),
                revision=revision,
            )
            for draft in drafts
            if inserted[draft.key].fresh
        }
        if fresh:
            queued = Counter(task.queue for task in fresh.values())
            engine.count({queue: {Status.QUEUEING: number} for queue, number in queued.items()}, created=queued)
            engine.count_minute(now, created=len(fresh))
            django_transaction.on_commit(wake.wake)
        there = _by_key(draft.key for draft in drafts if draft.key not in fresh)
    return [fresh.get(draft.key) or there[draft.key] for draft in drafts]


def expires(draft: Draft, now: datetime) -> datetime | None:
    """When the task of this draft must not be started any more."""
    if draft.expires_at is not None or draft.expires_after is None:
        return draft.expires_at
    try:
        return max(now, draft.run_after or now) + timedelta(seconds=draft.expires_after)
    except OverflowError:
        return None


def _new_task(draft: Draft, now: datetime) -> NewTask:
    return NewTask(
        key=draft.key,
        digest=draft.digest,
        name=draft.name,
        path=draft.path,
        args=draft.args_json,
        kwargs=draft.kwargs_json,
        queue=draft.queue,
        priority=draft.priority,
        run_after=draft.run_after,
        expires_at=expires(draft, now),
        timeout=draft.timeout,
        grace=draft.grace,
        max_attempts=draft.max_attempts,
        retry_delay=draft.retry_delay,
    )


def _by_key(keys: Iterable[str]) -> dict[str, Task]:
    found: dict[str, Task] = {}
    for some in batched(keys, 500):
        found.update((task.key, task) for task in Task.objects.filter(key__in=some))
    return found


# --- reports ---------------------------------------------------------------------------------------------------------


def report(reports: Sequence[OnResults]) -> list[Answer]:
    """Apply what workers say of their attempts, each by compare-and-set on fence and holder (I4, I5).

    One answer for each report, in their order; REFUSED is a success whose result cannot be kept.
    """
    answers: list[Answer] = []
    told: dict[int, Told] = {}
    lines: list[LogRow] = []
    with transaction():
        rows = engine.rows([(one.task_id, one.fence) for one in reports])
        ledger = Ledger(engine.now())
        for one in reports:
            row = rows.get((one.task_id, one.fence))
            if row is None:
                answers.append(Answer.UNKNOWN)
                continue
            state, ended = ledger.current(row, one.fence)
            kept = _as_kept(one)
            again = kept.again if isinstance(kept, AttemptFailed) else True
            answer, cause = judge(state, KIND_OF[type(kept)], kept.fence, kept.incarnation, ended, again=again)
            answers.append(answer if cause is None or kept is one else Answer.REFUSED)
            if isinstance(kept, AttemptProgress | AttemptLog):
                if answer is Answer.APPLIED and isinstance(kept, AttemptProgress):
                    told[row.seq] = Told(row.seq, kept.fence, kept.fraction, kept.message)
                elif answer is Answer.APPLIED and isinstance(kept, AttemptLog):
                    lines += _log_rows(row, kept, ledger.started_at(row))
            elif cause is not None:
                ledger.move(row, cause, kept)
        if told:
            # Before the moves: a row that has ended changes no more.
            engine.put_progress(list(told.values()))
        if lines:
            engine.put_log(lines)
        ledger.write(engine)
    return answers


def _log_rows(row: Row, log: AttemptLog, started_at: datetime) -> list[LogRow]:
    return [
        LogRow(
            seq=row.seq,
            fence=log.fence,
            number=line.number,
            at=started_at + timedelta(seconds=min(line.after, LONGEST_RUN)),
            stream=line.stream,
            text=line.text,
        )
        for line in log.lines
        if line.number <= LOG_LINES_AT_MOST
    ]


def _as_kept(report: OnResults) -> OnResults:
    """The report; a success whose result the record can't keep is a failure that says so."""
    if not isinstance(report, AttemptSucceeded):
        return report
    try:
        if not too_deep(bytes(report.result).decode()):
            return report
        why = f"the result {TOO_DEEP}"
    except UnicodeDecodeError:
        why = "the result is not in UTF-8"
    return _refusal(
        task_id=report.task_id,
        attempt=report.attempt,
        fence=report.fence,
        worker=report.worker,
        incarnation=report.incarnation,
        ran=report.ran,
        why=why,
    )


def refuse(*, task_id: str, fence: int, incarnation: str, worker: str, why: str) -> Answer:
    """Answer a report that could not be read. Under a current fence it ends the attempt as FAILED, saying why."""
    with transaction():
        row = engine.rows([(task_id, fence)]).get((task_id, fence))
        if row is None:
            return Answer.UNKNOWN
        ledger = Ledger(engine.now())
        answer, cause = judge(row.state, ReportKind.FAILED, fence, incarnation, row.ended, again=False)
        if cause is None:
            return answer
        refusal = _refusal(
            task_id=task_id,
            attempt=max(1, row.state.attempt),
            fence=fence,
            worker=worker,
            incarnation=incarnation,
            ran=0.0,
            why=why,
        )
        ledger.move(row, cause, refusal)
        ledger.write(engine)
    return Answer.REFUSED


def _refusal(
    *, task_id: str, attempt: int, fence: int, worker: str, incarnation: str, ran: float, why: str
) -> AttemptFailed:
    """The failure that stands in the record for a report it could not take."""
    return AttemptFailed(
        task_id=task_id,
        attempt=attempt,
        fence=fence,
        worker=worker,
        incarnation=incarnation,
        ran=ran,
        error=f"the worker's report was refused: {why}",
        exception="",
        traceback="",
        again=False,
    )


# --- the ventilator's writes -----------------------------------------------------------------------------------------


def raise_epoch(above: int) -> int:
    """A new epoch, durably above `above` and every one before it."""
    with transaction():
        return engine.raise_epoch(above)


def relax() -> None:
    """Let this thread's further commits go without an fsync, and checkpoint.

    For grants: what a power loss undoes of them, the next epoch makes up for.
    """
    engine.relax()


def known() -> Known:
    """Everything that is open in the record."""
    workers = tuple(
        WorkerRow(w.topic, w.incarnation, w.name, w.host, w.pid, tuple(w.queues), w.slots, w.state, beat=False)
        for w in Worker.objects.order_by("topic")
    )
    return Known(workers, tuple(engine.open_grants()))


def grant(
    epoch: int,
    *,
    queues: frozenset[str] | None,
    limit: int,
    choose: Callable[[Sequence[Candidate]], Sequence[Choice]],
) -> Granted:
    """Let `choose` give candidates to workers, in one transaction; None as queues means all of them.

    `choose` gets up to `limit` candidates of each queue in the order of granting and sees the very rows that are then
    granted, so that nothing more urgent can come between (I9). `more` says that a queue may have had more of them.
    """
    if not engine.waiting(queues, engine.now()):
        return Granted((), _next_due_in(), more=False)
    with transaction():
        _still_mine(epoch)
        now = engine.now()
        engine.ripen(now)
        candidates = engine.candidates(queues, limit, now)
        choices = choose(candidates)
        grants = tuple(engine.grant(choices, engine.revise())) if choices else ()
        if len(grants) != len(choices):
            raise AssertionError(
                f"{len(choices)} chosen, {len(grants)} granted: a fence was used twice, or a task chosen twice"
            )
    return Granted(grants, _next_due_in(), more=len(candidates) >= limit)


def tend(epoch: int) -> Wishes:
    """End what has expired, and tell what somebody wants of workers."""
    if engine.expired(engine.now(), 1):
        with transaction():
            _still_mine(epoch)
            ledger = Ledger(engine.now())
            for row in engine.expired(engine.now(), EXPIRED_AT_ONCE):
                ledger.move(row, Cause.EXPIRED, None)
            ledger.write(engine)
    return Wishes(tuple(engine.cancelled_grants()), engine.drain_asked())


def _next_due_in() -> float | None:
    due = engine.next_due()
    return None if due is None else max(0.0, (due - engine.now()).total_seconds())


def close(epoch: int, closings: Sequence[Closing]) -> None:
    """Close grants that reached no worker, or came back. One that moved on is left alone, one that runs is lost."""
    with transaction():
        _still_mine(epoch)
        rows = engine.rows([(closing.task_id, closing.fence) for closing in closings])
        ledger = Ledger(engine.now())
        for closing in closings:
            row = rows.get((closing.task_id, closing.fence))
            if row is None:
                continue
            state, _ = ledger.current(row, closing.fence)
            if (state.fence, state.holder) == (closing.fence, closing.holder):
                ledger.move(row, settled_cause(state, closing.cause), None)
        ledger.write(engine)


def lose(epoch: int, incarnation: str, *, started: frozenset[int], slots: int) -> Lost:
    """Close every grant of a lost worker.

    What the record or its last beat (`started`, fences) shows started is lost; so are as many of its oldest other
    grants as it had further slots, for it may have started those since. The rest go back and do not count.
    """
    returned = lost = failed = 0
    with transaction():
        _still_mine(epoch)
        rows = engine.held_by(incarnation)
        fences = {row.state.fence for row in rows if row.state.status is Status.RUNNING} | started
        others = [row.state.fence for row in rows if row.state.fence not in fences]
        further = max(0, slots - (len(rows) - len(others)))
        suspects = fences | set(others[:further])
        ledger = Ledger(engine.now())
        for row in rows:
            cause = settled_cause(row.state, Cause.LOST if row.state.fence in suspects else Cause.UNSENT)
            ledger.move(row, cause, None)
            returned += cause is Cause.UNSENT
            lost += cause is Cause.LOST
            failed += cause is Cause.LOST_FOR_GOOD
        ledger.write(engine)
    return Lost(returned, lost, failed)


def prune(epoch: int, keep: timedelta, limit: int) -> Pruned:
    """Take up to `limit` tasks off the record that ended longer ago than `keep`, the oldest first.

    With them go their attempts, lines and events, and their part of the counters of queues; not that of what has ever
    been created and settled.
    """
    before = engine.now() - keep
    if not engine.ended_before(before, 1):
        return Pruned()
    with transaction():
        began = time.monotonic()
        _still_mine(epoch)
        ended = engine.ended_before(before, limit)
        engine.delete([task.seq for task in ended])
        gone: dict[str, Counter[str]] = {}
        for task in ended:
            gone.setdefault(task.queue, Counter())[task.status] -= 1
        engine.count(gone)
        took = time.monotonic() - began
    return Pruned(len(ended), took)


def tidy(epoch: int, limit: int) -> int:
    """Take what nobody asks for any more off the record, up to `limit` rows of each table; how many there were."""
    with transaction():
        _still_mine(epoch)
        now = engine.now()
        return (
            engine.forget_minutes(now - MINUTES_STAY, limit)
            + engine.forget_tombstones(now - TOMBSTONES_STAY, limit)
            + engine.forget_rejected(REJECTED_STAY, limit)
            + engine.forget_lost_workers(now - LOST_WORKERS_STAY)
        )


def write_workers(epoch: int, rows: Sequence[WorkerRow]) -> None:
    """Write down workers as they are now; one in the state GONE is taken off the record."""
    with transaction():
        _still_mine(epoch)
        there = [row for row in rows if row.state != "GONE"]
        gone = [row.topic for row in rows if row.state == "GONE"]
        if there:
            engine.put_workers(there, engine.now())
        if gone:
            engine.remove_workers(gone)


def _still_mine(epoch: int) -> None:
    there = engine.epoch()
    if there != epoch:
        raise NewerEpoch(epoch, there)
