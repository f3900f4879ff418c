"""What the ventilator does, event by event. The load table is checked after each."""

from collections.abc import Iterator

import msgspec
import pytest

from backend.tasks.grants import CancelledGrant, Closing, Known, Wishes
from backend.tasks.lifecycle import Cause
from backend.ventilator import machine
from backend.ventilator.effects import (
    Close,
    Disbelieve,
    Effect,
    Fill,
    Lose,
    Open,
    Publish,
    RaiseEpoch,
    ReadRecord,
    Shut,
    WriteWorkers,
)
from backend.ventilator.epochs import EPOCHS, EPOCHS_AHEAD, RAISE_EVERY
from backend.ventilator.events import EpochRaised, Filled, FillFailed, RecordRead, Tended, Ticked, Woken
from backend.ventilator.machine import NEWCOMERS_AT_MOST
from backend.ventilator.tending import TEND_SOONEST
from tests.backend.ventilator.steps import (
    EPOCH,
    NOBODY,
    Driven,
    beat,
    closings,
    ended,
    fills,
    goodbye,
    granted,
    grants_in,
    handed_back,
    hello,
    holds,
    known_worker,
    only,
    open_grant,
    position,
    sent,
    settled,
    started,
    task_of,
    unsettled,
)
from wire import codec
from wire.messages import MAX_FRAME, SILENT_AFTER, Answer, Assigned, Drain, ReportKind, Revoke, Settled, VentilatorBeat
from wire.topics import Topic

FIRST = (EPOCH << 32) + 1
NEVER = float("inf")
W1, W2, W3 = Topic("W1"), Topic("W2"), Topic("W3")


@pytest.fixture
def ventilator() -> Iterator[Driven]:
    driven = Driven()
    yield driven
    driven.machine.table.check()


def states(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(row.topic, row.state) for write in only(WriteWorkers, effects) for row in write.rows]


# --- seats -----------------------------------------------------------------------------------------------------------


def test_a_hello_is_answered_with_a_seat(ventilator: Driven):
    effects = ventilator.on(hello("one"))

    assert only(Open, effects) == [Open(W1)]
    assert only(Publish, effects) == [Publish(Assigned(epoch=EPOCH, incarnation="one", topic="W1"))]
    assert states(effects) == [("W1", "STARTING")]
    (frame,) = sent(effects)
    assert {type(message) for message in frame.messages} == {VentilatorBeat}
    assert {(m.epoch, m.seq, m.incarnation, m.hello) for m in frame.messages} == {(EPOCH, 1, "one", 1)}


def test_a_socket_is_opened_before_anything_is_sent_there(ventilator: Driven):
    effects = ventilator.on(hello("one"), hello("two"))

    for topic in (W1, W2):
        frame = next(frame for frame in sent(effects) if frame.topic == topic)
        assert effects.index(Open(topic)) < effects.index(frame)


def test_each_worker_gets_the_lowest_seat_that_is_free(ventilator: Driven):
    ventilator.on(hello("one"), hello("two"), hello("three"))

    ventilator.on(goodbye("two"))
    ventilator.now += 1.0

    assert only(Open, ventilator.on(hello("four"))) == [Open(W2)]


def test_a_topic_rests_before_it_is_opened_again(ventilator: Driven):
    ventilator.on(hello("one"), goodbye("one"))

    assert only(Open, ventilator.on(hello("two"))) == [Open(W2)]
    assert only(Open, ventilator.on(hello("one", topic="W1"))) == [Open(W3)]


def test_a_hello_that_is_said_again_gets_no_second_seat(ventilator: Driven):
    ventilator.on(hello("one"))

    assert only(Open, ventilator.on(hello("one"))) == []


def test_the_topic_is_said_again_until_the_worker_listens_there(ventilator: Driven):
    frame = sent(ventilator.on(hello("one")))[0]

    assert len(only(Publish, ventilator.after(1.0))) >= 3

    ventilator.on(beat("one", topic="W1", received=position(frame)))

    assert only(Publish, ventilator.after(1.0)) == []


def test_a_worker_that_no_longer_names_its_topic_is_told_again(ventilator: Driven):
    ventilator.seat("one")

    ventilator.on(hello("one", number=2))

    assert Publish(Assigned(epoch=EPOCH, incarnation="one", topic="W1")) in ventilator.after(1.0)


