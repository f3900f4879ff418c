"""Whom the ventilator gives how much, and when it looks for more, event by event."""

import pytest

from backend.tasks.grants import Closing, Known
from backend.tasks.lifecycle import Cause
from backend.ventilator.effects import Close, Fill, ReadRecord
from backend.ventilator.events import FillFailed, RecordRead, Woken
from tests.backend.ventilator.steps import (
    EPOCH,
    FIRST,
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
    open_grant,
    position,
    sent,
    states,
)
from wire import codec
from wire.messages import MAX_FRAME


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
