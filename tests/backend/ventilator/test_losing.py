"""Whom the ventilator takes for lost, while it runs and after its start, event by event."""

import msgspec

from backend.tasks.grants import Closing, Known
from backend.tasks.lifecycle import Cause
from backend.ventilator.effects import Effect, Lose, Open, ReadRecord, Shut
from backend.ventilator.events import Filled, FillFailed, RecordRead, Ticked
from tests.backend.ventilator.steps import (
    EPOCH,
    FIRST,
    NEVER,
    W1,
    W2,
    W3,
    Driven,
    beat,
    closings,
    ended,
    goodbye,
    granted,
    hello,
    holds,
    known_worker,
    only,
    open_grant,
    position,
    revoked,
    sent,
    settled,
    started,
    states,
)


def test_a_worker_that_is_silent_for_three_beats_is_lost(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST), granted(FIRST + 1))
    ventilator.on(started(FIRST + 1))

    assert only(Lose, ventilator.after(2.9)) == []

    effects = ventilator.after(0.2)
    assert only(Lose, effects) == [Lose(W1, "one", frozenset({FIRST + 1}), 2)]
    assert only(Shut, effects) == [Shut(W1)]
    assert states(effects) == [("W1", "LOST")]


def test_a_worker_that_takes_no_frames_for_three_beats_is_lost_though_it_is_heard(ventilator: Driven):
    ventilator.seat("one")
    lost = []
    for _ in range(5):
        lost += only(Lose, ventilator.after(0.9))
        ventilator.on(beat("one", topic="W1", received=(EPOCH, 1)))

    assert [loss.incarnation for loss in lost] == ["one"]


def test_a_worker_is_not_deaf_to_what_we_did_not_send(ventilator: Driven):
    ventilator.seat("one")
    first = sent(ventilator.after(1.0))[-1]
    ventilator.now += 0.95
    ventilator.on(beat("one", topic="W1", received=position(first)))
    for _ in range(3):
        # Each time we come a little late, and not late enough to be sure that it was us.
        ventilator.now += 1.4
        effects = ventilator.handle(Ticked())
        assert only(Lose, effects) == []
        ventilator.on(beat("one", topic="W1", received=position(sent(effects)[-1])))


def test_a_new_round_gives_a_deaf_worker_three_more_beats(ventilator: Driven):
    ventilator.seat("one")
    for _ in range(3):
        ventilator.after(0.9)
        ventilator.on(beat("one", topic="W1", received=(EPOCH, 1)))
    ventilator.on(hello("one", 2, topic="W1", received=(EPOCH, 0)))

    lost = []
    for _ in range(4):
        lost.append(len(only(Lose, ventilator.after(0.9))))
        ventilator.on(hello("one", 2, topic="W1", received=(EPOCH, 0)))

    assert lost == [0, 0, 0, 1]


def test_what_has_ended_at_a_lost_worker_took_no_slot(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=True)
    ventilator.on(ended(FIRST))
    ventilator.grant(granted(FIRST + 1), granted(FIRST + 2))

    (loss,) = only(Lose, ventilator.after(3.1))

    assert (loss.started, loss.slots) == (frozenset({FIRST}), 2)


def test_a_ventilator_that_stood_still_loses_nobody(ventilator: Driven):
    ventilator.seat("one")
    ventilator.now += 60.0

    assert only(Lose, ventilator.handle(Ticked())) == []
    assert only(Lose, ventilator.after(2.9)) == []
    assert len(only(Lose, ventilator.after(0.2))) == 1


def test_a_goodbye_frees_the_seat_and_closes_what_is_left(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))

    effects = ventilator.on(goodbye("one"))

    assert closings(effects) == [Closing(FIRST, "one", "t1", Cause.UNSENT)]
    assert only(Shut, effects) == [Shut(W1)]
    assert states(effects) == [("W1", "GONE")]
    assert only(Lose, ventilator.after(5.0)) == []


def test_a_goodbye_of_nobody_changes_nothing(ventilator: Driven):
    assert ventilator.on(goodbye("nobody")) == []


def test_a_ventilator_that_stood_still_after_its_start_loses_nobody_who_was_not_heard_yet():
    ventilator = Driven(Known((known_worker(),), (open_grant(5, running=True),)))
    ventilator.now += 60.0

    assert only(Lose, ventilator.handle(Ticked())) == []
    assert only(Lose, ventilator.after(2.9)) == []
    assert len(only(Lose, ventilator.after(0.2))) == 1


def test_after_a_start_nothing_is_lost_for_three_beats():
    ventilator = Driven(Known((known_worker(),), (open_grant(5, running=True),)))

    assert only(Lose, ventilator.after(2.9)) == []

    effects = ventilator.after(0.2)
    assert only(Lose, effects) == [Lose(W1, "one", frozenset(), 1)]
    assert states(effects) == [("W1", "LOST")]


