"""Every pair of stage and cause is legal or refused, and what each legal one does to the whole state."""

import pytest
from msgspec.structs import replace

from backend.tasks.lifecycle import (
    MAX_LOSSES,
    MAX_UNSTARTED,
    MOVES,
    OUTCOMES,
    REPORTED,
    Cause,
    IllegalMove,
    Outcome,
    Reason,
    Stage,
    Status,
    TaskState,
    granted,
    judge,
    moved,
    pause_after_loss,
    pause_before_retry,
    settled_cause,
)
from wire.messages import Answer, ReportKind

X, Y = "incarnation-x", "incarnation-y"

FOR_GOOD = [(Cause.FAILED, Cause.FAILED_FOR_GOOD), (Cause.TIMED_OUT, Cause.TIMED_OUT_FOR_GOOD)]

WAITING = TaskState()
GRANTED = TaskState(fence=7, holder=X)
RUNNING = TaskState(Status.RUNNING, fence=7, holder=X, attempt=1)
FAILED = TaskState(Status.FAILED, Reason.ERROR, fence=7, attempt=1, tries=1)
FINISHED = TaskState(Status.FINISHED, fence=7, attempt=1, tries=1)
IN_STAGE = {
    Stage.WAITING: WAITING,
    Stage.GRANTED: GRANTED,
    Stage.RUNNING: RUNNING,
    Stage.FAILED: FAILED,
    Stage.FINISHED: FINISHED,
}


def ended(reason: Reason, *, tries: int = 0, losses: int = 0) -> TaskState:
    return TaskState(Status.FAILED, reason, fence=7, attempt=1, tries=tries, losses=losses)


AFTER_AN_ATTEMPT = {
    Cause.SUCCEEDED: FINISHED,
    Cause.FAILED: TaskState(fence=7, attempt=1, tries=1),
    Cause.FAILED_FOR_GOOD: FAILED,
    Cause.TIMED_OUT: TaskState(fence=7, attempt=1, tries=1),
    Cause.TIMED_OUT_FOR_GOOD: ended(Reason.TIMEOUT, tries=1),
    Cause.LOST: TaskState(fence=7, attempt=1, losses=1),
    Cause.LOST_FOR_GOOD: ended(Reason.LOST, losses=1),
    Cause.LOST_CANCELLED: ended(Reason.CANCELLED, losses=1),
    Cause.CANCELLED: ended(Reason.CANCELLED),
}
AFTER = {
    **{(stage, cause): state for stage in (Stage.GRANTED, Stage.RUNNING) for cause, state in AFTER_AN_ATTEMPT.items()},
    (Stage.WAITING, Cause.CANCEL_ASKED): TaskState(Status.FAILED, Reason.CANCELLED),
    (Stage.WAITING, Cause.EXPIRED): TaskState(Status.FAILED, Reason.EXPIRED),
    (Stage.GRANTED, Cause.STARTED): RUNNING,
    (Stage.GRANTED, Cause.UNSENT): TaskState(fence=7, unstarted=1),
    (Stage.GRANTED, Cause.HANDED_BACK): TaskState(fence=7),
    (Stage.GRANTED, Cause.WITHDRAWN): TaskState(Status.FAILED, Reason.CANCELLED, fence=7),
    (Stage.GRANTED, Cause.CANCEL_ASKED): replace(GRANTED, cancelling=True),
    (Stage.RUNNING, Cause.CANCEL_ASKED): replace(RUNNING, cancelling=True),
    (Stage.FAILED, Cause.RETRIED): TaskState(fence=7, attempt=1, round=2),
    (Stage.FINISHED, Cause.RETRIED): TaskState(fence=7, attempt=1, round=2),
}


@pytest.mark.parametrize("state", IN_STAGE.values(), ids=lambda state: state.stage.name)
@pytest.mark.parametrize("cause", Cause)
def test_every_pair_of_stage_and_cause_is_legal_or_refused(state, cause):
    expected = AFTER.get((state.stage, cause))

    if expected is None:
        with pytest.raises(IllegalMove, match=f"{cause} cannot happen to a task that is {state.stage.name}"):
            moved(state, cause)
    else:
        assert moved(state, cause) == expected


def test_the_table_has_exactly_the_legal_pairs():
    assert set(MOVES) == {*AFTER, (Stage.WAITING, Cause.GRANTED)}


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_is_that_of_its_state(stage):
    assert IN_STAGE[stage].stage is stage


