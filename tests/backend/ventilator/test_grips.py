"""What workers and the sink say of grants, and what the load table makes of it, event by event."""

import pytest

from backend.tasks.grants import Closing, Known
from backend.tasks.lifecycle import Cause
from backend.ventilator.events import Woken
from tests.backend.ventilator.steps import (
    EPOCH,
    FIRST,
    W1,
    Driven,
    beat,
    closings,
    ended,
    fills,
    granted,
    handed_back,
    hello,
    holds,
    known_worker,
    open_grant,
    position,
    sent,
    settled,
    started,
    unsettled,
)
from wire.messages import Answer, ReportKind, Settled


def test_a_grant_that_did_not_arrive_is_closed(ventilator: Driven):
    ventilator.seat("one")
    (frame,) = sent(ventilator.grant(granted(FIRST)))

    effects = ventilator.on(beat("one", topic="W1", received=position(frame)))

    assert closings(effects) == [Closing(FIRST, "one", "t1", Cause.UNSENT)]


@pytest.mark.parametrize("listed", [{"holds": holds(FIRST)}, {"unsettled": unsettled(FIRST)}])
def test_a_grant_that_the_worker_lists_is_kept(ventilator: Driven, listed):
    ventilator.seat("one")
    (frame,) = sent(ventilator.grant(granted(FIRST)))

    assert closings(ventilator.on(beat("one", topic="W1", received=position(frame), **listed))) == []


def test_a_grant_that_is_still_on_its_way_is_kept(ventilator: Driven):
    ventilator.seat("one")
    (frame,) = sent(ventilator.grant(granted(FIRST)))
    epoch, seq = position(frame)

    assert closings(ventilator.on(beat("one", topic="W1", received=(epoch, seq - 1)))) == []


def test_a_new_hello_closes_what_it_does_not_list(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST), granted(FIRST + 1))

    effects = ventilator.on(hello("one", 2, topic="W1", slots=2, holds=holds(FIRST, started=True), received=(EPOCH, 0)))

    assert [closing.fence for closing in closings(effects)] == [FIRST + 1]
    assert sent(effects)[0].messages[0].hello == 2


def test_a_worker_in_a_new_round_gets_nothing_before_it_has_taken_a_frame_of_it(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant()

    ventilator.on(hello("one", 2, topic="W1", received=(EPOCH, 0)))

    assert fills(ventilator.handle(Woken())) == []


def test_a_beat_from_an_earlier_round_changes_nothing(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.on(hello("one", 2, topic="W1", slots=2, received=(EPOCH, 0)))
    heard_at = ventilator.machine.table.at(W1).heard_at
    ventilator.now += 0.5

    ventilator.on(beat("one", 1, topic="W1", slots=2, received=(EPOCH, 1), draining=True))

    seat = ventilator.machine.table.at(W1)
    assert (seat.hello, seat.draining, seat.heard_at) == (2, False, heard_at)


def test_a_beat_that_was_overtaken_changes_only_when_the_worker_was_heard(ventilator: Driven):
    ventilator.seat("one")
    (frame,) = sent(ventilator.grant(granted(FIRST)))
    ventilator.on(beat("one", topic="W1", received=position(frame), holds=holds(FIRST, started=True)))

    ventilator.on(beat("one", topic="W1", received=(EPOCH, 1), draining=True))

    seat = ventilator.machine.table.at(W1)
    assert not seat.draining
    assert seat.received == position(frame)


def test_grants_that_are_not_ours_take_room(ventilator: Driven):
    (fill,) = fills(ventilator.seat("one", slots=2, holds=holds(5, started=True)))

    assert (fill.limit, fill.rooms[0].held, fill.rooms[0].backlog) == (1, 1, None)

    ventilator.grant()
    ventilator.on(ended(5))
    (fill,) = fills(ventilator.handle(Woken()))
    assert (fill.limit, fill.rooms[0].held) == (2, 0)


def test_a_worker_is_given_more_than_its_slots_once_the_type_is_known_to_be_short(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=True)

    (fill,) = fills(ventilator.on(ended(FIRST, ran=0.01)))

    assert fill.averages == {"app.add": 0.01}
    assert fill.limit == 5


def test_how_many_bytes_a_worker_holds_is_told_of_its_room_whoever_has_granted_them():
    ventilator = Driven(Known((known_worker("W1"),), (open_grant(5, running=True, size=100),)))
    held = {"slots": 3, "topic": "W1", "holds": holds(5, started=True)}
    first = sent(ventilator.on(beat("one", 4, received=(3, 8), **held)))[0]

    (fill,) = fills(ventilator.on(beat("one", 4, received=position(first), **held)))
    assert [room.size for room in fill.rooms] == [100]

    more = granted(FIRST, args=b"[" + b" " * 48 + b"]")
    (fill,) = fills(ventilator.grant(more, more=True))
    assert [room.size for room in fill.rooms] == [100 + 50 + len(b"{}")]


def test_the_newest_run_counts_a_fifth_of_the_average(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST), granted(FIRST + 1), more=True)
    ventilator.on(ended(FIRST, ran=1.0))
    ventilator.grant()

    ventilator.on(ended(FIRST + 1, ran=2.0))

    assert fills(ventilator.handle(Woken()))[0].averages == {"app.add": pytest.approx(1.2)}


def test_a_grant_that_is_handed_back_is_closed_and_nothing_waits_there_until_a_slot_is_free(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=True)
    ventilator.on(ended(FIRST, ran=0.001))
    ventilator.grant(granted(FIRST + 1), granted(FIRST + 2))

    effects = ventilator.on(started(FIRST + 1), handed_back(FIRST + 2))

    assert closings(effects) == [Closing(FIRST + 2, "one", "t3", Cause.HANDED_BACK)]
    assert fills(effects) == []

    (fill,) = fills(ventilator.on(ended(FIRST + 1, ran=0.001)))
    assert fill.limit > 1


def test_a_hand_back_of_something_else_changes_nothing(ventilator: Driven):
    ventilator.seat("one")

    assert ventilator.on(handed_back(99), handed_back(99, "nobody"), ended(99), started(99, "nobody")) == []


@pytest.mark.parametrize("answer", list(Answer))
def test_an_outcome_that_is_answered_is_told_to_the_worker_and_leaves_the_table(ventilator: Driven, answer: Answer):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))

    (frame,) = sent(ventilator.on(settled(FIRST, answer=answer)))

    (message,) = frame.messages
    assert isinstance(message, Settled)
    assert (message.fence, message.report, message.answer) == (FIRST, ReportKind.SUCCEEDED, answer)
    assert ventilator.machine.table.at(W1).grants == {}


def test_a_start_that_is_answered_is_told_to_the_worker_and_stays(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))

    (frame,) = sent(ventilator.on(settled(FIRST, ReportKind.STARTED)))

    assert frame.messages[0].report is ReportKind.STARTED
    assert ventilator.machine.table.at(W1).grants[FIRST].started


def test_an_answer_for_a_worker_without_a_seat_is_dropped(ventilator: Driven):
    assert ventilator.on(settled(FIRST, incarnation="nobody")) == []


def test_outcomes_that_nobody_settles_stop_the_grants_in_the_end(ventilator: Driven):
    ventilator.seat("one", slots=1024)
    for first in (FIRST, FIRST + 1024):
        fences = range(first, first + 1024)
        ventilator.grant(*(granted(fence) for fence in fences), more=True)
        effects = ventilator.on(*(ended(fence, ran=9.0) for fence in fences))

    assert fills(effects) == []