def test_a_known_worker_keeps_its_seat_and_its_grants():
    ventilator = Driven(Known((known_worker("W3"),), (open_grant(5, running=True), open_grant(6))))

    effects = ventilator.on(beat("one", 4, topic="W3", received=(3, 8), holds=holds(5, started=True)))

    assert only(Open, effects) == [Open(W3)]
    assert closings(effects) == []
    first = sent(effects)[0]
    effects = ventilator.on(beat("one", 4, topic="W3", received=position(first), holds=holds(5, started=True)))
    assert [closing.fence for closing in closings(effects)] == [6]
    assert only(Lose, ventilator.after(2.9)) == []


def test_a_seat_is_kept_for_a_known_worker_while_it_may_come_back():
    ventilator = Driven(Known((known_worker("W1", "one"),), ()))

    assert only(Open, ventilator.on(hello("two"))) == [Open(W2)]
    ventilator.after(3.1)
    assert only(Open, ventilator.on(hello("three"))) == [Open(W1)]


def test_a_worker_that_was_lost_before_the_start_keeps_no_seat():
    ventilator = Driven(Known((known_worker("W1", "one", "LOST"),), ()))

    assert only(Open, ventilator.on(hello("two"))) == [Open(W1)]
    assert only(Shut, ventilator.after(3.1)) == [Shut(W1)]


def test_a_grant_whose_holder_no_row_names_is_lost_too():
    ventilator = Driven(Known((), (open_grant(5, "ghost"),)))

    assert only(Lose, ventilator.after(3.1)) == [Lose(None, "ghost", frozenset(), 1)]


def test_a_worker_without_a_row_is_recognised_by_its_grants():
    ventilator = Driven(Known((), (open_grant(5, "one"),)))

    ventilator.on(beat("one", topic="W1", holds=holds(5, started=True)))

    seat = ventilator.machine.table.at(W1)
    assert (list(seat.grants), seat.foreign) == ([5], {})
    assert ventilator.machine.next_deadline() < NEVER


def test_a_known_worker_may_say_goodbye_before_it_has_a_seat():
    ventilator = Driven(Known((known_worker(),), (open_grant(5),)))

    effects = ventilator.on(goodbye("one"))

    assert closings(effects) == [Closing(5, "one", "t5", Cause.UNSENT)]
    assert states(effects) == [("W1", "GONE")]


def test_a_holder_without_a_row_may_say_goodbye():
    ventilator = Driven(Known((), (open_grant(5),)))

    effects = ventilator.on(goodbye("one"))

    assert closings(effects) == [Closing(5, "one", "t5", Cause.UNSENT)]
    assert states(effects) == []


def test_an_answer_about_another_task_under_a_grants_fence_says_nothing_of_the_grant(busy: Driven):
    """I5: whoever reports something else under it must not make its holder forget how it ended."""
    other = msgspec.structs.replace(settled(FIRST), task_id="another")

    assert sent(busy.on(other)) == []
    assert len(sent(busy.on(settled(FIRST)))) == 1


def test_open_grants_of_which_it_knows_nothing_are_taken_back_within_ten_seconds(ventilator: Driven):
    """L3: the record was put back to where they were still open, and nobody has them any more."""
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST))
    passed: list[Effect] = []
    for _ in range(10):
        passed += ventilator.after(1.0)
        last = position(sent(passed)[-1])
        passed += ventilator.on(beat("one", topic="W1", slots=2, received=last, holds=holds(FIRST)))
        passed += ventilator.handle(Filled((), more=False, next_due_in=None))
    assert only(ReadRecord, passed) == [ReadRecord()]

    known = Known((), (open_grant(FIRST), open_grant(FIRST - 1), open_grant(FIRST - 2, "gone")))
    closed = [(closing.fence, closing.holder) for closing in closings(ventilator.handle(RecordRead(known)))]

    assert closed == [(FIRST - 1, "one"), (FIRST - 2, "gone")]


def test_what_runs_under_a_grant_that_the_record_does_not_know_is_ended(ventilator: Driven):
    """L3: the record was put back to before it. Whatever becomes of it is STALE, and a slot is taken until then."""
    ventilator.seat("one", slots=3)
    ventilator.grant(granted(FIRST), granted(FIRST + 1), granted(FIRST + 2))
    ventilator.on(ended(FIRST + 2))

    told = ventilator.handle(RecordRead(Known((), (open_grant(FIRST),))))

    seat = ventilator.machine.table.at(W1)
    assert revoked(told) == [FIRST + 1]
    assert (list(seat.grants), list(seat.foreign)) == ([FIRST, FIRST + 2], [FIRST + 1])
    assert closings(told) == []

    last = position(sent(told)[-1])
    ventilator.on(beat("one", topic="W1", slots=3, received=last, holds=holds(FIRST)))
    assert seat.foreign == {}


def test_grants_of_workers_that_are_awaited_are_not_taken_for_unsent():
    ventilator = Driven(Known((known_worker(),), (open_grant(5),)))
    ventilator.seat("two")

    ventilator.handle(FillFailed())

    assert closings(ventilator.handle(RecordRead(Known((), (open_grant(5),))))) == []