def test_a_waiting_task_is_granted_under_a_new_fence():
    assert granted(WAITING, fence=7, holder=X) == GRANTED


@pytest.mark.parametrize("state", [GRANTED, RUNNING, FAILED, FINISHED], ids=lambda state: state.stage.name)
def test_only_a_waiting_task_is_granted(state):
    with pytest.raises(IllegalMove, match="granted cannot happen"):
        granted(state, fence=8, holder=Y)


@pytest.mark.parametrize("fence", [6, 7])
def test_a_fence_is_never_used_twice(fence):
    with pytest.raises(IllegalMove):
        granted(TaskState(fence=7), fence=fence, holder=Y)


def test_a_second_attempt_counts_on():
    lost = moved(RUNNING, Cause.LOST)

    running = moved(granted(lost, fence=8, holder=Y), Cause.STARTED)

    assert (running.attempt, running.losses, running.holder) == (2, 1, Y)


@pytest.mark.parametrize(("losses", "cause"), [(0, Cause.LOST), (1, Cause.LOST), (2, Cause.LOST_FOR_GOOD)])
def test_the_third_loss_is_for_good(losses, cause):
    assert MAX_LOSSES == 3
    for state in (TaskState(fence=7, holder=X, losses=losses), TaskState(Status.RUNNING, None, 7, X, 1, losses)):
        assert settled_cause(state, Cause.LOST) is cause


@pytest.mark.parametrize("cause", [Cause.UNSENT, Cause.HANDED_BACK])
def test_what_closes_a_running_attempt_loses_it(cause):
    assert settled_cause(RUNNING, cause) is Cause.LOST


def test_the_twentieth_unstarted_grant_in_a_row_is_a_loss():
    assert MAX_UNSTARTED == 20
    assert settled_cause(TaskState(fence=7, holder=X, unstarted=18), Cause.UNSENT) is Cause.UNSENT
    assert settled_cause(TaskState(fence=7, holder=X, unstarted=19), Cause.UNSENT) is Cause.LOST
    assert settled_cause(TaskState(fence=7, holder=X, losses=2, unstarted=19), Cause.UNSENT) is Cause.LOST_FOR_GOOD


def test_a_hand_back_never_counts():
    state = TaskState(fence=7, holder=X, unstarted=19)

    assert settled_cause(state, Cause.HANDED_BACK) is Cause.HANDED_BACK
    assert moved(state, Cause.HANDED_BACK) == TaskState(fence=7, unstarted=19)


@pytest.mark.parametrize("cause", [Cause.STARTED, Cause.LOST])
def test_whatever_starts_clears_the_count_of_unstarted_grants(cause):
    assert moved(TaskState(fence=7, holder=X, unstarted=19), cause).unstarted == 0


@pytest.mark.parametrize("cause", [Cause.STARTED, Cause.SUCCEEDED, Cause.CANCELLED])
def test_other_causes_stay_what_they_are(cause):
    assert settled_cause(GRANTED, cause) is cause


@pytest.mark.parametrize(("cause", "for_good"), FOR_GOOD)
def test_an_attempt_that_ends_by_itself_leads_to_another_while_there_are_tries_left(cause, for_good):
    for state in (GRANTED, RUNNING):
        assert settled_cause(replace(state, max_attempts=3, tries=1), cause) is cause
        assert settled_cause(replace(state, max_attempts=3, tries=2), cause) is for_good
        assert settled_cause(state, cause) is for_good


@pytest.mark.parametrize(("cause", "for_good"), FOR_GOOD)
def test_a_failure_that_no_further_attempt_would_help_is_for_good(cause, for_good):
    assert settled_cause(replace(RUNNING, max_attempts=3), cause, again=False) is for_good


@pytest.mark.parametrize(("cause", "for_good"), [*FOR_GOOD, (Cause.LOST, Cause.LOST_CANCELLED)])
def test_a_task_that_was_cancelled_gets_no_further_attempt(cause, for_good):
    assert settled_cause(replace(RUNNING, max_attempts=3, cancelling=True), cause) is for_good


@pytest.mark.parametrize("cause", [Cause.UNSENT, Cause.HANDED_BACK])
def test_a_grant_of_a_cancelled_task_that_comes_back_unstarted_is_withdrawn(cause):
    assert settled_cause(replace(GRANTED, cancelling=True), cause) is Cause.WITHDRAWN
    assert settled_cause(replace(RUNNING, cancelling=True), cause) is Cause.LOST_CANCELLED