def test_a_beat_of_an_unknown_worker_is_answered_like_a_hello(ventilator: Driven):
    effects = ventilator.on(beat("one", number=4, topic="W9", received=(3, 2)))

    assert only(Open, effects) == [Open(W1)]
    assert sent(effects)[0].messages[0].hello == 4


def test_a_lost_worker_that_comes_back_gets_its_own_seat_if_nobody_had_it_since(ventilator: Driven):
    ventilator.on(hello("one"))
    ventilator.on(hello("two"))
    ventilator.after(4.0)

    assert only(Open, ventilator.on(beat("two", topic="W2"))) == [Open(W2)]
    assert only(Open, ventilator.on(beat("one", topic="W2"))) == [Open(W1)]


def test_every_worker_hears_a_beat_each_second(ventilator: Driven):
    ventilator.seat("one")
    beats = 0
    for _ in range(5):
        frames = sent(ventilator.after(1.0))
        beats += sum(isinstance(message, VentilatorBeat) for frame in frames for message in frame.messages)
        ventilator.on(beat("one", topic="W1", received=position(frames[-1])))

    assert beats == 5


# --- rows ------------------------------------------------------------------------------------------------------------


def test_a_row_is_written_when_its_state_changes(ventilator: Driven):
    assert states(ventilator.seat("one")) == [("W1", "READY")]
    assert states(ventilator.on(beat("one", topic="W1", received=(EPOCH, 1)))) == []
    assert states(ventilator.on(beat("one", topic="W1", received=(EPOCH, 1), draining=True))) == [("W1", "DRAINING")]


def test_all_rows_are_written_together_every_ten_seconds(ventilator: Driven):
    ventilator.seat("one")
    ventilator.seat("two")
    writes = []
    for _ in range(21):
        effects = ventilator.after(1.0)
        writes += only(WriteWorkers, effects)
        for frame in sent(effects):
            number = {"W1": "one", "W2": "two"}[frame.topic]
            ventilator.on(beat(number, topic=frame.topic, received=position(frame)))

    assert [[row.topic for row in write.rows] for write in writes] == [["W1", "W2"], ["W1", "W2"]]
    assert all(row.beat for write in writes for row in write.rows)


# --- grants ----------------------------------------------------------------------------------------------------------


def test_a_worker_gets_nothing_before_it_has_taken_a_frame(ventilator: Driven):
    assert fills(ventilator.on(hello("one"))) == []
    assert fills(ventilator.on(hello("one", topic="W1"))) == []
    assert fills(ventilator.after(1.0)) == []


def test_a_worker_that_listens_is_filled_up(ventilator: Driven):
    (fill,) = fills(ventilator.seat("one", slots=2, queues=("mail",)))

    assert fill.limit == 2
    assert fill.first_fence == FIRST
    assert fill.queues == frozenset({"mail"})
    assert [(room.topic, room.holder, room.slots, room.held) for room in fill.rooms] == [("W1", "one", 2, 0)]


def test_a_grant_is_sent_with_the_header_of_its_frame(ventilator: Driven):
    ventilator.seat("one")

    (frame,) = sent(ventilator.grant(granted(FIRST)))

    (grant,) = frame.messages
    assert frame.topic == "W1"
    assert (grant.incarnation, grant.hello, grant.epoch) == ("one", 1, EPOCH)
    assert (grant.task, bytes(grant.args), grant.fence) == ("app.add", b"[1, 2]", FIRST)


def test_positions_only_rise_over_all_topics(ventilator: Driven):
    ventilator.seat("one")
    ventilator.seat("two")

    frames = sent(ventilator.grant(granted(FIRST), granted(FIRST + 1, "two"))) + sent(ventilator.after(2.0))

    assert [position(frame) for frame in frames] == sorted({position(frame) for frame in frames})


def test_large_arguments_go_in_several_frames_with_their_own_positions(ventilator: Driven):
    ventilator.seat("one", slots=50)
    megabyte = b'["' + b"x" * 1024 * 1024 + b'"]'

    frames = sent(ventilator.grant(*(granted(FIRST + n, args=megabyte) for n in range(50))))

    assert len({position(frame) for frame in frames}) == len(frames) > 12
    assert all(len(codec.encode(frame.messages)) <= MAX_FRAME for frame in frames)
    assert grants_in(frames) == [FIRST + n for n in range(50)]


