"""What comes due or expires is seen to at its time, whether or not anybody has room for it."""

from itertools import chain, pairwise, repeat

import pytest

from backend.tasks.grants import Wishes
from backend.ventilator.events import Tended
from backend.ventilator.tending import TEND_SOONEST
from tests.backend.ventilator.steps import EPOCH, Driven, fills, granted, started

FIRST = (EPOCH << 32) + 1
LATER = 0.35


@pytest.fixture
def busy() -> Driven:
    """One worker whose only slot is taken."""
    driven = Driven()
    driven.seat("one")
    driven.grant(granted(FIRST))
    driven.on(started(FIRST))
    return driven


def pauses(driven: Driven) -> list[float]:
    return [after - before for before, after in pairwise(driven.tended_at)]


def test_what_comes_due_while_nobody_has_room_is_made_so_at_its_time(busy: Driven):
    busy.due_in = chain([LATER], repeat(None))
    busy.tended_at.clear()

    assert fills(busy.after(2.0)) == []

    assert pauses(busy)[0] == pytest.approx(LATER)


def test_what_is_left_of_many_that_are_due_comes_in_tenths_of_a_second(busy: Driven):
    busy.due_in = chain([0.0] * 5, repeat(None))
    busy.tended_at.clear()

    busy.after(3.0)

    assert pauses(busy)[:5] == [pytest.approx(TEND_SOONEST)] * 5
    assert pauses(busy)[5] > 0.5


def test_a_record_that_gives_no_answer_is_asked_at_the_usual_pace(busy: Driven):
    busy.due_in = chain([LATER], repeat(None))
    busy.after(2.0)
    busy.machine.handle(Tended(None, 0.0), busy.now)

    busy.tended_at.clear()
    busy.after(3.0)

    assert all(pause > 0.5 for pause in pauses(busy))


def test_what_comes_due_where_there_is_no_worker_is_made_so_at_its_time():
    driven = Driven()
    driven.due_in = chain([LATER], repeat(None))

    driven.after(2.0)

    assert pauses(driven)[0] == pytest.approx(LATER)


def test_where_a_worker_has_room_grants_are_asked_for_at_that_time_too():
    driven = Driven()
    driven.seat("one")
    driven.grant()
    driven.machine.handle(Tended(Wishes(), LATER), driven.now)

    assert fills(driven.after(LATER - 0.01)) == []
    assert len(fills(driven.after(0.02))) == 1


def test_what_has_expired_beside_a_free_slot_is_tended_and_not_only_asked_for():
    driven = Driven()
    driven.seat("one")
    driven.after(0.5)
    driven.grant(due=0.0)
    before = driven.tended

    # It cannot be granted: until it is ended the record would be asked for it over and over.
    driven.after(TEND_SOONEST)

    assert driven.tended == before + 1
