from collections.abc import Callable
from itertools import pairwise

import pytest
from msgspec import UNSET

from tests.workers.driver import ME, SOMEBODY, Driver, a_grant, of, reported, said
from wire.messages import (
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    Beat,
    Freed,
    Goodbye,
    Held,
    Hello,
    ReportKind,
    Started,
    Unsettled,
    VentilatorBeat,
)
from wire.topics import Topic
from workers.effects import Exit, KillChild, Listen, RetireChild, Run, StartChild, ToResults, Unlisten
from workers.events import ChildEnded, ChildReady, FrameHeard, Raised, RunEnded, StopAsked, Ticked
from workers.machine import KEPT_AT_MOST

KILLED = "was killed by signal 9 (SIGKILL)"
SPENT = "has run 100000 tasks"


@pytest.fixture
def a_worker() -> Callable[..., Driver]:
    """Makes workers, in touch unless wanted otherwise; their invariants are checked at every step."""
    return lambda slots=1: Driver(slots).in_touch()


# --- hello, topic, beats ---------------------------------------------------------------------------------------------


def test_a_worker_starts_a_child_for_each_slot_and_a_spare():
    driver = Driver(slots=3)

    assert driver.worker.next_deadline() == driver.now
    assert driver.happens(Ticked()) == [StartChild(1), StartChild(2), StartChild(3), StartChild(4)]


def test_it_says_hello_when_the_first_child_can_run_tasks():
    driver = Driver(slots=1)
    assert said(driver.happens(Ticked())) == []

    [hello] = said(driver.happens(ChildReady(2)))

    assert isinstance(hello, Hello)
    assert (hello.hello, hello.topic, hello.received, hello.slots, hello.name) == (1, UNSET, (0, 0), 1, "n")


def test_the_hello_is_repeated_each_second_until_a_frame_echoes_it():
    driver = Driver()
    driver.happens(Ticked())
    driver.happens(ChildReady(1))

    hellos = said(driver.passes(3.5), Hello)

    assert [hello.hello for hello in hellos] == [1, 1, 1]
    driver.assigned("W3")
    assert isinstance(driver.presence, Hello)
    assert driver.presence.topic == "W3"
    driver.beat_heard()
    assert isinstance(driver.presence, Beat)
    assert driver.worker.in_touch


def test_an_assignment_opens_the_topic_once(a_worker):
    driver = a_worker()

    assert driver.topic == "W1"
    assert driver.assigned("W1") == []


def test_an_assignment_of_somebody_elses_other_topic_is_nothing_to_us(a_worker):
    assert a_worker().assigned("W2", incarnation=SOMEBODY) == []


def test_an_assignment_of_an_older_epoch_is_not_obeyed(a_worker):
    driver = a_worker()

    assert driver.assigned("W2", epoch=driver.epoch - 1) == []
    assert driver.assigned("W1", incarnation=SOMEBODY, epoch=driver.epoch - 1) == []


def test_a_topic_given_to_somebody_else_is_closed_at_once_and_what_has_not_started_dropped(a_worker):
    driver = a_worker(slots=1)
    driver.granted(1, 2)

    effects = driver.assigned("W1", incarnation=SOMEBODY)

    assert of(effects, Unlisten) == [Unlisten()]
    [hello] = said(effects)
    assert isinstance(hello, Hello)
    assert (hello.hello, hello.topic) == (2, UNSET)
    assert hello.holds == (Held("t1", 1, started=True),)


def test_another_topic_is_taken_with_a_fresh_round(a_worker):
    driver = a_worker()
    driver.granted(1, 2)

    effects = driver.assigned("W5")

    assert effects[:2] == [Unlisten(), Listen(Topic("W5"))]
    [hello] = said(effects)
    assert (hello.hello, hello.topic, hello.received) == (2, "W5", (driver.epoch, 0))
    assert [held.fence for held in hello.holds] == [1]


def test_a_beat_each_second_tells_all_that_the_worker_has(a_worker):
    driver = a_worker(slots=2)
    driver.granted(1, 2)
    driver.granted(3)
    driver.returns(driver_child(driver, 1))

    beat = said(driver.passes(1.0, beaten=True), Beat)[0]

    assert beat.received == (driver.epoch, driver.seq)
    assert beat.holds == (Held("t2", 2, started=True), Held("t3", 3, started=True))
    assert beat.unsettled == (Unsettled("t1", 1),)
    assert not beat.draining