def test_many_small_grants_go_a_hundred_a_frame(ventilator: Driven):
    ventilator.seat("one", slots=250)

    frames = sent(ventilator.grant(*(granted(FIRST + n) for n in range(250))))

    assert [len(frame.messages) for frame in frames] == [100, 100, 50]


def test_one_fill_is_in_flight_at_a_time(ventilator: Driven):
    ventilator.seat("one")

    assert fills(ventilator.handle(Woken())) == []
    assert len(fills(ventilator.grant())) == 1


def test_fences_go_on_where_the_last_fill_stopped(ventilator: Driven):
    ventilator.seat("one", slots=3)
    ventilator.grant(granted(FIRST))

    (fill,) = fills(ventilator.handle(Woken()))

    assert fill.first_fence == FIRST + 3


def test_a_hint_with_nobody_to_work_costs_nothing(ventilator: Driven):
    assert ventilator.handle(Woken()) == []
    assert ventilator.after(10.0) == []


def test_the_record_is_looked_at_each_second_though_nobody_says_a_word(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant()
    looks = 0
    for _ in range(5):
        effects = ventilator.after(1.0)
        looks += len(fills(effects))
        ventilator.grant()
        ventilator.on(beat("one", topic="W1", received=position(sent(effects)[-1])))

    assert looks == 5


def test_a_look_is_due_when_a_task_is(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(due=0.25)

    assert fills(ventilator.after(0.24)) == []
    assert len(fills(ventilator.after(0.02))) == 1


def test_a_full_worker_is_not_looked_for(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))

    assert fills(ventilator.handle(Woken())) == []
    assert fills(ventilator.after(2.0)) == []


def test_a_look_that_found_no_room_is_made_as_soon_as_there_is_some(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))
    ventilator.handle(Woken())

    assert len(fills(ventilator.on(ended(FIRST)))) == 1


def test_room_is_filled_at_once_while_there_is_more(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=True)

    assert len(fills(ventilator.on(ended(FIRST, ran=9.0)))) == 1


def test_room_is_not_filled_while_there_is_nothing_more(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=False)

    assert fills(ventilator.on(ended(FIRST, ran=9.0))) == []


def test_room_that_was_made_during_a_fill_is_filled_after_it(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST), granted(FIRST + 1), more=True)
    ventilator.on(ended(FIRST, ran=9.0))
    ventilator.on(ended(FIRST + 1, ran=9.0))

    assert len(fills(ventilator.grant(more=True))) == 1


