"""What runs: told to end, killed, cancelled, drained, and what it tells meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import UNSET, Raw

from tests.workers.driver import ME, Driver, a_grant, of, reported, said
from wire.messages import (
    AttemptCancelled,
    AttemptFailed,
    AttemptLog,
    AttemptLost,
    AttemptProgress,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
    Beat,
    Freed,
    Goodbye,
    Revoke,
    Revoked,
    VentilatorBeat,
)
from workers.effects import Exit, Interrupt, KillChild, Run, StartChild
from workers.events import ChildEnded, OutputRead, Progressed, Raised, Returned, RunEnded, StopAsked
from workers.why import Why

KILLED = "was killed by signal 9 (SIGKILL)"
CRASHED = "was killed by signal 11 (SIGSEGV)"


@pytest.fixture
def a_worker() -> Callable[..., Driver]:
    """Makes workers in touch; their invariants are checked at every step."""
    return lambda slots=1: Driver(slots).in_touch()


def ends_as_told(driver: Driver, fence: int, why: Why | None) -> list[Any]:
    """The function raises what it was told to end with; what is reported of it."""
    end = Raised("TaskTimedOut: …", "x.TaskTimedOut", "where it was", again=False, interrupted=why)
    return reported(driver.happens(RunEnded(driver.child_of(fence), 1.25, end)))


# --- time limits -----------------------------------------------------------------------------------------------------


def test_a_function_is_told_to_end_when_its_time_is_over(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=2.0, grace=1.0)

    assert of(driver.passes(1.99, beaten=True), Interrupt) == []
    effects = driver.passes(0.02, beaten=True)

    assert of(effects, Interrupt) == [Interrupt(driver.child_of(1), 1, Why.TIMEOUT)]
    assert of(effects, KillChild) == []
    [outcome] = ends_as_told(driver, 1, Why.TIMEOUT)
    assert isinstance(outcome, AttemptTimedOut)
    assert (outcome.error, outcome.traceback, outcome.ran) == ("It did not end within 2 s", "where it was", 1.25)


def test_one_that_does_not_end_within_its_grace_is_killed_and_has_timed_out(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=2.0, grace=1.0)
    child = driver.child_of(1)
    driver.passes(2.0, beaten=True)

    assert of(driver.passes(0.99, beaten=True), KillChild) == []
    assert of(driver.passes(0.02, beaten=True), KillChild) == [KillChild(child)]
    outcome = reported(driver.happens(ChildEnded(child, KILLED)))[-1]

    assert isinstance(outcome, AttemptTimedOut)
    assert (outcome.error, outcome.traceback) == ("It did not end within 2 s, and had to be killed", "")
    assert outcome.ran == pytest.approx(3.01)


def test_without_a_limit_nothing_is_told(a_worker):
    driver = a_worker()
    driver.granted(1)

    assert of(driver.passes(60.0, beaten=True), Interrupt) == []


def test_without_a_grace_it_is_told_and_killed_at_once(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=0.5, grace=0.0)

    effects = driver.passes(0.51, beaten=True)

    assert [type(effect) for effect in effects if isinstance(effect, Interrupt | KillChild)] == [Interrupt, KillChild]


def test_the_grace_begins_when_it_is_told_though_the_worker_was_stalled(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0, grace=2.0)
    driver.now += 60.0

    driver.ticks()
    assert of(driver.passes(1.9), KillChild) == []
    assert of(driver.passes(0.2), KillChild)


def test_a_function_that_returns_within_its_grace_has_succeeded(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0)
    driver.passes(1.1, beaten=True)

    assert isinstance(reported(driver.returns(driver.child_of(1)))[-1], AttemptSucceeded)
    assert of(driver.passes(10.0, beaten=True), KillChild) == []


def test_an_error_of_its_own_within_the_grace_is_a_failure(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0)
    driver.passes(1.1, beaten=True)

    assert isinstance(ends_as_told(driver, 1, None)[-1], AttemptFailed)


@pytest.mark.parametrize("told", [None, Why.CANCEL])
def test_what_says_that_it_was_told_and_was_not_is_a_failure(a_worker, told):
    driver = a_worker()
    driver.granted(1)
    if told is not None:
        driver.revoked(1)

    assert isinstance(ends_as_told(driver, 1, Why.TIMEOUT)[-1], AttemptFailed)


def test_a_child_that_dies_within_the_grace_has_timed_out_and_is_told_how(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0)
    driver.passes(1.1, beaten=True)

    outcome = reported(driver.happens(ChildEnded(driver.child_of(1), CRASHED)))[-1]

    assert isinstance(outcome, AttemptTimedOut)
    assert outcome.error == f"It did not end within 1 s, and its child process {CRASHED}"


def test_a_child_that_is_killed_as_its_function_returns_runs_nothing_more(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0, grace=1.0)
    child = driver.child_of(1)
    driver.passes(2.1, beaten=True)

    effects = driver.happens(RunEnded(child, 2.05, Returned(Raw(b"3"))))
    effects += driver.granted(2)

    assert isinstance(reported(effects)[-1], AttemptSucceeded)
    assert [run.child for run in of(effects, Run)] == [2 if child == 1 else 1]
    assert of(driver.happens(ChildEnded(child, KILLED)), StartChild) == [StartChild(3)]


def test_each_running_task_has_its_own_limit(a_worker):
    driver = a_worker(slots=3)
    driver.granted(1, timeout=3.0)
    driver.granted(2, timeout=1.0)
    driver.granted(3)

    told = of(driver.passes(1.5, beaten=True), Interrupt)
    assert [interrupt.fence for interrupt in told] == [2]
    told = of(driver.passes(2.0, beaten=True), Interrupt)
    assert [interrupt.fence for interrupt in told] == [1]


# --- revoke ----------------------------------------------------------------------------------------------------------


def test_a_revoked_grant_that_waits_is_handed_back(a_worker):
    driver = a_worker()
    driver.granted(1, 2)

    effects = driver.revoked(2)

    assert said(effects, Freed) == [Freed(incarnation=ME, task_id="t2", fence=2)]
    driver.returns(driver.child_of(1))
    assert driver.run == [1]


def test_a_grant_that_is_revoked_in_its_own_frame_never_starts(a_worker):
    driver = a_worker()
    header = driver.header()

    effects = driver.frame(a_grant(1, **header), Revoke(**header, task_id="t1", fence=1))

    assert of(effects, Run) == []
    assert [freed.fence for freed in said(effects, Freed)] == [1]


def test_a_revoked_grant_that_runs_is_told_to_end_and_cancelled(a_worker):
    driver = a_worker()
    driver.granted(1)

    assert of(driver.revoked(1), Interrupt) == [Interrupt(driver.child_of(1), 1, Why.CANCEL)]
    outcome = ends_as_told(driver, 1, Why.CANCEL)[-1]

    assert isinstance(outcome, AttemptCancelled)
    assert (outcome.error, outcome.traceback) == ("Cancelled", "where it was")


def test_one_that_does_not_mind_is_killed_after_its_grace_and_cancelled(a_worker):
    driver = a_worker()
    driver.granted(1, grace=2.0)
    child = driver.child_of(1)
    driver.revoked(1)

    assert of(driver.passes(1.9, beaten=True), KillChild) == []
    assert of(driver.passes(0.2, beaten=True), KillChild) == [KillChild(child)]
    outcome = reported(driver.happens(ChildEnded(child, KILLED)))[-1]
    assert isinstance(outcome, AttemptCancelled)
    assert outcome.error == "Cancelled, and had to be killed"


def test_beats_repeat_what_is_revoked_and_are_obeyed_once(a_worker):
    driver = a_worker()
    driver.granted(1, 2, grace=2.0)
    revoked = (Revoked("t1", 1), Revoked("t2", 2), Revoked("t77", 77))

    effects = []
    for _ in range(4):
        effects += driver.frame(VentilatorBeat(**driver.header(), revoked=revoked), after=0.4)

    assert of(effects, Interrupt) == [Interrupt(driver.child_of(1), 1, Why.CANCEL)]
    assert [freed.fence for freed in said(effects, Freed)] == [2]
    assert of(driver.passes(0.81, beaten=True), KillChild), "a repeated word must not put the end of the grace off"


@pytest.mark.parametrize("state", ["never here", "unsettled", "settled"])
def test_a_revoke_of_what_it_does_not_hold_is_ignored(a_worker, state):
    driver = a_worker()
    if state != "never here":
        driver.granted(1)
        driver.returns(driver.child_of(1))
    if state == "settled":
        driver.settled(1)

    assert driver.revoked(1) == []


def test_a_cancelled_task_is_not_told_again_when_its_time_is_over_nor_the_other_way_round(a_worker):
    driver = a_worker(slots=2)
    driver.granted(1, timeout=1.0, grace=60.0)
    driver.granted(2, timeout=5.0, grace=60.0)

    driver.revoked(2)
    effects = driver.passes(6.0, beaten=True)
    driver.revoked(1)

    assert [interrupt.fence for interrupt in of(effects, Interrupt)] == [1]
    assert driver.told == {1: Why.TIMEOUT, 2: Why.CANCEL}
    assert isinstance(ends_as_told(driver, 1, Why.TIMEOUT)[-1], AttemptTimedOut)


# --- drain -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["said", "in a beat"])
def test_a_draining_worker_says_so_and_takes_nothing_more(a_worker, how):
    driver = a_worker()
    driver.granted(1, 2)

    effects = driver.drained() if how == "said" else driver.frame(VentilatorBeat(**driver.header(), drain=True))

    assert [beat.draining for beat in said(effects, Beat)] == [True]
    assert [freed.fence for freed in said(effects, Freed)] == [2]
    assert [freed.fence for freed in said(driver.granted(3), Freed)] == [3]
    assert driver.run == [1]


def test_a_draining_worker_waits_for_what_runs_as_long_as_that_takes_and_ends(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.drained()

    assert of(driver.passes(100.0, beaten=True), KillChild) == []
    assert driver.exited is None
    driver.returns(driver.child_of(1))
    driver.passes(20.0, beaten=True)
    assert driver.exited is None, "its outcome is not settled"
    effects = driver.settled(1)

    assert said(effects)[-1] == Goodbye(incarnation=ME)
    assert effects[-1] == Exit(0)


def test_an_idle_worker_that_is_drained_ends_at_once(a_worker):
    driver = a_worker()

    assert driver.drained()[-1] == Exit(0)


def test_a_draining_worker_that_is_asked_to_stop_does_so_in_bounded_time(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.drained()
    driver.passes(30.0, beaten=True)

    driver.happens(StopAsked())

    assert of(driver.passes(9.9, beaten=True), KillChild) == []
    assert of(driver.passes(0.2, beaten=True), KillChild)


def test_what_was_told_to_end_before_a_stop_kills_it_is_not_lost(a_worker):
    driver = a_worker(slots=2)
    driver.granted(1, grace=3600.0)
    driver.granted(2)
    first, second = driver.child_of(1), driver.child_of(2)
    driver.revoked(1)
    driver.happens(StopAsked())

    assert of(driver.passes(10.1, beaten=True), KillChild) == [KillChild(first), KillChild(second)]
    assert isinstance(reported(driver.happens(ChildEnded(first, KILLED)))[-1], AttemptCancelled)
    assert isinstance(reported(driver.happens(ChildEnded(second, KILLED)))[-1], AttemptLost)


# --- what it tells meanwhile -----------------------------------------------------------------------------------------


def test_progress_is_passed_on_after_the_start(a_worker):
    driver = a_worker()
    driver.granted(1)

    effects = driver.happens(Progressed(driver.child_of(1), 0.4, "4 of 10"))

    start, progress = reported(effects)
    assert isinstance(start, AttemptStarted)
    assert isinstance(progress, AttemptProgress)
    assert (progress.fence, progress.fraction, progress.message, progress.worker) == (1, 0.4, "4 of 10", "W1")
    assert reported(driver.passes(0.9, beaten=True)) == [], "neither is sent again so soon"


def test_what_is_told_is_never_sent_again(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(Progressed(driver.child_of(1), 0.4, None))
    driver.happens(OutputRead(driver.child_of(1), "stdout", b"hello\n"))
    driver.passes(1.0, beaten=True)

    again = reported(driver.passes(30.0, beaten=True))

    assert {type(report) for report in again} == {AttemptStarted}


def test_lines_are_told_while_it_runs(a_worker):
    driver = a_worker()
    driver.granted(1)
    effects = driver.happens(OutputRead(driver.child_of(1), "stdout", b"one\ntwo\nth"), after=0.01)
    effects += driver.passes(0.2, beaten=True)

    [start, log] = reported(effects)
    assert isinstance(start, AttemptStarted)
    assert isinstance(log, AttemptLog)
    assert [(line.number, line.stream, line.text) for line in log.lines] == [(1, "stdout", "one"), (2, "stdout", "two")]
    assert log.lines[0].after == pytest.approx(0.01)


def test_everything_that_was_printed_is_reported_before_the_outcome(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.happens(OutputRead(child, "stdout", b"one\n" * 600))
    driver.happens(OutputRead(child, "stderr", b"and no end"))

    reports = reported(driver.returns(child))

    assert [type(report) for report in reports] == [AttemptStarted, AttemptLog, AttemptLog, AttemptSucceeded]
    assert reports[2].lines[-1].text == "and no end"


def test_what_a_child_printed_before_it_died_is_reported_too(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.happens(OutputRead(child, "stderr", b"Fatal Python error: Segmentation fault\n"))

    reports = reported(driver.happens(ChildEnded(child, CRASHED)))

    assert [type(report) for report in reports] == [AttemptStarted, AttemptLog, AttemptLost]


def test_frames_of_lines_are_few_however_many_lines_there_are(a_worker):
    driver = a_worker()
    driver.granted(1)
    reports = []
    for _ in range(200):
        effects = driver.happens(OutputRead(driver.child_of(1), "stdout", b"x\n"))
        reports += reported(effects + driver.passes(0.01, beaten=True))

    assert 5 <= sum(isinstance(report, AttemptLog) for report in reports) <= 9


def test_a_child_that_runs_nothing_has_nothing_to_tell(a_worker):
    driver = a_worker()

    assert driver.happens(OutputRead(1, "stdout", b"hello\n")) == []
    assert driver.happens(Progressed(1, 0.5, None)) == []


# --- further attempts ------------------------------------------------------------------------------------------------


def test_a_failure_is_reported_with_what_the_function_wants_of_further_attempts(a_worker):
    driver = a_worker()
    driver.granted(1, 2)
    first = Raised("ValueError: no", "builtins.ValueError", "…", again=False)
    second = Raised("Retry: later", "x.Retry", "…", again=True, delay=2.5)

    never = reported(driver.happens(RunEnded(driver.child_of(1), 0.1, first)))[-1]
    later = reported(driver.happens(RunEnded(driver.child_of(2), 0.1, second)))[-1]

    assert (never.again, never.delay) == (False, UNSET)
    assert (later.again, later.delay) == (True, 2.5)
