"""What a result tells of how its task went."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.tasks import TaskResultStatus

from backend.demo.tasks import add
from backend.tasks import store
from backend.tasks.drafts import draft
from backend.tasks.endings import Expired, Rejected, ReportRefused, WorkerLost
from backend.tasks.interruptions import TaskCancelled, TaskTimedOut
from backend.tasks.models import Task
from tests.support.contract.tasks import answer, sleep_too_long
from tests.support.record import make_due
from tests.support.registered import registered

pytestmark = pytest.mark.django_db

READY, RUNNING, SUCCESSFUL = TaskResultStatus.READY, TaskResultStatus.RUNNING, TaskResultStatus.SUCCESSFUL


def an_add(**options):
    (row,) = store.create([draft(name="add", args=[1, 2], **options)])
    return add.get_result(row.key)


def told(result):
    """The errors, read anew."""
    result.refresh()
    return [(error.exception_class, error.traceback) for error in result.errors]


def test_each_attempt_that_failed_has_its_error_in_order(ventilator):
    result = an_add(max_attempts=5)
    for report in ("failed", "timed_out", "lost"):
        make_due()
        store.report([getattr(ventilator.grant_one(), report)()])
    make_due()
    store.report([ventilator.grant_one().succeeded()])

    assert told(result) == [
        (ValueError, "Traceback: no"),
        (TaskTimedOut, "not within 0.5 s"),
        (WorkerLost, "killed by SIGKILL"),
    ]
    assert (result.status, result.return_value, result.attempts) == (SUCCESSFUL, 3, 4)
    assert result.worker_ids == ["W1"] * 4


def test_between_two_attempts_a_result_is_ready_and_says_what_went_wrong(ventilator):
    result = an_add(max_attempts=2)
    store.report([ventilator.grant_one().failed()])

    assert [kind for kind, _ in told(result)] == [ValueError]
    assert (result.status, result.attempts, result.finished_at, result.is_finished) == (READY, 1, None, False)
    assert result.started_at == result.last_attempted_at is not None
    with pytest.raises(ValueError, match="not finished yet"):
        _ = result.return_value


def test_a_timeout_shows_where_the_function_was(ventilator):
    result = an_add()
    store.report([ventilator.grant_one().timed_out(traceback="Traceback: in sleep\n")])

    assert told(result) == [(TaskTimedOut, "Traceback: in sleep\nnot within 0.5 s")]
    assert result.status == TaskResultStatus.FAILED


def test_a_task_that_was_cancelled_says_so_whether_it_ran_or_waited(ventilator):
    waited = an_add()
    store.cancel([waited.id])
    ran = an_add()
    store.report([ventilator.grant_one().cancelled()])

    assert told(waited) == [(TaskCancelled, "Cancelled before it was started.")]
    assert (waited.attempts, waited.status) == (0, TaskResultStatus.FAILED)
    assert told(ran) == [(TaskCancelled, "cancelled")]
    assert ran.attempts == 1


def test_a_task_that_is_cancelled_between_attempts_has_both_errors(ventilator):
    result = an_add(max_attempts=2)
    store.report([ventilator.grant_one().failed()])
    store.cancel([result.id])

    assert [kind for kind, _ in told(result)] == [ValueError, TaskCancelled]


def test_a_task_that_expired_says_so(ventilator):
    result = an_add(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    store.tend(ventilator.epoch)

    assert told(result) == [(Expired, "It expired before it was started.")]
    assert result.finished_at is not None


def test_a_task_that_was_rejected_says_why():
    Task.objects.create(
        key="mine",
        digest="",
        name="gone",
        path="shop.tasks.gone",
        args=[],
        kwargs={},
        queue="default",
        priority=0,
        status="FAILED",
        reason="REJECTED",
        error="There is no task function named 'gone'.",
        created_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
    )

    assert told(add.get_backend().get_result("mine")) == [(Rejected, "There is no task function named 'gone'.")]


def test_a_refused_report_says_what_was_wrong_with_it(ventilator):
    result = an_add()
    grip = ventilator.grant_one()
    store.refuse(task_id=grip.task_id, fence=grip.fence, incarnation=grip.holder, worker="W1", why="unreadable")

    assert told(result) == [(ReportRefused, "the worker's report was refused: unreadable")]


def test_a_further_round_goes_on_with_what_the_task_has(ventilator):
    result = an_add()
    store.report([ventilator.grant_one().failed()])
    result.refresh()
    first_started = result.started_at
    store.retry([result.id])

    result.refresh()
    assert (result.status, result.attempts, result.finished_at) == (READY, 1, None)
    assert result.started_at == first_started

    grip = ventilator.grant_one()
    store.report([grip.started()])
    result.refresh()
    assert (result.status, result.attempts) == (RUNNING, 2)
    assert result.last_attempted_at > first_started == result.started_at

    store.report([grip.succeeded()])
    assert [kind for kind, _ in told(result)] == [ValueError]
    assert (result.status, result.return_value) == (SUCCESSFUL, 3)


def test_a_result_without_a_value_is_none_only_when_it_succeeded(ventilator):
    result = an_add()
    store.report([ventilator.grant_one().succeeded(b"null")])
    result.refresh()

    assert result.return_value is None


def test_the_task_of_a_result_is_as_it_was_asked_for():
    task: Any = an_add(max_attempts=4, timeout=2.5, queue="mail", priority=9).task

    assert (task.max_attempts, task.timeout, task.queue_name, task.priority) == (4, 2.5, "mail", 9)
    assert task != add


def test_a_task_function_with_limits_of_its_own_is_the_task_of_its_result():
    with registered("tests.support.contract"):
        for function in (sleep_too_long, answer):
            assert function.get_result(function.enqueue().id).task == function
