"""The load table: what a worker has, and how much more it may have."""

from typing import Any

import pytest

from backend.ventilator.choosing import BACKLOG_PER_SLOT, BEYOND_SLOTS
from backend.ventilator.load_table import UNSETTLED_AT_MOST, Averages, HeldGrant, LoadTable, Seat
from wire.messages import SILENT_AFTER
from wire.topics import worker_topic

NOW = 10.0
KNOWN = Averages()
KNOWN.learn("short", 0.01)


def a_seat(number: int = 1, **more: Any) -> Seat:
    seat = Seat(
        topic=worker_topic(number),
        incarnation=f"worker-{number}",
        name="a worker",
        host="anna",
        pid=1,
        queues=("*",),
        slots=2,
        hello=1,
        since=(1, 1),
        received=(1, 1),
        heard_at=NOW,
        obeyed=True,
    )
    for name, value in more.items():
        setattr(seat, name, value)
    return seat


def hold(seat: Seat, *fences: int, path: str = "short") -> None:
    for fence in fences:
        seat.hold(HeldGrant(f"t{fence}", path, fence, position=(1, 1)))


def table_of(*seats: Seat) -> LoadTable:
    table = LoadTable()
    for seat in seats:
        table.add(seat)
    return table


def test_a_seat_is_found_by_topic_and_by_incarnation_until_it_is_removed():
    seat = a_seat()
    table = table_of(seat)
    assert table.at(worker_topic(1)) is table.of("worker-1") is seat

    table.remove(seat)

    assert table.at(worker_topic(1)) is table.of("worker-1") is None
    assert len(table) == 0


def test_whoever_is_silent_is_found_though_nobody_has_asked_when_that_will_be():
    early, late = a_seat(1), a_seat(2, heard_at=NOW + 1)
    table = table_of(late, early)

    assert table.silent(NOW + SILENT_AFTER - 0.01) == []
    assert table.silent(NOW + SILENT_AFTER) == [early]


def test_whoever_is_heard_in_time_is_not_silent_and_is_when_it_is_not_heard_again():
    seat = a_seat()
    table = table_of(seat)
    assert table.outlook()[0] == NOW + SILENT_AFTER

    seat.heard_at = NOW + 2

    assert table.silent(NOW + SILENT_AFTER) == []
    assert table.silent(NOW + 2 + SILENT_AFTER) == [seat]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"obeyed": False}, "STARTING"),
        ({}, "READY"),
        ({"loading": 1}, "READY"),
        ({"loading": 2}, "STARTING"),
        ({"draining": True, "obeyed": False}, "DRAINING"),
    ],
)
def test_the_state_of_a_seat(change: dict[str, bool], state: str):
    assert a_seat(**change).state == state


def test_a_grant_takes_room_until_it_ends_and_is_kept_until_it_is_dropped():
    seat = a_seat()
    hold(seat, 1, 2)
    seat.foreign = {99: "t99"}
    assert seat.held == 3

    ended = seat.end(1)

    assert ended is seat.grants[1]
    assert (seat.held, seat.grants[1].started) == (2, True)
    assert seat.end(1) is None
    assert seat.end(7) is None
    assert seat.drop(1) is ended
    assert seat.drop(1) is None


def test_a_slot_that_gets_free_ends_what_a_hand_back_began():
    for release in ("end", "drop"):
        seat = a_seat(handed_back=True)
        hold(seat, 1, 2)

        seat.drop(2)
        assert seat.handed_back

        seat.start(1, NOW)
        getattr(seat, release)(1)
        assert not seat.handed_back


def test_a_start_of_an_unknown_grant_changes_nothing():
    seat = a_seat()

    seat.start(5, NOW)

    assert seat.grants == {}


@pytest.mark.parametrize("change", [{"obeyed": False}, {"loading": 2}, {"draining": True}])
def test_no_room_at_a_worker_that_takes_nothing(change: dict[str, bool]):
    assert table_of(a_seat(**change)).rooms(KNOWN, NOW) == ()


def test_the_backlog_is_the_sum_of_the_usual_times():
    seat = a_seat()
    hold(seat, 1, 2, 3)
    seat.end(3)

    (room,) = table_of(seat).rooms(KNOWN, NOW)

    assert room.held == 2
    assert room.backlog == pytest.approx(0.02)


def test_the_bytes_of_what_has_ended_or_went_back_do_not_count():
    seat = a_seat()
    for fence in (1, 2, 3):
        seat.hold(HeldGrant(f"t{fence}", "short", fence, 100, position=(1, 1)))
    seat.end(3)
    seat.drop(3)
    seat.drop(2)

    table = table_of(seat)
    table.check()
    (room,) = table.rooms(KNOWN, NOW)

    assert room.size == 100


def test_there_is_no_backlog_to_add_to_behind_one_that_runs_for_longer_than_all_should():
    seat = a_seat()
    hold(seat, 1)
    seat.start(1, 0.0)

    (timely,) = table_of(seat).rooms(KNOWN, BACKLOG_PER_SLOT)
    (late,) = table_of(seat).rooms(KNOWN, BACKLOG_PER_SLOT + 0.001)
    seat.end(1)
    (ended,) = table_of(seat).rooms(KNOWN, 1.0)

    assert timely.backlog == pytest.approx(0.01)
    assert late.backlog is None
    assert ended.backlog == 0.0


@pytest.mark.parametrize("change", [{"handed_back": True}, {"foreign": {9: "t9"}}])
def test_there_is_no_backlog_to_add_to_after_a_hand_back_or_beside_what_is_not_ours(change: dict[str, Any]):
    seat = a_seat(**change)

    (room,) = table_of(seat).rooms(KNOWN, NOW)

    assert room.backlog is None


def test_there_is_no_room_beside_an_unknown_type_once_the_slots_are_full():
    seat = a_seat(slots=1)
    hold(seat, 1, path="never run")

    assert table_of(seat).rooms(KNOWN, NOW) == ()


def test_outcomes_that_are_not_settled_bound_what_a_worker_gets():
    seat = a_seat(slots=1)
    hold(seat, *range(1, UNSETTLED_AT_MOST + 1))
    for fence in list(seat.grants):
        seat.end(fence)

    assert table_of(seat).rooms(KNOWN, NOW) == ()


def test_the_table_notices_when_it_does_not_agree_with_itself():
    twice = table_of(a_seat(1), a_seat(2))
    for seat in twice:
        hold(seat, 1)
    with pytest.raises(AssertionError, match="with two workers"):
        twice.check()

    too_many = a_seat(slots=1)
    hold(too_many, *range(BEYOND_SLOTS + 2))
    with pytest.raises(AssertionError, match="grants for 1 slots"):
        table_of(too_many).check()

    miscounted = a_seat()
    hold(miscounted, 1)
    miscounted.unended.clear()
    with pytest.raises(AssertionError, match="counts"):
        table_of(miscounted).check()

    ended_unstarted = a_seat()
    hold(ended_unstarted, 1)
    ended_unstarted.end(1)
    ended_unstarted.grants[1].started = False
    with pytest.raises(AssertionError, match="ended before it started"):
        table_of(ended_unstarted).check()
