"""Who comes, which topic it gets, and what is written of it, event by event."""

import pytest

from backend.tasks.grants import Known
from backend.ventilator import machine
from backend.ventilator.effects import Disbelieve, Lose, Open, Publish, Shut, WriteWorkers
from backend.ventilator.epochs import EPOCHS
from backend.ventilator.events import Woken
from backend.ventilator.machine import NEWCOMERS_AT_MOST
from tests.backend.ventilator.steps import (
    EPOCH,
    W1,
    W2,
    W3,
    Driven,
    beat,
    fills,
    goodbye,
    hello,
    known_worker,
    only,
    position,
    sent,
    states,
)
from wire.messages import SILENT_AFTER, Assigned, VentilatorBeat


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
