"""The helpers for tests of code that enqueues tasks."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.tasks import TaskResultStatus, default_task_backend
from django.test import override_settings
from django.utils import timezone

from backend.demo.tasks import add, divide, echo
from backend.tasks import store, testing
from backend.tasks.endings import Expired
from backend.tasks.models import Task
from backend.tasks.testing import TooManyAttempts, assert_enqueued, drain, enqueued, inline
from tests.support.contract.tasks import (
    answer,
    answer_later,
    come_back,
    enqueue_another,
    enqueue_without_end,
    expire_soon,
    fail,
    fail_as_asked,
    fail_with_an_error_inside,
    interrupt,
    leave_by_system_exit,
    own_id,
    return_what_json_can_have,
    return_what_json_has_not,
    succeed_the_third_time,
    whole_context,
)
from tests.support.record import check_record
from tests.support.registered import registered

pytestmark = pytest.mark.django_db

FAILED, READY, SUCCESSFUL = TaskResultStatus.FAILED, TaskResultStatus.READY, TaskResultStatus.SUCCESSFUL


@pytest.fixture(autouse=True)
def contract():
    with registered("tests.support.contract"):
        yield
    check_record()


@pytest.fixture(params=["drained", "inline"])
def run(request):
    """Enqueue a task and have it run, in each of the two ways; its result then."""

    def drained(task, *args):
        result = task.enqueue(*args)
        assert [found.id for found in drain()] == [result.id]
        result.refresh()
        return result

    def at_once(task, *args):
        with inline():
            return task.enqueue(*args)

    return drained if request.param == "drained" else at_once


@pytest.mark.parametrize("function", [answer, answer_later], ids=["sync", "async"])
def test_a_task_runs_and_its_result_is_there(run, function):
    result = run(function)

    assert (result.status, result.return_value, result.attempts, result.errors) == (SUCCESSFUL, 42, 1, [])
    assert result.enqueued_at <= result.started_at <= result.finished_at
    assert function.get_result(result.id).return_value == 42


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [(fail, ValueError, "this task failed"), (leave_by_system_exit, SystemExit, "this task left")],
)
def test_whatever_a_function_raises_is_its_failure(run, function, kind, message):
    result = run(function)

    (error,) = result.errors
    assert (result.status, result.is_finished, error.exception_class) == (FAILED, True, kind)
    assert error.traceback.endswith(f"{kind.__name__}: {message}\n")
    assert result.started_at <= result.finished_at
    with pytest.raises(ValueError, match="Task failed"):
        _ = result.return_value


def test_an_error_with_an_error_inside_is_told_whole(run):
    (error,) = run(fail_with_an_error_inside).errors

    assert error.exception_class is ValueError
    assert 'ValueError(ValueError("this task failed"))' in error.traceback


def test_a_result_that_json_has_no_form_for_is_a_failure(run):
    result = run(return_what_json_has_not)

    (error,) = result.errors
    assert (result.status, result._return_value, error.exception_class) == (FAILED, None, TypeError)
    assert "Unsupported type" in error.traceback


def test_a_result_is_as_json_gives_it_back(run):
    assert run(return_what_json_can_have).return_value == {"bytes": "text", "tuple": [1, 2]}


def test_an_interrupted_test_ends():
    interrupt.enqueue()

    with pytest.raises(KeyboardInterrupt):
        drain()


def test_a_function_is_told_of_its_task(run):
    result = run(own_id)
    told = run(whole_context)

    assert result.return_value == result.id
    assert told.return_value == {
        "id": told.id,
        "attempt": 1,
        "attempts": 1,
        "status": "RUNNING",
        "path": whole_context.module_path,
    }


def test_failed_attempts_follow_without_waiting(run, tmp_path):
    path = tmp_path / "attempts"

    result = run(succeed_the_third_time, str(path))

    assert (result.status, result.return_value, result.attempts) == (SUCCESSFUL, 3, 3)
    assert [error.exception_class for error in result.errors] == [LookupError, LookupError]
    assert [line.split()[0] for line in path.read_text().splitlines()] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("kinds", "calls", "status"),
    [
        (["IndexError", "IndexError"], 3, SUCCESSFUL),
        (["IndexError", "KeyError"], 2, FAILED),
        (["ValueError"], 1, FAILED),
        (["IndexError"] * 9, 5, FAILED),
    ],
)
def test_errors_are_retried_as_the_function_asks(run, tmp_path, kinds, calls, status):
    path = tmp_path / "calls"

    assert run(fail_as_asked, str(path), kinds).status == status
    assert len(path.read_text().splitlines()) == calls


def test_an_attempt_that_becomes_due_while_it_is_looked_for_follows_too(tmp_path, monkeypatch):
    """On a busy machine its delay may pass between two statements."""
    looked = testing._next

    def late(until):
        moment = looked(until)
        while moment is not None and store.engine.now() <= moment:
            time.sleep(0.01)
        return moment

    monkeypatch.setattr(testing, "_next", late)
    result = fail_as_asked.enqueue(str(tmp_path / "calls"), ["IndexError"] * 9)

    drain()

    result.refresh()
    assert result.status == FAILED


def test_a_function_that_asks_for_another_attempt_chooses_when(run, tmp_path):
    result = run(come_back, str(tmp_path / "attempts"), 3600.0)

    assert (result.status, result.attempts) == (SUCCESSFUL, 2)
    assert result.last_attempted_at - result.started_at >= timedelta(hours=1)


def test_django_is_told_of_each_attempt(caplog):
    with caplog.at_level("DEBUG", logger="django.tasks"):
        right, wrong = answer.enqueue(), fail.enqueue()
        drain()

    for result, level, state in ((right, "INFO", "SUCCESSFUL"), (wrong, "ERROR", "FAILED")):
        records = [record for record in caplog.records if result.id in record.message]
        assert [record.levelname for record in records] == ["DEBUG", "INFO", level]
        for record, words in zip(records, ("enqueued", "state=RUNNING", f"state={state}"), strict=True):
            assert words in record.message
    assert "this task failed" in caplog.text


def test_django_is_told_of_the_end_once_though_there_were_three_attempts(caplog, tmp_path):
    with caplog.at_level("INFO", logger="django.tasks"):
        succeed_the_third_time.enqueue(str(tmp_path / "attempts"))
        drain()

    states = [record.message.rpartition("state=")[2] for record in caplog.records if record.name == "django.tasks"]
    assert states == ["RUNNING"] * 3 + ["SUCCESSFUL"]


def test_what_is_scheduled_waits_until_the_clock_is_moved_there():
    now = timezone.now()
    later = add.using(run_after=now + timedelta(hours=1)).enqueue(1, 2)
    last = add.using(run_after=now + timedelta(hours=3)).enqueue(3, 4)

    assert drain() == []
    (result,) = drain(until=now + timedelta(hours=2))

    assert (result.id, result.status, result.return_value) == (later.id, SUCCESSFUL, 3)
    assert Task.objects.filter(key=later.id, started_at__gte=now + timedelta(hours=1)).exists()
    assert [waiting.id for waiting in enqueued()] == [last.id]


def test_what_is_not_started_in_time_expires():
    result = expire_soon.enqueue()
    Task.objects.filter(key=result.id).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert drain() == []
    result.refresh()
    assert [error.exception_class for error in result.errors] == [Expired]


def test_what_expires_on_the_way_to_a_moment_has_expired_there():
    blocked = expire_soon.using(queue_name="paused").enqueue()
    with store.transaction():
        store.engine.pause("paused", None, timezone.now())

    drain(until=timezone.now() + timedelta(minutes=1))

    blocked.refresh()
    assert blocked.status == FAILED


def test_priorities_go_first():
    keys = [echo.using(priority=priority).enqueue(priority).id for priority in (0, 5, 5, -1)]

    assert [result.id for result in drain()] == [keys[1], keys[2], keys[0], keys[3]]


def test_what_a_task_enqueues_runs_too():
    result = enqueue_another.enqueue(2)

    assert [found.args for found in drain()] == [[2], [1], [0]]
    assert result.task.get_result(result.id).status == SUCCESSFUL

    with inline():
        assert enqueue_another.enqueue(2).status == SUCCESSFUL
    assert enqueued() == []


def test_tasks_without_an_end_are_given_up():
    enqueue_without_end.enqueue()

    with pytest.raises(TooManyAttempts, match=r"20 attempts and still something to run: .*enqueue_without_end"):
        drain(most=20)


def test_inline_puts_back_what_was_there():
    with inline():
        assert add.enqueue(1, 2).return_value == 3
    assert add.enqueue(1, 2).status == READY


def test_inline_leaves_other_backends_alone():
    other = {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}
    with (
        override_settings(
            TASKS={"default": {"BACKEND": "backend.tasks.backend.ZondaBackend", "QUEUES": []}, "no": other}
        ),
        inline(),
    ):
        assert add.enqueue(1, 2).status == SUCCESSFUL
        assert add.using(backend="no").enqueue(1, 2).status == READY


def test_many_at_once_run_inline():
    zonda: Any = default_task_backend
    with inline():
        results = zonda.enqueue_many([(add, (n, n), {}) for n in range(3)])

    assert [result.return_value for result in results] == [0, 2, 4]


def test_what_is_enqueued_in_a_transaction_can_be_run_in_it():
    with transaction.atomic():
        result = add.enqueue(1, 2)
        drain()
        result.refresh()

    assert result.return_value == 3


def test_what_waits_is_told_and_found():
    result = add.using(priority=3).enqueue(1, b=2)
    other = divide.enqueue(4, 2)

    assert enqueued() == [result, other]
    assert enqueued(divide) == [other]
    assert enqueued(answer) == []
    for found in (
        assert_enqueued(add, 1, 2),
        assert_enqueued(add, b=2, a=1),
        assert_enqueued(add.using(priority=3), 1, 2),
    ):
        assert found == result


@pytest.mark.parametrize(
    ("task", "args"),
    [(add, (1, 3)), (add.using(priority=4), (1, 2)), (add.using(queue_name="mail"), (1, 2)), (divide, (1, 2))],
    ids=["arguments", "priority", "queue", "function"],
)
def test_what_does_not_wait_fails_the_test_and_says_what_does(task, args):
    add.using(priority=3).enqueue(1, b=2)

    with pytest.raises(AssertionError) as failed:
        assert_enqueued(task, *args)

    waiting = "backend.demo.tasks.add(1, b=2) in queue default, priority 3"
    assert str(failed.value).endswith(f" does not wait. What waits:\n{waiting}")


def test_when_nothing_waits_the_test_is_told_so():
    with pytest.raises(AssertionError, match=r"What waits:\nnothing$"):
        assert_enqueued(add, 1, 2)


def test_the_example_of_the_readme_runs(tmp_path, monkeypatch):
    text = (Path(__file__).parents[3] / "README.md").read_text()
    (example,) = re.findall(r"```python\n(from backend\.tasks\.testing .*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}

    exec(example, names)  # noqa: S102
    for name, test in names.items():
        if name.startswith("test_"):
            test(None)

    assert sum(name.startswith("test_") for name in names) == 2
