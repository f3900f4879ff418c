"""Tasks come into the record: asked for by the API and by Django code, or by a message on `TASKS`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db import transaction as django_transaction
from django.db.models import FETCH_PEERS

from backend.tasks import failures, wake
from backend.tasks.asking import Asked, Rejected
from backend.tasks.drafts import Draft
from backend.tasks.engines import Inserted, NewTask
from backend.tasks.lifecycle import Reason, Status
from backend.tasks.models import Task
from backend.tasks.refusals import Conflict
from backend.tasks.selectors import VALUES
from backend.tasks.store.pruning import REJECTED_STAY
from backend.tasks.store.queues import refuse_one_too_many, without_room
from backend.tasks.store.transactions import ends, engine, transaction
from backend.tasks.tallying import CREATED, FAILED, Tallies

REJECTED_AT_ONCE: Final = 2_000
"""Of the messages that could not become tasks so many are forgotten as others come: a flood is not to grow."""


@ends
def create(drafts: Sequence[Draft]) -> list[Task]:
    """The tasks of the drafts, in their order, all or none; committed with the caller's transaction, or at once.

    A draft whose id is there with the same content gives the task that is there, with other content Conflict (I3).
    TooManyQueues when there is no room for a queue that they name.
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
        messages = _with_room(messages)
        drafts = [message.draft for message in messages if isinstance(message, Asked)]
        inserted = _insert(drafts, now, engine.revise()) if drafts else {}
        reasons = [_reason(message, inserted) for message in messages]
        kept = [(message.body, reason) for message, reason in zip(messages, reasons, strict=True) if reason is not None]
        if kept:
            engine.put_rejected(kept, now)
            engine.forget_rejected(REJECTED_STAY, REJECTED_AT_ONCE)
    return reasons


def _with_room(messages: Sequence[Asked | Rejected]) -> Sequence[Asked | Rejected]:
    """The messages; those whose queue there is no room for, rejected."""
    full = without_room([message.draft.queue for message in messages if isinstance(message, Asked)])
    return [
        Rejected(message.body, str(full[message.draft.queue]))
        if isinstance(message, Asked) and message.draft.queue in full
        else message
        for message in messages
    ]


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
    tallies = Tallies()
    for draft in fresh.values():
        deltas[draft.queue][Status.FAILED if draft.rejection else Status.QUEUEING] += 1
        tallies.count(draft.queue, draft.path, CREATED)
        if draft.rejection:
            tallies.count(draft.queue, draft.path, FAILED)
    rejected = {queue: counted[Status.FAILED] for queue, counted in deltas.items() if counted[Status.FAILED]}
    new = engine.count(deltas, created={queue: counted.total() for queue, counted in deltas.items()})
    if new:
        refuse_one_too_many(new[-1])
    if rejected:
        engine.count_settled({(queue, Status.FAILED, Reason.REJECTED): number for queue, number in rejected.items()})
    tallies.write(engine, now)
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
        failure_key=failures.key(Reason.REJECTED, draft.rejection, path=draft.path) if draft.rejection else None,
    )


def _by_key(keys: Iterable[str]) -> dict[str, Task]:
    found: dict[str, Task] = {}
    for some in batched(keys, 500):
        there = Task.objects.filter(key__in=some).defer(*VALUES).fetch_mode(FETCH_PEERS)
        found.update((task.key, task) for task in there)
    return found
