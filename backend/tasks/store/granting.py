"""What the ventilator writes: its epoch, grants and their closing, and the workers it knows."""

from collections.abc import Callable, Sequence
from typing import Final

from backend.tasks.grants import Choice, Closing, Granted, Known, Lost, Wishes, WorkerRow
from backend.tasks.ledger import Ledger
from backend.tasks.lifecycle import Cause, Status, settled_cause
from backend.tasks.models import Worker
from backend.tasks.offer import Offer
from backend.tasks.store.transactions import by_the_clock, engine, still_mine, transaction

EXPIRED_AT_ONCE: Final = 1_000
"""Tasks that expire in one transaction at most."""


def raise_epoch(above: int, *, mine: int | None = None) -> int:
    """A new epoch, durably above `above` and every one before it.

    Without `mine` whoever had the last one has been succeeded. With it only that one may raise it: NewerEpoch when the
    record's is another, for one that has been succeeded and hears of it must not take over in its turn (I13).
    """
    with transaction():
        if mine is not None:
            still_mine(mine)
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
    choose: Callable[[Offer], Sequence[Choice]],
) -> Granted:
    """Let `choose` give up to `limit` candidates to workers, in one transaction; None as queues means all of them.

    `choose` is offered the very rows that are then granted, in the order of granting, so that nothing more urgent can
    come between (I9). `more`: something is left that may be granted now, or may be, for `limit` were chosen.
    """
    if not engine.waiting(queues, engine.now()) and not engine.is_off():
        return Granted((), next_due_in(), more=False)
    with by_the_clock():
        still_mine(epoch)
        now = engine.now()
        engine.ripen(now)
        offer = Offer(engine.offering(queues), limit, lambda of, page, skip: engine.candidates(of, now, page, skip))
        choices = choose(offer)
        more = len(choices) >= limit or offer.has_more_than(len(choices))
        grants = tuple(engine.grant(choices, engine.revise())) if choices else ()
        if len(grants) != len(choices):
            raise AssertionError(
                f"{len(choices)} chosen, {len(grants)} granted: a fence was used twice, or a task chosen twice"
            )
    return Granted(grants, next_due_in(), more=more)


def tend(epoch: int) -> Wishes:
    """End what has expired, make what is due grantable, and tell what somebody wants of workers.

    What is due is made so though nobody has room for it: whoever looks is to see that only room is missing. And it is
    what a ventilator with nothing to do asks for, and so where one learns that another has taken over (I13).
    """
    still_mine(epoch)
    if engine.expired(engine.now(), 1) or engine.ripe(engine.now()) or engine.is_off():
        with by_the_clock():
            still_mine(epoch)
            now = engine.now()
            ledger = Ledger(now)
            for row in engine.expired(now, EXPIRED_AT_ONCE):
                ledger.move(row, Cause.EXPIRED, None)
            ledger.write(engine)
            engine.ripen(now)
    return Wishes(tuple(engine.cancelled_grants()), engine.drain_asked())


def next_due_in() -> float | None:
    """Seconds until something that waits comes due or expires, 0 where something has already; None if nothing will."""
    due = engine.next_due()
    return None if due is None else max(0.0, (due - engine.now()).total_seconds())


def close(epoch: int, closings: Sequence[Closing]) -> None:
    """Close grants that reached no worker, or came back. One that moved on is left alone, one that runs is lost."""
    with by_the_clock():
        still_mine(epoch)
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
    with by_the_clock():
        still_mine(epoch)
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


def write_workers(epoch: int, rows: Sequence[WorkerRow]) -> None:
    """Write down workers as they are now; one in the state GONE is taken off the record."""
    with transaction():
        still_mine(epoch)
        there = [row for row in rows if row.state != "GONE"]
        gone = [row.topic for row in rows if row.state == "GONE"]
        if there:
            engine.put_workers(there, engine.now())
        if gone:
            engine.remove_workers(gone)