# --- frames ----------------------------------------------------------------------------------------------------------


def test_a_frame_runs_what_it_grants(a_worker):
    driver = a_worker()

    effects = driver.granted(1)

    assert [effect.grant.fence for effect in of(effects, Run)] == [1]
    assert said(effects) == [Started(incarnation=ME, task_id="t1", fence=1)]


@pytest.mark.parametrize(
    "wrong",
    [{"incarnation": SOMEBODY}, {"hello": 2}, {"hello": 0}, {"seq": 1}, {"epoch": 2, "seq": 99}],
    ids=str,
)
def test_a_frame_that_is_not_for_this_round_or_not_new_is_dropped(a_worker, wrong):
    driver = a_worker()
    header = driver.header() | wrong

    assert driver.frame(a_grant(1, **header)) == []
    assert driver.presence.received == (driver.epoch, 1)


def test_no_frame_is_taken_without_a_topic():
    driver = Driver()
    driver.happens(Ticked())
    driver.happens(ChildReady(1))

    assert driver.granted(1) == []


def test_a_frame_of_an_older_epoch_than_the_assignment_is_dropped(a_worker):
    driver = a_worker()
    driver.assigned("W1", epoch=driver.epoch + 1)

    assert driver.granted(1) == []

    driver.epoch += 1
    driver.seq = 0
    assert of(driver.granted(2), Run)


def test_the_same_grant_again_is_ignored_while_it_waits_runs_or_is_unsettled(a_worker):
    driver = a_worker()
    driver.granted(1, 2)
    driver.granted(1)
    driver.granted(2)
    driver.returns(driver_child(driver, 1))
    driver.granted(1)
    driver.returns(driver_child(driver, 2))

    assert driver.run == [1, 2]


def test_grants_run_oldest_first(a_worker):
    driver = a_worker()
    driver.granted(5, 4)
    driver.granted(3)
    driver.returns(driver_child(driver, 5))
    driver.returns(driver_child(driver, 4))

    assert driver.run == [5, 4, 3]


def test_a_grant_that_has_waited_half_a_second_is_handed_back(a_worker):
    driver = a_worker()
    driver.granted(1, 2)

    assert said(driver.passes(0.49), Freed) == []
    assert said(driver.passes(0.02), Freed) == [Freed(incarnation=ME, task_id="t2", fence=2)]
    driver.returns(driver_child(driver, 1))
    assert driver.run == [1]


def test_only_what_has_waited_long_enough_is_handed_back(a_worker):
    driver = a_worker()
    driver.granted(1, 2)
    driver.passes(0.3)
    driver.granted(3)

    assert [freed.fence for freed in said(driver.passes(0.25), Freed)] == [2]


def test_a_worker_is_under_load_while_something_waits(a_worker):
    driver = a_worker()
    driver.granted(1)
    assert not driver.worker.under_load
    driver.granted(2)
    assert driver.worker.under_load


# --- silence and stall -----------------------------------------------------------------------------------------------


def test_three_seconds_of_silence_drop_what_has_not_started_and_open_a_new_round(a_worker):
    driver = a_worker()
    driver.passes(2.6, beaten=True)
    driver.granted(1, 2)

    effects = driver.passes(3.0)

    [hello] = [message for message in said(effects, Hello) if message.hello == 2][:1]
    assert hello.topic == "W1"
    assert hello.received == (driver.epoch, 0)
    assert [held.fence for held in hello.holds] == [1]
    assert driver.topic == "W1"


def test_after_silence_only_frames_that_echo_the_new_hello_count(a_worker):
    driver = a_worker()
    old = driver.header()
    driver.passes(3.0)

    assert driver.frame(VentilatorBeat(**old)) == []
    assert not driver.worker.in_touch
    driver.beat_heard()
    assert driver.worker.in_touch


def test_the_ventilator_may_count_from_one_again_in_a_new_round(a_worker):
    driver = a_worker()
    for _ in range(5):
        driver.beat_heard()
    driver.passes(3.0)

    driver.seq = 0
    assert of(driver.granted(1), Run)


def test_the_hello_number_does_not_climb_while_nobody_answers(a_worker):
    driver = a_worker()

    assert {hello.hello for hello in said(driver.passes(20.0), Hello)} == {2}


