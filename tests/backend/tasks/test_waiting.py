from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from backend.tasks.lifecycle import Outcome
from backend.tasks.waiting import COUNTED, Facts, Pause, Seat, estimated_start, instant, why

AT = datetime(2026, 11, 21, 22, 4, 5, 678_901, tzinfo=UTC)
INSTANT = "2026-11-21T22:04:05.678Z"
FREE = Seat("W1", ["*"], slots=2, held=1)
OTHER = Seat("W3", ["a"], 1)
BUSY = Seat("W1", ["*"], slots=2, held=2)


def _why(**facts: Any) -> str:
    return why(Facts(**{"queue": "mail", "seats": [BUSY], **facts}))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"seats": []}, "No worker is connected."),
        (
            {"seats": [Seat("W1", ["default"], 1), Seat("W2", ["a", "b"], 1)]},
            "No worker serves its queue mail: W1 serves default, W2 serves a and b.",
        ),
        (
            {
                "seats": [
                    Seat("W1", ["*"], 1, draining=True),
                    Seat("W2", ["mail"], 1, starting=True),
                    Seat("W3", ["a"], 1),
                ]
            },
            "No worker takes tasks of its queue mail now: W1 is draining, W2 is starting.",
        ),
        ({"ahead": 0}, "It is next in its queue, and all 2 slots that serve the queue are busy."),
        ({"ahead": 1}, "1 task of its queue is ahead of it, and all 2 slots that serve the queue are busy."),
        (
            {"ahead": 12, "seats": [replace(BUSY, slots=1)]},
            "12 tasks of its queue are ahead of it, and the one slot that serves the queue is busy.",
        ),
        (
            {"ahead": COUNTED + 1},
            "More than 1000 tasks of its queue are ahead of it, and all 2 slots that serve the queue are busy.",
        ),
        ({"pause": Pause(AT, "deploying")}, f"Its queue mail is paused since {INSTANT}: deploying."),
        ({"pause": Pause(None, None)}, "Its queue mail is paused: no reason was given."),
        ({"due_at": AT}, f"It is scheduled for {INSTANT}."),
        (
            {"due_at": AT, "attempt": 1, "tries": 1, "max_attempts": 3, "last": Outcome.FAILED},
            f"It waits until {INSTANT} for attempt 2 of 3: the last one failed.",
        ),
        (
            {"due_at": AT, "attempt": 4, "tries": 1, "max_attempts": 3, "last": Outcome.LOST},
            f"It waits until {INSTANT} for attempt 5 (try 2 of 3): the last one lost its worker.",
        ),
        (
            {"granted_to": "W3", "cancelling": True},
            "It is being cancelled: W3 has been told to let go of it.",
        ),
        ({"granted_to": "W3"}, "W3 has it and is about to start it."),
        ({"seats": [FREE]}, "A worker has room for it, and it is about to start."),
        ({"seats": [FREE], "ahead": 3}, "3 tasks of its queue are ahead of it, and a worker has room."),
    ],
)
def test_it_says_what_stands_in_the_way(facts: dict[str, Any], sentence: str):
    assert _why(**facts) == sentence


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"seats": []}, f"It is scheduled for {INSTANT}, and no worker is connected."),
        (
            {"pause": Pause(AT, "x")},
            f"It is scheduled for {INSTANT}, and its queue mail is paused since {INSTANT}: x.",
        ),
    ],
)
def test_who_is_put_off_is_told_what_would_still_be_in_the_way_then(facts: dict[str, Any], sentence: str):
    assert _why(due_at=AT, **facts) == sentence


def test_slots_of_other_queues_and_of_workers_that_take_nothing_do_not_count():
    seats = [BUSY, Seat("W2", ["default"], slots=4), Seat("W3", ["*"], slots=8, draining=True)]

    assert _why(seats=seats) == _why(seats=[BUSY])


def test_only_so_many_workers_are_named():
    seats = [Seat(f"W{n}", ["a"], 1) for n in range(1, 9)]

    assert _why(seats=seats).endswith("W5 serves a and 3 more.")


def test_instants_are_told_in_utc():
    assert instant(AT.astimezone(timezone(timedelta(hours=5)))) == INSTANT


def test_the_start_is_known_where_only_time_is_in_the_way():
    facts = Facts("mail", due_at=AT, seats=[BUSY])

    assert estimated_start(facts) == AT
    assert estimated_start(replace(facts, due_at=None)) is None
    assert estimated_start(replace(facts, pause=Pause(AT, None))) is None
    assert estimated_start(replace(facts, seats=[])) is None
    assert estimated_start(replace(facts, seats=[Seat("W1", ["other"], 1)])) is None
    assert estimated_start(replace(facts, granted_to="W1", cancelling=True)) is None
