"""A child that is given a task and does not take it: what an earlier one has left keeps it from ever turning."""

from collections.abc import Callable

import pytest
from msgspec import UNSET

from tests.workers.driver import ME, Driver, of, reported, said
from wire.messages import SILENT_AFTER, AttemptLost, AttemptStarted, AttemptSucceeded, Freed, Goodbye, Started
from workers.attempts import TAKES_WITHIN
from workers.effects import Exit, Interrupt, KillChild, Run, StartChild
from workers.events import ChildEnded, StopAsked
from workers.why import Why

KILLED = "was killed by signal 9 (SIGKILL)"
TOOK_NOTHING = f"had taken nothing of what it was given for {TAKES_WITHIN:g} s"
HANDED_BACK = Freed(incarnation=ME, task_id="t1", fence=1)


@pytest.fixture
def a_worker() -> Callable[..., Driver]:
    """Makes workers in touch, the children of which take nothing; their invariants are checked at every step."""

    def make(slots: int = 1) -> Driver:
        driver = Driver(slots).in_touch()
        driver.numb = set(driver.alive)
        return driver

    return make


def test_what_no_child_takes_is_not_said_to_have_started(a_worker):
    driver = a_worker()

    effects = driver.granted(1) + driver.passes(TAKES_WITHIN - 0.01, beaten=True)

    assert [run.grant.fence for run in of(effects, Run)] == [1]
    assert said(effects, Started) == [Started(incarnation=ME, task_id="t1", fence=1)]
    assert reported(effects) == []
    assert of(effects, KillChild) == []


def test_a_child_that_takes_nothing_in_time_is_killed_and_what_it_was_given_is_handed_back_once_it_is_gone(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)

    effects = driver.passes(TAKES_WITHIN + 0.01, beaten=True)

    assert of(effects, KillChild) == [KillChild(child, TOOK_NOTHING)]
    assert said(effects, Freed) == []
    effects = driver.happens(ChildEnded(child, KILLED))
    assert said(effects, Freed) == [HANDED_BACK]
    assert HANDED_BACK.ran is UNSET
    assert reported(effects) == []
    assert len(of(effects, StartChild)) == 1


def test_the_same_task_runs_in_another_child(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.passes(TAKES_WITHIN + 0.01, beaten=True)
    driver.happens(ChildEnded(driver.child_of(1), KILLED))
    driver.numb.clear()

    driver.granted(2)
    effects = driver.returns(driver.child_of(2))

    assert [type(report) for report in reported(effects)] == [AttemptStarted, AttemptSucceeded]


def test_what_is_taken_at_the_last_moment_is_an_attempt_as_any_other(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0)
    driver.passes(TAKES_WITHIN - 0.1, beaten=True)

    effects = driver.takes(driver.child_of(1)) + driver.passes(0.5, beaten=True)

    assert of(effects, KillChild) == []
    assert of(effects, Interrupt) == [], "its time counts from when it has begun"
    assert [type(report) for report in reported(effects)] == [AttemptStarted]


def test_what_is_taken_by_a_child_that_is_being_killed_is_lost_and_the_error_says_why(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.passes(TAKES_WITHIN + 0.01, beaten=True)

    driver.takes(child)
    effects = driver.happens(ChildEnded(child, KILLED))

    [started, lost] = reported(effects)
    assert isinstance(started, AttemptStarted)
    assert isinstance(lost, AttemptLost)
    assert lost.error == f"The child process {TOOK_NOTHING}"


def test_a_child_that_dies_before_it_takes_anything_has_lost_nothing(a_worker):
    driver = a_worker()
    driver.granted(1)

    effects = driver.happens(ChildEnded(driver.child_of(1), KILLED))

    assert said(effects, Freed) == [HANDED_BACK]
    assert reported(effects) == []


def test_children_that_die_of_what_they_are_given_are_started_again_with_back_off(a_worker):
    driver = a_worker()
    for fence in range(1, 3):
        driver.granted(fence)
        effects = driver.happens(ChildEnded(driver.child_of(fence), KILLED))

    assert of(effects, StartChild) == []
    assert len(of(driver.passes(1.01, beaten=True), StartChild)) > 0


def test_a_worker_that_stood_still_hears_its_children_before_it_gives_them_up(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.now += max(TAKES_WITHIN, SILENT_AFTER) + 1.0

    effects = driver.ticks() + driver.takes(child)

    assert of(effects, KillChild) == []
    driver.beat_heard()
    assert of(driver.passes(TAKES_WITHIN * 2, beaten=True), KillChild) == []


def test_what_is_cancelled_before_it_is_taken_ends_when_it_is(a_worker):
    driver = a_worker()
    driver.granted(1, grace=TAKES_WITHIN * 2)
    child = driver.child_of(1)

    assert of(driver.revoked(1), Interrupt) == [Interrupt(child, 1, Why.CANCEL)]
    driver.passes(TAKES_WITHIN + 0.01, beaten=True)
    effects = driver.happens(ChildEnded(child, KILLED))

    assert said(effects, Freed) == [HANDED_BACK]
    assert reported(effects) == []


def test_a_worker_that_is_to_end_waits_for_the_end_of_a_child_that_takes_nothing(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)

    effects = driver.happens(StopAsked()) + driver.passes(TAKES_WITHIN + 0.01, beaten=True)

    assert of(effects, KillChild) == [KillChild(child, TOOK_NOTHING)]
    assert of(effects, Exit) == []
    effects = driver.happens(ChildEnded(child, KILLED))
    assert said(effects) == [HANDED_BACK, Goodbye(incarnation=ME)]
    assert of(effects, Exit) == [Exit(0)]
