"""What a batch of moves writes, row by row. The batch reaches the tables through `store.report` and its kin."""

from datetime import timedelta

import pytest

from backend.tasks import store
from backend.tasks.ledger import VANISHED
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Attempt, Queue, Task, Worker
from tests.support.record import X, Y, a_task, make_due
from wire.messages import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def grip(ventilator):
    a_task(1)
    return ventilator.grant_one()


def _answers(*reports):
    return [answer.value for answer in store.report(list(reports))]


def test_a_start_opens_an_attempt(grip):
    assert _answers(grip.started()) == ["APPLIED"]

    task = grip.row()
    (attempt,) = task.attempts.all()
    assert (task.status, task.attempt, task.holder, task.worker_topic) == ("RUNNING", 1, X, "W1")
    assert (attempt.number, attempt.worker, attempt.incarnation, attempt.fence) == (1, "W1", X, grip.fence)
    assert attempt.outcome is attempt.finished_at is attempt.error is None
    assert attempt.started_at == task.started_at


def test_an_outcome_ends_the_attempt_that_its_start_opened(grip):
    store.report([grip.started()])

    assert _answers(grip.succeeded(b'{"sum":3}', ran=5.0)) == ["APPLIED"]

    task = grip.row()
    (attempt,) = task.attempts.all()
    assert (task.status, task.result, task.error, task.holder) == ("FINISHED", {"sum": 3}, None, None)
    assert (attempt.outcome, attempt.finished_at) == ("SUCCEEDED", task.finished_at)
    assert attempt.started_at == task.started_at


def test_a_start_that_was_heard_late_is_put_right_by_how_long_it_ran(grip):
    store.report([grip.started()])
    heard_at = grip.row().started_at

    store.report([grip.succeeded(ran=5.0)])

    task = grip.row()
    assert task.started_at < heard_at
    assert task.finished_at - task.started_at == timedelta(seconds=5)


def test_an_outcome_that_was_heard_late_ended_when_it_had_run(grip):
    store.report([grip.started()])
    heard_at = grip.row().started_at

    store.report([grip.succeeded(ran=0.0)])

    task = grip.row()
    assert task.started_at == task.finished_at == heard_at


def test_an_outcome_may_overtake_its_start(grip):
    assert _answers(grip.succeeded(ran=2.0), grip.started()) == ["APPLIED", "DUPLICATE"]

    task = grip.row()
    (attempt,) = task.attempts.all()
    assert (task.status, task.attempt) == ("FINISHED", 1)
    assert attempt.finished_at - attempt.started_at == timedelta(seconds=2)
    assert task.started_at == attempt.started_at


def test_start_and_outcome_in_one_batch_are_one_write(grip, django_assert_num_queries):
    with django_assert_num_queries(11):  # two of them are the savepoint
        assert _answers(grip.started(), grip.succeeded(ran=2.0)) == ["APPLIED", "APPLIED"]

    (attempt,) = grip.row().attempts.all()
    assert attempt.finished_at - attempt.started_at == timedelta(seconds=2)
    assert grip.row().started_at == attempt.started_at


def test_an_absurd_duration_does_not_leave_the_calendar(grip):
    assert _answers(grip.succeeded(ran=1e300)) == ["APPLIED"]


def test_a_failure_keeps_what_was_said_of_it(grip):
    store.report([grip.failed("ValueError: no")])

    task = grip.row()
    (attempt,) = task.attempts.all()
    assert (task.status, task.reason, task.error, task.result) == ("FAILED", "ERROR", "ValueError: no", None)
    assert (attempt.outcome, attempt.error) == ("FAILED", "ValueError: no")
    assert (attempt.exception, attempt.traceback) == ("builtins.ValueError", "Traceback: no")


def test_an_error_with_characters_that_no_database_keeps_is_kept_readable(grip):
    store.report([grip.failed("before\x00after \ud800 🌬")])

    task = grip.row()
    assert task.error == task.attempts.get().error == r"before\x00after \ud800 🌬"


def test_a_loss_puts_the_task_back_and_the_third_fails_it_with_the_signal(ventilator, grip):
    store.report([grip.started(), grip.lost("killed by SIGSEGV")])
    first = grip.row()
    assert (first.status, first.reason, first.error, first.losses, first.due_at) == ("QUEUEING", None, None, 1, None)

    second = ventilator.grant_one()
    store.report([second.lost("killed by SIGSEGV")])
    row = second.row()
    assert (row.losses, row.attempt) == (2, 2)
    ended_at = row.attempts.get(number=2).finished_at
    assert row.due_at - ended_at == timedelta(seconds=1)

    make_due()
    third = ventilator.grant_one()
    store.report([third.started()])
    store.report([third.lost("killed by SIGKILL")])
    row = third.row()
    assert (row.status, row.reason, row.error, row.losses) == ("FAILED", "LOST", "killed by SIGKILL", 3)
    assert [attempt.outcome for attempt in row.attempts.all()] == ["LOST"] * 3


