"""What somebody wants of workers and their grants, and how they are told, event by event."""

from backend.tasks.grants import CancelledGrant, Wishes
from backend.ventilator.effects import Effect
from backend.ventilator.events import Tended, Ticked, Woken
from backend.ventilator.tending import TEND_SOONEST
from tests.backend.ventilator.steps import EPOCH, FIRST, Driven, beat, ended, holds, revoked, sent, settled, task_of
from wire.messages import Drain, ReportKind, VentilatorBeat


def beats(effects: list[Effect]) -> list[VentilatorBeat]:
    return [m for frame in sent(effects) for m in frame.messages if isinstance(m, VentilatorBeat)]


def wish(ventilator: Driven, *fences: int, drain: bool = False, holder: str = "one") -> list[Effect]:
    """The record says so when it is tended next."""
    cancelled = tuple(CancelledGrant(task_of(fence), fence, holder) for fence in fences)
    ventilator.wishes = Wishes(cancelled, frozenset([holder] if drain else []))
    ventilator.now += TEND_SOONEST
    return ventilator.handle(Woken())


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
