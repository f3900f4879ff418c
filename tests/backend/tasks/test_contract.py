"""What Django's own tests of its Tasks framework hold every backend to, held to here."""

import dataclasses
import pickle
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import checks
from django.db import transaction
from django.tasks import DEFAULT_TASK_QUEUE_NAME, TaskResultStatus, default_task_backend, task, task_backends
from django.tasks.exceptions import InvalidTask, InvalidTaskBackend, TaskResultDoesNotExist, TaskResultMismatch
from django.test import override_settings
from django.utils import timezone
from django.utils.module_loading import import_string

from backend.tasks import store
from backend.tasks.backend import ZondaBackend
from backend.tasks.task import ZondaTask
from tests.support.contract.tasks import answer, answer_later, fail, nothing, nothing_later, own_id
from tests.support.registered import registered

pytestmark = pytest.mark.django_db

ZONDA = "backend.tasks.backend.ZondaBackend"
DECORATOR: Any = task
BOTH = pytest.mark.parametrize("function", [nothing, nothing_later], ids=["sync", "async"])


@pytest.fixture(autouse=True)
def contract():
    with registered("tests.support.contract"):
        yield


def test_the_default_backend_is_the_one_of_the_settings():
    assert default_task_backend == task_backends["default"]
    assert isinstance(task_backends["default"], ZondaBackend)
    assert (default_task_backend.alias, default_task_backend.options) == ("default", {})


def test_every_form_of_the_decorator_makes_a_task():
    assert all(isinstance(made, ZondaTask) for made in (nothing, nothing_later, answer))


@BOTH
def test_an_enqueued_task_has_what_it_was_given(function):
    result = function.enqueue(1, two=3)

    assert (result.status, result.is_finished) == (TaskResultStatus.READY, False)
    assert result.started_at is result.last_attempted_at is result.finished_at is None
    assert (result.task, result.args, result.kwargs, result.attempts) == (function, [1], {"two": 3}, 0)
    with pytest.raises(ValueError, match="Task has not finished yet"):
        _ = result.return_value


@BOTH
def test_async_code_enqueues_the_same(function):
    result = async_to_sync(function.aenqueue)(1, two=3)

    assert (result.status, result.task, result.args, result.kwargs) == (
        TaskResultStatus.READY,
        function,
        [1],
        {"two": 3},
    )


def test_the_backend_itself_enqueues_and_reads_in_sync_and_async_code():
    result = default_task_backend.enqueue(answer, [], {})
    later = async_to_sync(default_task_backend.aenqueue)(answer, [], {})

    assert default_task_backend.get_result(result.id) == result
    assert async_to_sync(default_task_backend.aget_result)(later.id) == later


def test_arguments_without_a_json_form_are_a_type_error():
    with pytest.raises(TypeError, match="Unsupported type"):
        nothing.enqueue(datetime.now())  # noqa: DTZ005
    with pytest.raises(TypeError, match="Unsupported type"):
        async_to_sync(nothing.aenqueue)(datetime.now())  # noqa: DTZ005


def test_using_changes_a_copy():
    now = timezone.now()

    changed = nothing.using(priority=1, queue_name="queue_1", run_after=now)

    assert (changed.priority, changed.queue_name, changed.run_after) == (1, "queue_1", now)
    assert (nothing.priority, nothing.queue_name, nothing.run_after) == (0, DEFAULT_TASK_QUEUE_NAME, None)
    assert nothing.using() == nothing
    assert nothing.using() is not nothing


def test_using_after_using_keeps_what_was_chosen_before():
    now = timezone.now()
    later = nothing.using(run_after=now)

    assert (later.using(priority=10).priority, later.using(priority=10).run_after) == (10, now)
    assert later.priority == 0


@override_settings(TASKS={"default": {"BACKEND": ZONDA, "QUEUES": []}, "missing": {"BACKEND": "does.not.exist"}})
def test_a_backend_that_is_not_there_is_named():
    with pytest.raises(InvalidTaskBackend, match=r"The connection 'unknown' doesn't exist\."):
        nothing.using(backend="unknown")
    with pytest.raises(InvalidTaskBackend, match=r"Could not find backend 'does\.not\.exist': No module named 'does'"):
        nothing.using(backend="missing")


@override_settings(TASKS={})
def test_without_a_backend_nothing_is_enqueued():
    with pytest.raises(InvalidTaskBackend):
        nothing.enqueue()


def test_a_due_time_needs_a_time_zone():
    with pytest.raises(InvalidTask, match=r"run_after must be an aware datetime\."):
        nothing.using(run_after=datetime.now())  # noqa: DTZ005


@pytest.mark.parametrize("priority", [-101, 101, 3.1])
def test_a_priority_is_a_whole_number_from_minus_100_to_100(priority):
    with pytest.raises(InvalidTask, match=r"priority must be a whole number between -100 and 100\."):
        nothing.using(priority=priority)

    assert [nothing.using(priority=fine).priority for fine in (100, -100, 0)] == [100, -100, 0]


@override_settings(
    TASKS={"default": {"BACKEND": ZONDA, "QUEUES": ["queue-1"]}, "any": {"BACKEND": ZONDA, "QUEUES": []}}
)
def test_a_queue_that_the_settings_do_not_name_is_refused():
    with pytest.raises(InvalidTask, match=r"Queue 'queue-2' is not valid for backend\."):
        nothing.using(queue_name="queue-2")

    assert nothing.using(queue_name="queue-2", backend="any").queue_name == "queue-2"