def test_a_stalled_loop_opens_a_new_round_before_anything_else(a_worker):
    driver = a_worker()
    driver.granted(1, 2)
    late = driver.header()

    effects = driver.frame(a_grant(3, **late), after=3.0)

    assert of(effects, Run) == []
    assert [message.hello for message in said(effects, Hello)] == [2]
    assert driver.run == [1]


def test_what_runs_goes_on_through_a_new_round_and_is_reported(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.passes(3.1)
    driver.beat_heard()

    effects = driver.returns(driver_child(driver, 1))

    assert reported(effects)[-1].fence == 1


# --- reports ---------------------------------------------------------------------------------------------------------


def test_start_and_outcome_of_a_short_task_travel_in_one_batch(a_worker):
    driver = a_worker()
    driver.granted(1)

    effects = driver.returns(driver_child(driver, 1), ran=0.005, after=0.005)

    [sent] = of(effects, ToResults)
    assert [type(report) for report in sent.messages] == [AttemptStarted, AttemptSucceeded]
    outcome = sent.messages[1]
    assert (outcome.task_id, outcome.fence, outcome.attempt, outcome.worker) == ("t1", 1, 1, "W1")
    assert (bytes(outcome.result), outcome.ran) == (b"3", 0.005)
    assert said(effects) == [Freed(incarnation=ME, task_id="t1", fence=1, ran=0.005)]


def test_the_start_of_a_longer_task_is_told_after_20_ms(a_worker):
    driver = a_worker()
    driver.granted(1)

    assert reported(driver.passes(0.019)) == []
    assert [type(report) for report in reported(driver.passes(0.002))] == [AttemptStarted]
    assert [type(report) for report in reported(driver.returns(driver_child(driver, 1)))] == [AttemptSucceeded]


def test_an_outcome_is_sent_again_after_1_2_4_5_and_5_seconds_until_it_is_settled(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.returns(driver_child(driver, 1))
    sent_at = [driver.now]
    for _ in range(2000):
        if any(isinstance(report, AttemptSucceeded) for report in reported(driver.passes(0.01, beaten=True))):
            sent_at.append(driver.now)
        if driver.now % 0.5 < 0.01:
            driver.beat_heard()

    pauses = [round(later - sooner) for sooner, later in pairwise(sent_at)]
    assert pauses == [1, 2, 4, 5, 5]
    driver.settled(1)
    assert reported(driver.passes(6.0, beaten=True)) == []
    assert driver.presence.unsettled == ()


def test_an_outcome_is_sent_again_with_its_start_while_that_is_unsettled(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.passes(0.1)
    driver.returns(driver_child(driver, 1))

    again = reported(driver.passes(1.1, beaten=True))

    assert [type(report) for report in again] == [AttemptStarted, AttemptSucceeded]
    driver.settled(1, ReportKind.STARTED)
    assert [type(report) for report in reported(driver.passes(2.1, beaten=True))] == [AttemptSucceeded]


def test_a_settled_start_is_not_sent_again_and_its_outcome_still_is(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.passes(0.1)
    driver.settled(1, ReportKind.STARTED)

    assert reported(driver.passes(8.0, beaten=True)) == []
    assert [held.fence for held in driver.presence.holds] == [1]
    assert [type(report) for report in reported(driver.returns(driver_child(driver, 1)))] == [AttemptSucceeded]


def test_the_start_of_a_running_task_is_sent_again_until_it_is_settled(a_worker):
    driver = a_worker()
    driver.granted(1)

    starts = reported(driver.passes(8.0, beaten=True))

    assert [type(report) for report in starts] == [AttemptStarted] * 4


def test_settled_for_what_nobody_knows_changes_nothing(a_worker):
    assert a_worker().settled(77) == []


def test_everything_unsettled_is_sent_at_once_in_a_new_round(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.returns(driver_child(driver, 1))
    driver.passes(5.0)
    driver.beat_heard()

    effects = driver.happens(Ticked())

    assert [type(report) for report in reported(effects)] == [AttemptStarted, AttemptSucceeded]


def test_the_first_frame_of_a_new_epoch_is_answered_with_a_beat_and_all_that_is_unsettled(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.returns(driver_child(driver, 1))
    driver.epoch += 1
    driver.seq = 0

    assert [beat.received for beat in said(driver.beat_heard(), Beat)] == [(driver.epoch, 1)]
    assert len(reported(driver.happens(Ticked()))) == 2
    assert said(driver.beat_heard()) == []


def test_a_worker_that_was_told_of_an_epoch_names_it_and_answers_its_first_frame_at_once(a_worker):
    driver = a_worker()
    driver.assigned("W1", epoch=driver.epoch + 1)

    driver.epoch += 1
    driver.passes(1.0)
    assert driver.presence.received == (driver.epoch, 0)

    driver.seq = 0
    assert [beat.received for beat in said(driver.beat_heard(), Beat)] == [(driver.epoch, 1)]


def test_a_start_that_is_held_back_stays_so_in_a_new_round(a_worker):
    driver = a_worker()
    driver.passes(2.99)
    driver.granted(1)
    driver.assigned("W1", incarnation=SOMEBODY)
    driver.assigned("W2")
    driver.beat_heard()

    assert reported(driver.happens(Ticked())) == []
    assert [type(report) for report in reported(driver.passes(0.03))] == [AttemptStarted]


def test_a_failure_is_reported_with_its_texts(a_worker):
    driver = a_worker()
    driver.granted(1)

    effects = driver.happens(
        RunEnded(driver_child(driver, 1), 0.2, Raised("ValueError: no", "builtins.ValueError", "…"))
    )

    outcome = reported(effects)[-1]
    assert isinstance(outcome, AttemptFailed)
    assert (outcome.error, outcome.exception, outcome.traceback) == ("ValueError: no", "builtins.ValueError", "…")


def test_the_reports_of_one_sweep_are_bounded_in_bytes(a_worker):
    driver = a_worker()
    for fence in range(1, 8):
        driver.granted(fence)
        driver.returns(driver_child(driver, fence), result=b"9" * 1_000_000)

    first = reported(driver.passes(1.0, beaten=True))

    assert 0 < len([report for report in first if isinstance(report, AttemptSucceeded)]) < 7
    fences = {report.fence for report in [*first, *reported(driver.passes(3.0, beaten=True))]}
    assert fences == set(range(1, 8))


def test_nothing_more_is_started_above_the_limit_of_kept_results(a_worker):
    driver = a_worker()
    size = KEPT_AT_MOST // 30
    for fence in range(1, 31):
        driver.granted(fence)
        driver.returns(driver_child(driver, fence), result=b"9" * size)

    assert of(driver.granted(50), Run) == []
    assert [freed.fence for freed in said(driver.passes(0.6), Freed)] == [50]
    driver.settled(1)
    driver.settled(2)
    assert of(driver.granted(51), Run)


def test_nothing_more_is_started_above_the_limit_of_kept_reports(a_worker, monkeypatch):
    monkeypatch.setattr("workers.machine.KEPT_REPORTS_AT_MOST", 2)
    driver = a_worker()
    for fence in (1, 2, 3):
        driver.granted(fence)
        driver.returns(driver_child(driver, fence))

    assert of(driver.granted(4), Run) == []


# --- children --------------------------------------------------------------------------------------------------------


def test_a_child_that_dies_under_a_task_is_reported_and_replaced_at_once(a_worker):
    driver = a_worker()
    driver.granted(1, 2)

    effects = driver.happens(ChildEnded(driver_child(driver, 1), KILLED), after=0.25)

    assert [effect.grant.fence for effect in of(effects, Run)] == [2]
    assert of(effects, StartChild) == [StartChild(3)]
    lost = reported(effects)[-1]
    assert isinstance(lost, AttemptLost)
    assert (lost.error, lost.ran) == ("The child process was killed by signal 9 (SIGKILL)", 0.25)
    assert said(effects, Freed)[0].ran == 0.25


def test_a_child_that_dies_idle_is_replaced_without_a_word(a_worker):
    driver = a_worker()

    assert driver.happens(ChildEnded(2, KILLED)) == [StartChild(3)]


def test_a_child_that_was_never_there_ends_without_consequence(a_worker):
    driver = a_worker()

    assert driver.happens(ChildEnded(99, KILLED)) == []
    assert driver.happens(ChildReady(99)) == []
    assert driver.returns(99) == []


def test_children_that_end_before_they_are_ready_are_started_again_with_back_off():
    driver = Driver(slots=1)
    driver.happens(Ticked())
    started_at: list[float] = []
    for _ in range(9):
        effects = driver.happens(ChildEnded(max(driver.alive), "ended with exit code 1"))
        while not of(effects, StartChild):
            # The other one, which never comes to the end of loading, is given up meanwhile.
            effects = driver.ticks()
        started_at.append(driver.now)

    pauses = [later - sooner for sooner, later in pairwise(started_at)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_child_that_does_not_come_to_the_end_of_loading_is_given_up():
    driver = Driver(slots=1)
    driver.happens(Ticked())
    assert of(driver.passes(59.9), KillChild) == []

    effects = driver.passes(0.2)

    why = "has not loaded the task functions in time"
    assert of(effects, KillChild) == [KillChild(1, why), KillChild(2, why)]
    assert of(driver.passes(60.0), KillChild) == []
    assert driver.happens(ChildEnded(1, KILLED)) == [StartChild(3)]
    assert driver.happens(ChildEnded(2, KILLED)) == []
    assert driver.passes(1.1) == [StartChild(4)]
    driver.happens(ChildReady(3))
    # Whoever needs long comes to the end of it: the second and third have twice and four times as long.
    assert of(driver.passes(239.0), KillChild) == []
    assert of(driver.passes(2.0), KillChild) == [KillChild(4, why)]


def test_a_worker_says_how_many_of_its_slots_can_run_nothing_and_when_that_changes(a_worker):
    driver = a_worker()
    assert driver.presence.loading == 0
    assert said(driver.happens(ChildEnded(1, KILLED)), Beat) == []

    [beat] = said(driver.happens(ChildEnded(2, KILLED)), Beat)
    assert beat.loading == 1

    [beat] = said(driver.happens(ChildReady(3)), Beat)
    assert beat.loading == 0
    driver.granted(1)
    assert said(driver.happens(ChildEnded(4, KILLED)), Beat) == [], "one that runs something will be able to again"


def test_a_worker_one_of_whose_children_runs_something_says_that_the_others_hang():
    driver = Driver(slots=3)
    driver.happens(Ticked())
    [hello] = said(driver.happens(ChildReady(1)), Hello)
    driver.assigned()
    driver.beat_heard()

    driver.granted(1)
    driver.beat_heard()
    assert (hello.loading, driver.presence.loading) == (2, 2)

    [beat] = said(driver.happens(ChildReady(2)), Beat)
    assert beat.loading == 1


def test_what_a_child_says_that_was_given_up_comes_too_late():
    driver = Driver(slots=1)
    driver.happens(Ticked())
    driver.passes(60.1)

    assert driver.happens(ChildReady(1)) == []
    assert driver.hello == 1
    assert driver.happens(ChildEnded(1, KILLED)) == [StartChild(3)]


def test_children_that_end_together_are_one_failure():
    driver = Driver(slots=2)
    driver.happens(Ticked())
    for child in (1, 2, 3):
        driver.happens(ChildEnded(child, "ended with exit code 1"))

    effects = driver.ticks()

    assert effects == [StartChild(5), StartChild(6)]
    assert driver.now == 101.0


def test_a_run_makes_former_failures_forgotten(a_worker):
    driver = a_worker()
    driver.happens(ChildEnded(1, KILLED))
    driver.granted(1)
    driver.returns(driver_child(driver, 1))

    assert driver.happens(ChildEnded(3, KILLED)) == [StartChild(4)]


def test_a_spent_child_is_retired_after_its_task_and_the_spare_takes_its_slot(a_worker):
    driver = a_worker()
    driver.granted(1, 2)
    first = driver_child(driver, 1)

    effects = driver.returns(first, spent=SPENT)

    assert of(effects, RetireChild) == [RetireChild(first, SPENT)]
    assert [effect.grant.fence for effect in of(effects, Run)] == [2]
    assert of(effects, StartChild) == [StartChild(3)]
    assert isinstance(reported(effects)[-1], AttemptSucceeded)
    assert driver.happens(ChildEnded(first, "ended with exit code 0")) == []


def test_a_child_that_is_new_is_the_spare_of_those_that_have_run(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.returns(driver_child(driver, 1), spent=SPENT)
    driver.granted(2)
    warm = driver_child(driver, 2)
    driver.returns(warm)

    driver.happens(ChildReady(3))

    driver.granted(3)
    assert driver_child(driver, 3) == warm


def test_the_end_of_a_retired_child_is_no_failure_of_children(a_worker):
    driver = a_worker()
    for fence in range(1, 6):
        driver.granted(fence)
        child = driver_child(driver, fence)
        [start] = of(driver.returns(child, spent=SPENT), StartChild)
        driver.happens(ChildReady(start.child))
        driver.happens(ChildEnded(child, "ended with exit code 0"))

    assert [type(outcome) for outcome in driver.outcomes.values()] == [AttemptSucceeded] * 5
    assert of(driver.happens(ChildEnded(max(driver.alive), KILLED)), StartChild)


def test_retired_children_that_do_not_leave_are_not_joined_by_ever_more(a_worker):
    driver = a_worker()
    for fence in (1, 2):
        driver.granted(fence)
        [start] = of(driver.returns(driver_child(driver, fence), spent=SPENT), StartChild)
        driver.happens(ChildReady(start.child))
    driver.granted(3)
    third = driver_child(driver, 3)

    assert of(driver.returns(third, spent=SPENT), StartChild) == []
    assert driver.worker.next_deadline() > driver.now
    assert of(driver.happens(ChildEnded(third, "ended with exit code 0")), StartChild)


def test_a_killed_child_that_ended_its_run_in_time_is_not_retired_as_well(a_worker):
    driver = a_worker()
    driver.granted(1, timeout=1.0, grace=1.0)
    child = driver_child(driver, 1)
    driver.passes(2.1, beaten=True)
    assert driver.killed == {child}

    assert of(driver.returns(child, spent=SPENT), RetireChild) == []


# --- stopping --------------------------------------------------------------------------------------------------------


def test_an_idle_worker_that_is_asked_to_stop_says_goodbye_and_ends(a_worker):
    effects = a_worker().happens(StopAsked())

    assert said(effects)[-1] == Goodbye(incarnation=ME)
    assert effects[-1] == Exit(0)


def test_a_worker_that_never_said_hello_ends_without_a_goodbye():
    driver = Driver()
    driver.happens(Ticked())

    assert driver.happens(StopAsked()) == [Exit(0)]
    assert driver.happens(Ticked()) == []


def test_a_stopping_worker_says_so_and_hands_back_what_has_not_started(a_worker):
    driver = a_worker()
    driver.granted(1, 2)

    effects = driver.happens(StopAsked())

    assert said(effects, Beat)[0].draining
    assert said(effects, Freed) == [Freed(incarnation=ME, task_id="t2", fence=2)]
    assert said(driver.granted(3), Freed) == [Freed(incarnation=ME, task_id="t3", fence=3)]
    assert driver.exited is None


def test_a_stopping_worker_ends_once_what_ran_is_settled(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(StopAsked())
    driver.returns(driver_child(driver, 1), after=1.0)
    assert driver.exited is None

    effects = driver.settled(1)

    assert said(effects)[-1] == Goodbye(incarnation=ME)
    assert driver.exited == 0


def test_a_stopping_worker_waits_two_seconds_for_settled_and_then_leaves_without_goodbye(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(StopAsked())
    driver.returns(driver_child(driver, 1))

    effects = driver.passes(1.9)
    assert driver.exited is None
    effects += driver.passes(0.2)

    assert driver.exited == 0
    assert said(effects, Goodbye) == []


def test_what_still_runs_ten_seconds_after_the_stop_is_killed_and_lost(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(StopAsked())
    child = driver_child(driver, 1)

    assert of(driver.passes(9.9, beaten=True), KillChild) == []
    assert of(driver.passes(0.2, beaten=True), KillChild) == [KillChild(child)]
    effects = driver.happens(ChildEnded(child, KILLED))

    assert reported(effects)[-1].error == "The worker was stopped, and the task did not end within 10 s"
    assert of(effects, StartChild) == []


def test_a_child_that_dies_by_itself_while_stopping_is_reported_as_such(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(StopAsked())

    effects = driver.happens(ChildEnded(driver_child(driver, 1), KILLED))

    assert reported(effects)[-1].error == "The child process was killed by signal 9 (SIGKILL)"


def test_to_be_asked_twice_changes_no_deadline(a_worker):
    driver = a_worker()
    driver.granted(1)
    driver.happens(StopAsked())

    driver.happens(StopAsked(), after=5.0 - 2.5)

    assert of(driver.passes(7.6, beaten=True), KillChild)


def test_in_a_hurry_a_worker_ends_at_once(a_worker):
    driver = a_worker()
    driver.granted(1)

    assert driver.happens(StopAsked(hurry=True))[-1] == Exit(0)
    assert driver.happens(FrameHeard((VentilatorBeat(**driver.header()),))) == []


def driver_child(driver: Driver, fence: int) -> int:
    """The child that runs the grant with this fence."""
    return next(child for child, grant in driver.busy.items() if grant.fence == fence)
