"""Which epoch the ventilator has, and whose word raises it, event by event."""

import pytest

from backend.ventilator.effects import Disbelieve, RaiseEpoch
from backend.ventilator.epochs import EPOCHS, EPOCHS_AHEAD, RAISE_EVERY
from backend.ventilator.events import EpochRaised, Woken
from tests.backend.ventilator.steps import (
    EPOCH,
    FIRST,
    NOBODY,
    Driven,
    beat,
    closings,
    ended,
    fills,
    granted,
    hello,
    only,
    position,
    sent,
)


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