@BOTH
def test_a_task_is_checked_again_when_it_is_enqueued(function):
    elsewhere = function.using(queue_name="unknown")

    with override_settings(TASKS={"default": {"BACKEND": ZONDA, "QUEUES": ["queue-1"]}}):
        for enqueue in (elsewhere.enqueue, async_to_sync(elsewhere.aenqueue)):
            with pytest.raises(InvalidTask, match="Queue 'unknown' is not valid for backend"):
                enqueue()


def test_a_result_whose_queue_the_settings_no_longer_name_is_read_all_the_same():
    result = nothing.using(queue_name="before").enqueue()

    with override_settings(TASKS={"default": {"BACKEND": ZONDA, "QUEUES": ["default"]}}):
        assert nothing.get_result(result.id).task.queue_name == "before"


@pytest.mark.parametrize("name", ["Mail", "", "a b", "x" * 65, "é"])
def test_a_queue_name_that_no_queue_can_have_is_refused_where_the_task_is_made(name):
    with pytest.raises(InvalidTask, match=r"must have 1 to 64 characters of a-z 0-9 \. _ -"):
        nothing.using(queue_name=name)


def test_only_functions_of_a_module_are_tasks():
    def inside() -> None: ...

    for invalid in (any, inside, lambda: None):
        with pytest.raises(InvalidTask, match=r"Task function must be defined at a module level\."):
            task()(invalid)


def test_a_function_that_takes_the_context_has_it_first():
    with pytest.raises(InvalidTask, match="does not have a first argument of 'context'"):
        task(takes_context=True)(answer.func)

    assert own_id.takes_context


def test_the_decorator_takes_no_due_time():
    with pytest.raises(TypeError, match="run_after cannot be defined statically"):
        DECORATOR(run_after=timezone.now())(answer.func)


def test_a_task_can_be_called_without_any_queue():
    for function in (answer, answer_later):
        assert function.call() == async_to_sync(function.acall)() == 42


def test_a_task_has_the_name_and_the_path_of_its_function():
    for function, name in ((nothing, "nothing"), (nothing_later, "nothing_later")):
        assert (function.name, function.module_path) == (name, f"tests.support.contract.tasks.{name}")
        assert import_string(function.module_path) is function


def test_a_result_that_did_not_change_is_the_same_after_a_refresh():
    result = nothing.enqueue()
    before = dataclasses.asdict(result)

    result.refresh()
    assert dataclasses.asdict(result) == before

    async_to_sync(result.arefresh)()
    assert dataclasses.asdict(result) == before


def test_a_refresh_shows_what_happened_since(ventilator):
    result, other = nothing.enqueue(), nothing.enqueue()
    for grip in (ventilator.grant_one(), ventilator.grant_one()):
        store.report([grip.succeeded(b"null")])
    assert {result.status, other.status} == {TaskResultStatus.READY}

    result.refresh()
    async_to_sync(other.arefresh)()

    assert {result.status, other.status} == {TaskResultStatus.SUCCESSFUL}
    assert result.return_value is other.return_value is None
    assert result.started_at is not None
    assert result.finished_at is not None
    assert result.started_at <= result.finished_at


def test_there_is_no_result_of_an_id_that_nobody_has():
    for get in (nothing.get_result, async_to_sync(nothing.aget_result), default_task_backend.get_result):
        with pytest.raises(TaskResultDoesNotExist):
            get("123")


def test_the_result_of_another_task_does_not_match():
    result = default_task_backend.enqueue(nothing_later, [], {})

    for get in (nothing.get_result, async_to_sync(nothing.aget_result)):
        with pytest.raises(TaskResultMismatch, match="Task does not match"):
            get(result.id)


def test_tasks_and_results_go_through_pickle():
    result = nothing.enqueue(1, two=[3])

    assert pickle.loads(pickle.dumps(nothing)) == nothing  # noqa: S301
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301


@pytest.mark.parametrize("path", ["does.not.exist.fake_task", "builtins.any"])
def test_a_pickle_of_what_is_no_task_is_refused(path):
    with pytest.raises(ValueError, match=f"Expected '{path}' to point to a Task instance"):
        ZondaTask._reconstruct({"func": path})  # type: ignore[attr-defined]


def test_an_exception_class_is_imported_when_it_is_asked_for(ventilator):
    result = fail.enqueue()
    store.report([ventilator.grant_one().failed()])
    result.refresh()
    (error,) = result.errors

    assert error.exception_class is ValueError
    object.__setattr__(error, "exception_class_path", "subprocess.run")
    with pytest.raises(ValueError, match=r"'subprocess\.run' does not reference a valid exception"):
        _ = error.exception_class
    object.__setattr__(error, "exception_class_path", "does.not.exist")
    with pytest.raises(ImportError):
        _ = error.exception_class


def test_an_enqueue_is_logged(caplog):
    with caplog.at_level("DEBUG", logger="django.tasks"):
        result = nothing.enqueue()

    (record,) = caplog.records
    assert "enqueued" in record.message
    assert result.id in record.message


def test_a_task_enqueued_within_a_transaction_is_there_for_who_is_in_it():
    with transaction.atomic():
        result = nothing.enqueue()

        assert result.enqueued_at is not None
        assert nothing.get_result(result.id) == result


def test_django_asks_the_backend_when_it_checks_the_project():
    with override_settings(TASKS={"default": {"BACKEND": ZONDA, "QUEUES": [], "OPTIONS": {"prefix": "x"}}}):
        assert "zonda.E002" in {message.id for message in checks.run_checks()}