def test_a_worker_that_could_start_nothing_gets_nothing_until_it_can(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant()

    assert states(ventilator.on(beat("one", topic="W1", received=(EPOCH, 1), loading=1))) == [("W1", "STARTING")]
    assert fills(ventilator.handle(Woken())) == []

    assert fills(ventilator.on(beat("one", topic="W1", received=(EPOCH, 1))))


def test_a_worker_gets_no_more_than_its_slots_could_start(ventilator: Driven):
    """One runs something, the children of the others hang while they load: what they got would be handed back."""
    ventilator.seat("one", slots=3)
    ventilator.grant(granted(FIRST))

    def loads(loading: int) -> list[Fill]:
        holding = holds(FIRST, started=True)
        return fills(
            ventilator.on(beat("one", topic="W1", received=(EPOCH, 1), slots=3, loading=loading, holds=holding))
        )

    assert loads(2) == []
    [fill] = loads(1)
    [room] = fill.rooms
    assert (room.slots, room.held) == (2, 1)
    ventilator.grant(granted(FIRST + 1))
    assert loads(2) == []
    assert fills(ventilator.handle(Woken())) == []


def test_a_draining_worker_gets_nothing(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant()

    ventilator.on(beat("one", topic="W1", received=(EPOCH, 1), draining=True))

    assert fills(ventilator.handle(Woken())) == []


@pytest.mark.parametrize("leaves", [goodbye("one"), hello("one", number=2)])
def test_a_grant_that_comes_back_for_a_worker_that_cannot_hear_it_is_closed(ventilator: Driven, leaves):
    ventilator.seat("one")
    ventilator.on(leaves)

    effects = ventilator.grant(granted(FIRST))

    assert closings(effects) == [Closing(FIRST, "one", "t1", Cause.UNSENT)]
    assert grants_in(effects) == []


def test_grants_without_an_answer_are_read_and_closed(ventilator: Driven):
    ventilator.seat("one", slots=2)
    ventilator.grant(granted(FIRST))
    ventilator.handle(Woken())

    assert ventilator.handle(FillFailed())[0] == ReadRecord()
    assert fills(ventilator.handle(Woken())) == []

    known = Known((), (open_grant(FIRST), open_grant(FIRST + 2), open_grant(FIRST + 3, "gone")))
    effects = ventilator.handle(RecordRead(known))
    assert [closing.fence for closing in closings(effects)] == [FIRST + 2, FIRST + 3]
    assert len(fills(effects)) == 1


def test_what_is_closed_goes_to_the_record_before_more_is_asked_for(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))

    effects = ventilator.on(handed_back(FIRST))

    kinds = [type(effect) for effect in effects if isinstance(effect, Close | Fill)]
    assert kinds == [Close, Fill]


# --- what a worker says of its grants --------------------------------------------------------------------------------


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


# --- settled ---------------------------------------------------------------------------------------------------------


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


# --- losses ----------------------------------------------------------------------------------------------------------


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


# --- after a start ---------------------------------------------------------------------------------------------------


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


# --- strangers --------------------------------------------------------------------------------------------------------


def test_a_storm_of_hellos_takes_a_bounded_number_of_seats(ventilator: Driven):
    """I11: and none from a worker that has one."""
    ventilator.seat("one")
    ventilator.grant()

    effects = ventilator.on(*(hello(f"stranger-{n}") for n in range(5_000)))

    assert len(only(Open, effects)) == NEWCOMERS_AT_MOST
    assert len(ventilator.machine.table) == 1 + NEWCOMERS_AT_MOST
    assert len(fills(ventilator.handle(Woken()))) == 1


def test_a_worker_that_found_no_seat_gets_one_when_strangers_have_fallen_silent(ventilator: Driven):
    """L1, L2."""
    ventilator.on(*(hello(f"stranger-{n}") for n in range(NEWCOMERS_AT_MOST)))
    assert only(Open, ventilator.on(hello("late"))) == []

    effects = ventilator.after(SILENT_AFTER)

    # They never listened, and so were granted nothing: there is nothing to take back.
    assert (len(only(Shut, effects)), only(Lose, effects)) == (NEWCOMERS_AT_MOST, [])
    assert len(only(Open, ventilator.on(hello("late")))) == 1


def test_a_worker_of_the_record_finds_its_seat_in_a_storm():
    """L3: what it runs is not lost to strangers."""
    driven = Driven(Known((known_worker("W1", "one"),), ()))
    driven.on(*(hello(f"stranger-{n}") for n in range(NEWCOMERS_AT_MOST + 1)))

    assert [opened.topic for opened in only(Open, driven.on(hello("one")))] == ["W1"]


def test_there_are_not_more_seats_than_sockets(ventilator: Driven, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "SEATS_AT_MOST", 20)
    for n in range(20):
        ventilator.seat(f"worker-{n}")

    assert only(Open, ventilator.on(hello("one more"))) == []


def test_thousands_that_are_not_believed_are_one_line_in_the_log(ventilator: Driven):
    effects = ventilator.on(*(hello(f"stranger-{n}", received=(EPOCHS, 0)) for n in range(1_000)))

    assert effects == [Disbelieve("stranger-0", EPOCHS, EPOCH)]


# --- epochs ----------------------------------------------------------------------------------------------------------


def test_an_epoch_that_a_worker_has_seen_is_exceeded(ventilator: Driven):
    effects = ventilator.on(hello("one", received=(EPOCH + 5, 8)), hello("two", received=(EPOCH + 5, 3)))

    assert only(RaiseEpoch, effects) == [RaiseEpoch(EPOCH + 5)]


def test_nothing_is_granted_until_the_epoch_is_raised(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant()
    ventilator.on(hello("two", received=(EPOCH + 5, 8)))
    assert fills(ventilator.handle(Woken())) == []

    effects = ventilator.handle(EpochRaised(EPOCH + 6))

    frames = sent(effects) + sent(ventilator.after(1.0))
    assert position(frames[0]) == (EPOCH + 6, 1)
    assert fills(ventilator.handle(Woken())) == []
    (fill,) = fills(ventilator.on(beat("one", topic="W1", received=position(frames[-1]))))
    assert fill.first_fence == ((EPOCH + 6) << 32) + 1


def test_a_grant_of_a_former_epoch_counts_as_sent_before_all_of_this_one(ventilator: Driven):
    ventilator.seat("one")
    (frame,) = sent(ventilator.grant(granted(FIRST)))
    ventilator.handle(EpochRaised(EPOCH + 1))

    assert closings(ventilator.on(beat("one", topic="W1", received=position(frame)))) == []
    assert len(closings(ventilator.on(beat("one", topic="W1", received=(EPOCH + 1, 1))))) == 1


def test_an_epoch_of_ours_that_a_worker_has_from_somebody_else_is_exceeded(ventilator: Driven):
    """I5: the record was put back to where our epoch had not been given yet, and gave it a second time."""
    effects = ventilator.on(hello("one", received=(EPOCH, 8)), hello("two", received=(EPOCH, 3)))

    assert only(RaiseEpoch, effects) == [RaiseEpoch(EPOCH)]
    assert fills(ventilator.handle(Woken())) == []
    ventilator.handle(EpochRaised(EPOCH + 1))
    (frame, *_) = sent(ventilator.after(1.0))
    (fill,) = fills(ventilator.on(beat("one", topic="W1", received=position(frame))))
    assert fill.first_fence == ((EPOCH + 1) << 32) + 1


def test_our_own_epoch_is_no_reason_for_another_one(ventilator: Driven):
    ventilator.seat("one")
    effects = ventilator.on(beat("one", topic="W1", received=(EPOCH, 1)))
    effects += ventilator.on(hello("one", 2, topic="W1", received=(EPOCH, 0)))
    ventilator.after(9.0)

    effects += ventilator.on(hello("one", 3, topic="W1", received=(EPOCH, 0)))

    assert only(RaiseEpoch, effects) == []


@pytest.mark.parametrize("last", [EPOCH + EPOCHS_AHEAD + 1, EPOCHS - 2, EPOCHS])
def test_an_epoch_beyond_what_starts_can_explain_is_told_once_and_not_believed(ventilator: Driven, last: int):
    """I5, I13: one word of a stranger's must not use up the epochs that there are."""
    effects = ventilator.on(hello("one", received=(last, 0)), beat("one", received=(last, 0)))

    assert effects == [Disbelieve("one", last, EPOCH)]
    assert ventilator.seat("two")


def test_the_last_epoch_is_left_to_those_who_come_after(ventilator: Driven):
    last = Driven(epoch=EPOCHS - 2)

    assert only(RaiseEpoch, last.on(hello("one", received=(EPOCHS - 1, 1)))) == []


def test_a_workers_word_raises_the_epoch_once_a_second(ventilator: Driven):
    ventilator.on(hello("one", received=(EPOCH + 5, 1)))

    assert ventilator.on(hello("two", received=(EPOCH + 9, 1))) == []

    ventilator.now += RAISE_EVERY
    assert only(RaiseEpoch, ventilator.on(hello("two", received=(EPOCH + 9, 1)))) == [RaiseEpoch(EPOCH + 9)]

    ventilator.handle(EpochRaised(EPOCH + 6))
    assert fills(ventilator.after(1.0)) == []
    ventilator.handle(EpochRaised(EPOCH + 10))
    frame = [frame for frame in sent(ventilator.after(1.0)) if frame.topic == "W2"][-1]
    assert len(fills(ventilator.on(beat("two", topic="W2", received=position(frame))))) == 1


def test_with_nobody_known_and_nobody_heard_only_the_record_is_tended():
    driven = Driven(NOBODY)

    assert driven.after(10.0) == []
    assert driven.tended == 11


def test_a_little_room_is_gathered_before_it_is_filled_unless_a_look_is_due(ventilator: Driven):
    ventilator.seat("one")
    ventilator.grant(granted(FIRST), more=True)
    ventilator.on(ended(FIRST, ran=0.001))
    ventilator.grant(*(granted(FIRST + n) for n in range(1, 51)), more=True)

    assert fills(ventilator.on(ended(FIRST + 1, ran=0.001))) == []
    assert len(fills(ventilator.after(1.0))) == 1

    ventilator.grant(more=True)
    assert fills(ventilator.on(*(ended(FIRST + n, ran=0.001) for n in range(2, 5)))) == []
    assert len(fills(ventilator.on(*(ended(FIRST + n, ran=0.001) for n in range(5, 20))))) == 1


# --- what somebody wants of workers -----------------------------------------------------------------------------------


def revoked(effects: list[Effect]) -> list[int]:
    return [message.fence for frame in sent(effects) for message in frame.messages if isinstance(message, Revoke)]


def beats(effects: list[Effect]) -> list[VentilatorBeat]:
    return [m for frame in sent(effects) for m in frame.messages if isinstance(m, VentilatorBeat)]


def wish(ventilator: Driven, *fences: int, drain: bool = False, holder: str = "one") -> list[Effect]:
    """The record says so when it is tended next."""
    cancelled = tuple(CancelledGrant(task_of(fence), fence, holder) for fence in fences)
    ventilator.wishes = Wishes(cancelled, frozenset([holder] if drain else []))
    ventilator.now += TEND_SOONEST
    return ventilator.handle(Woken())


@pytest.fixture
def busy(ventilator: Driven) -> Driven:
    """One worker, with a grant that runs."""
    ventilator.seat("one")
    ventilator.grant(granted(FIRST))
    ventilator.on(started(FIRST))
    return ventilator


def test_a_worker_is_told_at_once_to_end_what_was_cancelled_and_every_beat_repeats_it(busy: Driven):
    assert revoked(wish(busy, FIRST)) == [FIRST]

    further = busy.after(2.5)
    assert revoked(further) == []
    assert [[one.fence for one in beat.revoked] for beat in beats(further)] == [[FIRST]] * len(beats(further)) != []


def test_a_beat_forgets_what_has_ended(busy: Driven):
    wish(busy, FIRST)
    busy.on(ended(FIRST))
    busy.on(settled(FIRST, ReportKind.CANCELLED))
    busy.wishes = Wishes()

    assert [beat.revoked for beat in beats(busy.after(2.5))[-1:]] == [()]


def test_nobody_is_told_of_a_grant_that_is_not_with_him(busy: Driven):
    assert revoked(wish(busy, FIRST + 1)) == []
    assert revoked(wish(busy, FIRST, holder="two")) == []


def test_what_the_record_has_given_up_is_ended_where_it_still_runs(ventilator: Driven):
    ventilator.seat("one")

    heard = beat("one", topic="W1", received=(EPOCH, 1), holds=holds(5, started=True))
    assert revoked(ventilator.on(heard)) == [5]
    assert revoked(ventilator.on(heard)) == []
    assert [[one.fence for one in beat.revoked] for beat in beats(ventilator.after(1.0))] == [[5]]

    ventilator.on(beat("one", topic="W1", received=(EPOCH, 1)))
    assert [beat.revoked for beat in beats(ventilator.after(1.0))] == [()]


def test_many_wakes_tend_the_record_no_more_than_ten_times_a_second(busy: Driven):
    before = busy.tended
    for _ in range(100):
        busy.now += 0.01
        busy.handle(Woken())
        busy.handle(Ticked())

    assert 5 <= busy.tended - before <= 11


def test_a_worker_is_told_to_drain_until_it_says_that_it_does(busy: Driven):
    told = wish(busy, drain=True)
    assert [type(m) for frame in sent(told) for m in frame.messages] == [Drain]
    assert all(beat.drain for beat in beats(busy.after(1.5)))

    busy.on(beat("one", topic="W1", received=(EPOCH, 99), draining=True, holds=holds(FIRST, started=True)))
    assert not any(beat.drain for beat in beats(busy.after(1.5)))


def test_a_record_that_does_not_answer_takes_nothing_back(busy: Driven):
    wish(busy, FIRST)
    busy.machine.handle(Tended(None), busy.now)

    assert all(beat.revoked for beat in beats(busy.after(0.9)))