def test_what_a_cancelled_task_returns_first_stands():
    state = moved(moved(RUNNING, Cause.CANCEL_ASKED), Cause.SUCCEEDED)

    assert (state.status, state.reason, state.cancelling) == (Status.FINISHED, None, True)


def test_a_round_opened_by_hand_counts_afresh_and_numbers_its_attempts_on():
    spent = TaskState(Status.FAILED, Reason.LOST, fence=9, attempt=5, losses=3, unstarted=4, tries=2, max_attempts=3)

    fresh = moved(replace(spent, cancelling=True), Cause.RETRIED)

    assert fresh == TaskState(fence=9, attempt=5, max_attempts=3, round=2)
    assert moved(granted(fresh, fence=10, holder=Y), Cause.STARTED).attempt == 6


@pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind in REPORTED])
@pytest.mark.parametrize("state", [GRANTED, RUNNING], ids=lambda state: state.stage.name)
def test_a_report_under_the_current_fence_and_holder_applies(kind, state):
    answer, cause = judge(replace(state, max_attempts=2), kind, 7, X, None)

    if (kind, state) == (ReportKind.STARTED, RUNNING):
        assert (answer, cause) == (Answer.DUPLICATE, None)
    else:
        assert (answer, cause) == (Answer.APPLIED, REPORTED[kind])


@pytest.mark.parametrize("kind", [ReportKind.PROGRESS, ReportKind.LOG])
def test_what_a_running_attempt_tells_counts_only_under_the_current_fence_and_holder_and_moves_nothing(kind):
    for state in (GRANTED, RUNNING):
        assert judge(state, kind, 7, X, None) == (Answer.APPLIED, None)
        assert judge(state, kind, 6, X, None) == (Answer.STALE, None)
        assert judge(state, kind, 7, Y, None) == (Answer.STALE, None)
    assert judge(FINISHED, kind, 7, X, Outcome.SUCCEEDED) == (Answer.STALE, None)


def test_a_failure_is_judged_by_what_it_says_of_further_attempts():
    state = replace(RUNNING, max_attempts=2)

    assert judge(state, ReportKind.FAILED, 7, X, None, again=False) == (Answer.APPLIED, Cause.FAILED_FOR_GOOD)


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize(("fence", "holder"), [(6, X), (8, X), (7, Y)])
@pytest.mark.parametrize("state", [GRANTED, RUNNING], ids=lambda state: state.stage.name)
def test_a_report_under_another_fence_or_holder_changes_nothing(kind, fence, holder, state):
    assert judge(state, kind, fence, holder, None) == (Answer.STALE, None)


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize("state", [WAITING, FAILED, FINISHED], ids=lambda state: state.stage.name)
def test_a_report_of_a_closed_grant_changes_nothing(kind, state):
    assert judge(state, kind, 7, X, None) == (Answer.STALE, None)


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize("ended", Outcome)
def test_a_report_that_says_what_is_written_is_a_duplicate_and_any_other_is_stale(kind, ended):
    same = kind is ReportKind.STARTED or (kind in REPORTED and OUTCOMES.get(REPORTED[kind]) is ended)

    for state in (FINISHED, FAILED, WAITING, TaskState(fence=8, holder=Y, attempt=1)):
        assert judge(state, kind, 7, X, ended) == (Answer.DUPLICATE if same else Answer.STALE, None)


def test_a_third_loss_is_judged_for_good():
    third = TaskState(Status.RUNNING, fence=7, holder=X, attempt=3, losses=2)

    assert judge(third, ReportKind.LOST, 7, X, None) == (Answer.APPLIED, Cause.LOST_FOR_GOOD)


def test_the_first_loss_has_no_pause_and_the_next_ones_have_growing_ones():
    assert [pause_after_loss(losses) for losses in (0, 1, 2, 3, 4)] == [0, 0, 1, 2, 4]


def test_each_try_is_put_off_twice_as_long_as_the_one_before_more_or_less():
    assert [pause_before_retry(3.0, tries, 0.5) for tries in (1, 2, 3)] == [3.0, 6.0, 12.0]
    assert pause_before_retry(10.0, 1, 0.0) == pytest.approx(8.5)
    assert pause_before_retry(10.0, 1, 1.0) == pytest.approx(11.5)


def test_no_try_is_put_off_for_ever_however_many_there_were():
    assert pause_before_retry(1.0, 1_000, 0.5) == 3600.0
    assert pause_before_retry(0.0, 1_000, 0.5) == 0.0