def test_a_success_after_losses_leaves_no_error(ventilator, grip):
    store.report([grip.started(), grip.lost()])

    store.report([ventilator.grant_one().succeeded()])

    task = grip.row()
    assert (task.status, task.reason, task.error, task.attempt, task.losses) == ("FINISHED", None, None, 2, 1)


def test_no_attempt_ends_before_it_started_though_the_clock_was_put_back(ventilator, grip, monkeypatch):
    """I12."""
    store.report([grip.started()])
    started_at = grip.row().started_at
    monkeypatch.setattr(store.engine, "now", lambda: started_at - timedelta(hours=1))

    store.lose(ventilator.epoch, X, started=frozenset(), slots=1)

    attempt = grip.row().attempts.get()
    assert attempt.outcome == "LOST"
    assert attempt.finished_at == attempt.started_at == started_at


def test_an_attempt_nobody_can_tell_of_says_so(ventilator, grip):
    store.report([grip.started()])

    store.lose(ventilator.epoch, X, started=frozenset(), slots=1)

    assert grip.row().attempts.get().error == VANISHED


@pytest.mark.parametrize("cause", [Cause.UNSENT, Cause.HANDED_BACK])
def test_a_grant_that_never_started_is_no_attempt(ventilator, grip, cause):
    store.close(ventilator.epoch, [grip.closing(cause)])

    task = grip.row()
    assert (task.status, task.holder, task.attempt, task.unstarted) == ("QUEUEING", None, 0, cause is Cause.UNSENT)
    assert not Attempt.objects.exists()


def test_two_outcomes_of_one_attempt_in_a_batch_settle_it_once(grip):
    assert _answers(grip.succeeded(), grip.failed(), grip.succeeded(), grip.lost()) == [
        "APPLIED",
        "STALE",
        "DUPLICATE",
        "STALE",
    ]
    assert grip.row().status == "FINISHED"


def test_reports_under_old_and_new_fences_in_one_batch_are_told_apart(ventilator, grip):
    store.report([grip.started(), grip.lost()])
    again = ventilator.grant_one(to=Y)

    answers = _answers(
        grip.succeeded(), again.started(), grip.started(), grip.lost(), again.failed(), grip.failed(), again.started()
    )

    assert answers == ["STALE", "APPLIED", "DUPLICATE", "DUPLICATE", "APPLIED", "STALE", "DUPLICATE"]
    assert [attempt.outcome for attempt in grip.row().attempts.all()] == ["LOST", "FAILED"]


def test_a_batch_of_many_tasks_counts_each_queue_and_worker(ventilator):
    ventilator.seat(Y, "W2")
    for place in range(12):
        a_task(place, queue="even" if place % 2 == 0 else "odd")
    grips = [ventilator.grant_one(to=X if place < 6 else Y) for place in range(12)]

    answers = store.report(
        [grip.succeeded() if place % 3 else grip.failed() for place, grip in enumerate(grips)]
        + [grips[0].failed(), grips[1].started()]
    )

    assert answers == [Answer.APPLIED] * 12 + [Answer.DUPLICATE] * 2
    assert sum(queue.finished for queue in Queue.objects.all()) == 8
    assert {w.topic: (w.succeeded, w.failed) for w in Worker.objects.all()} == {"W1": (4, 2), "W2": (4, 2)}


def test_a_row_that_is_not_as_it_was_read_is_a_fault(grip, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(store.engine, "change", lambda changes, revision: 0)
        with pytest.raises(AssertionError, match="1 moves, 0 rows changed"):
            store.report([grip.started()])

    assert grip.row().status == "QUEUEING"


def test_nothing_is_written_when_nothing_moved(grip, django_assert_num_queries):
    store.report([grip.started()])

    with django_assert_num_queries(3):  # the savepoint, and reading the row
        assert _answers(grip.started()) == ["DUPLICATE"]
    assert Task.objects.get().status == "RUNNING"


def test_a_failure_gets_the_key_of_its_kind_and_an_attempt_that_is_tried_again_gets_none(ventilator):
    grips = []
    for number in (1, 2):
        a_task(number)
        grips.append(ventilator.grant_one())
        store.report([grips[-1].failed(f"ValueError: row {number}")])
    a_task(3)
    store.report([ventilator.grant_one().failed("KeyError: no")])
    a_task(4, max_attempts=2)
    again = ventilator.grant_one()
    store.report([again.failed("ValueError: row 3")])

    first, second = (grip.row().failure_key for grip in grips)
    assert first == second is not None
    assert len(set(Task.objects.filter(status="FAILED").values_list("failure_key", flat=True))) == 2
    assert again.row().failure_key is None


def test_a_loss_for_good_gets_a_key_and_a_success_none(ventilator):
    a_task(1)
    for _ in range(3):
        make_due()
        grip = ventilator.grant_one()
        store.report([grip.lost()])
    lost = grip.row()
    a_task(2)
    other = ventilator.grant_one()
    store.report([other.succeeded()])

    assert (lost.reason, lost.failure_key is None) == ("LOST", False)
    assert other.row().failure_key is None
