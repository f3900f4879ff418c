"""Every write to the record. Each states what it believed and answers what came of it; losing is ordinary.

NewerEpoch    a later ventilator has taken over: this one must stop
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db import transaction as django_transaction

from backend.tasks import wake
from backend.tasks.asking import Asked, Rejected
from backend.tasks.depth import TOO_DEEP, too_deep
from backend.tasks.drafts import Draft, checked_queue, checked_reason
from backend.tasks.engines import Inserted, LogRow, NewTask, Row, Told
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import Candidate, Choice, Closing, Granted, Known, Lost, Pruned, Wishes, WorkerRow
from backend.tasks.ledger import LONGEST_RUN, Ledger
from backend.tasks.lifecycle import TERMINAL, UNENDED, Cause, Reason, Status, judge, moved, settled_cause
from backend.tasks.models import Queue, Task, Worker
from backend.tasks.refusals import BadInput, Conflict, NotFound
from backend.tasks.selectors import TaskFilter
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

LINES_AT_ONCE: Final = 5_000
"""Lines of old tasks that are deleted in one transaction at most."""

EXPIRED_AT_ONCE: Final = 1_000
"""Tasks that expire in one transaction at most."""

MINUTES_STAY: Final = timedelta(days=30)
TOMBSTONES_STAY: Final = timedelta(days=7)
LOST_WORKERS_STAY: Final = timedelta(hours=1)
REJECTED_STAY: Final = 10_000
"""How long, and how many of them, the record keeps what is not a task."""

KEYS_AT_MOST: Final = 10_000
"""Ids in one request."""

STEP: Final = 500
"""Tasks that a filter chooses for one transaction: in between, others get their turn to write."""

REJECTED_AT_ONCE: Final = 2_000
"""Of the messages that could not become tasks so many are forgotten as others come: a flood is not to grow."""

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
        inserted = _insert(drafts, now, revision)
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
                due_at=draft.run_after if draft.run_after is not None and draft.run_after > now else None,
                expires_at=expires(draft, now),
                revision=revision,
            )
            for draft in drafts
            if inserted[draft.key].fresh
        }
        there = _by_key(draft.key for draft in drafts if draft.key not in fresh)
    return [fresh.get(draft.key) or there[draft.key] for draft in drafts]


def was_there(task: Task) -> bool:
    """Whether `create`, which gave this task, found it rather than made it."""
    return not task._state.adding


def take_in(messages: Sequence[Asked | Rejected]) -> list[str | None]:
    """Make tasks of what came on `TASKS`, each for itself; what can't be a task is kept. Why it was, None for a task.

    A message whose id is there changes nothing if it asks for the same (I3), else it is kept. So the same messages may
    be taken in again, when it is not known what came of them.
    """
    with transaction():
        now = engine.now()
        drafts = [message.draft for message in messages if isinstance(message, Asked)]
        inserted = _insert(drafts, now, engine.revise()) if drafts else {}
        reasons = [_reason(message, inserted) for message in messages]
        kept = [(message.body, reason) for message, reason in zip(messages, reasons, strict=True) if reason is not None]
        if kept:
            engine.put_rejected(kept, now)
            engine.forget_rejected(REJECTED_STAY, REJECTED_AT_ONCE)
    return reasons


def _reason(message: Asked | Rejected, inserted: Mapping[str, Inserted]) -> str | None:
    """Why the message is not the task that has its id."""
    if isinstance(message, Rejected):
        return message.reason
    same = inserted[message.draft.key].digest in (message.draft.digest, message.as_refused)
    return None if same else str(Conflict(message.draft.key))


def _insert(drafts: Sequence[Draft], now: datetime, revision: int) -> Mapping[str, Inserted]:
    """Insert and count the tasks whose ids are not there yet. Of two drafts with one id the first is inserted."""
    inserted = engine.insert_tasks([_new_task(draft, now) for draft in drafts], now, revision)
    fresh: dict[str, Draft] = {}
    for draft in drafts:
        if inserted[draft.key].fresh:
            fresh.setdefault(draft.key, draft)
    if not fresh:
        return inserted
    deltas: dict[str, Counter[str]] = defaultdict(Counter)
    for draft in fresh.values():
        deltas[draft.queue][Status.FAILED if draft.rejection else Status.QUEUEING] += 1
    rejected = {queue: counted[Status.FAILED] for queue, counted in deltas.items() if counted[Status.FAILED]}
    engine.count(deltas, created={queue: counted.total() for queue, counted in deltas.items()})
    if rejected:
        engine.count_settled({(queue, Status.FAILED, Reason.REJECTED): number for queue, number in rejected.items()})
    engine.count_minute(now, created=len(fresh), failed=sum(rejected.values()))
    if len(fresh) > sum(rejected.values()):
        django_transaction.on_commit(wake.wake)
    return inserted


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
        rejection=draft.rejection,
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


# --- what people do ---------------------------------------------------------------------------------------------------


def retry(keys: Sequence[str] | None = None, chosen: TaskFilter | None = None, *, by: str | None = None) -> int:
    """Open a new round of tasks that have ended: those with these keys, or all that the filter fits; how many.

    Keys are all or nothing: NotFound, or BadInput for one that has not ended. A filter is worked off in steps, each
    committed by itself, and passes over what has not ended.
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
    """Grant nothing more of this queue, used or not, until it is resumed. What a worker has it may start."""
    with transaction():
        engine.pause(checked_queue(name), checked_reason(reason), engine.now())
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


@dataclass(frozen=True, slots=True)
class _Intervention:
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
    fitting = Task.objects.filter((chosen or TaskFilter()).where(), status__in=what.statuses).order_by("seq")
    count, last = 0, 0
    # What is created meanwhile is not meant.
    newest = Task.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    while seqs := list(fitting.filter(seq__gt=last, seq__lte=newest).values_list("seq", flat=True)[:STEP]):
        with transaction():
            count += _do(what, do, engine.rows_of(seqs), by)
        last = seqs[-1]
    return count


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
    engine.reopen([row.seq for row in rows], engine.revise())
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
    """Take up to `limit` tasks off the record that ended longer ago than `keep`, the oldest first; or lines of theirs.

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
        seqs = [task.seq for task in ended]
        # A task may have thousands of lines: they go first, in steps of their own.
        if engine.delete_lines(seqs, LINES_AT_ONCE) == LINES_AT_ONCE:
            return Pruned(0, time.monotonic() - began, more=True)
        engine.delete(seqs)
        gone: dict[str, Counter[str]] = {}
        for task in ended:
            gone.setdefault(task.queue, Counter())[task.status] -= 1
        engine.count(gone)
        took = time.monotonic() - began
    return Pruned(len(ended), took, more=len(ended) == limit)


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
