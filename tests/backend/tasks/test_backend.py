"""Zonda as Django's Tasks framework sees it."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.tasks import TaskResultStatus, default_task_backend, task_backends
from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist, TaskResultMismatch
from django.tasks.signals import task_enqueued
from django.test.utils import CaptureQueriesContext

from backend.demo.tasks import add, echo, sleep
from backend.tasks import store
from backend.tasks.backend import ZondaBackend
from backend.tasks.depth import MAX_DEPTH
from backend.tasks.endings import ReportRefused, WorkerLost
from backend.tasks.models import Task
from backend.tasks.refusals import BadArguments, BadInput, TooLarge, UnknownTask
from backend.tasks.registry import registry
from tests.support.contract.tasks import answer
from tests.support.record import check_record, make_due

pytestmark = pytest.mark.django_db

ZONDA: Any = default_task_backend


def test_all_that_a_backend_can_do_it_does():
    assert isinstance(task_backends["default"], ZondaBackend)
    assert default_task_backend.supports_defer
    assert default_task_backend.supports_async_task
    assert default_task_backend.supports_get_result
    assert default_task_backend.supports_priority
    assert default_task_backend.check() == []


def test_an_enqueued_task_is_ready():
    result = add.enqueue(1, b=2)

    assert (result.status, result.args, result.kwargs) == (TaskResultStatus.READY, [1], {"b": 2})
    assert (result.task, result.backend) == (add, "default")
    assert result.started_at is result.finished_at is result.last_attempted_at is None
    assert (result.errors, result.worker_ids, result.attempts) == ([], [], 0)
    assert result.enqueued_at == Task.objects.get(key=result.id).created_at
    with pytest.raises(ValueError, match="not finished"):
        _ = result.return_value


def test_what_enqueue_gives_is_what_get_result_gives():
    result = echo.enqueue({"nested": [1, (2, 3)], 4: None, None: b"bytes"})

    assert add.get_backend().get_result(result.id) == result
    assert result.args == [{"nested": [1, [2, 3]], "4": None, "null": "bytes"}]


def test_a_result_follows_its_task_to_success(ventilator):
    result = add.enqueue(1, 2)
    grip = ventilator.grant_one()
    assert add.get_result(result.id).status == TaskResultStatus.READY

    store.report([grip.started()])
    result = add.get_result(result.id)
    assert result.status == TaskResultStatus.RUNNING
    assert (result.worker_ids, result.attempts, result.is_finished) == (["W1"], 1, False)
    assert result.started_at == result.last_attempted_at is not None

    store.report([grip.succeeded(b"3")])
    result = add.get_result(result.id)
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert (result.return_value, result.is_finished, result.errors) == (3, True, [])
    assert (result.started_at, result.finished_at) != (None, None)


def test_a_result_follows_its_task_to_failure(ventilator):
    result = add.enqueue(1, 2)
    store.report([ventilator.grant_one().failed()])

    result.refresh()

    (error,) = result.errors
    assert result.status == TaskResultStatus.FAILED
    assert (error.exception_class, error.traceback) == (ValueError, "Traceback: no")
    with pytest.raises(ValueError, match="failed"):
        _ = result.return_value


def test_a_lost_worker_is_an_error_that_can_be_imported(ventilator):
    result = add.enqueue(1, 2)
    store.report([ventilator.grant_one().lost("killed by SIGKILL")])
    result.refresh()
    assert result.status == TaskResultStatus.READY

    make_due()
    store.report([ventilator.grant_one().succeeded()])
    result.refresh()

    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 2)
    assert [(error.exception_class, error.traceback) for error in result.errors] == [(WorkerLost, "killed by SIGKILL")]
    assert result.started_at != result.last_attempted_at


def test_a_refused_report_is_no_lost_worker(ventilator):
    result = add.enqueue(1, 2)
    grip = ventilator.grant_one()
    store.refuse(task_id=grip.task_id, fence=grip.fence, incarnation=grip.holder, worker="W1", why="unreadable")

    (error,) = add.get_result(result.id).errors

    assert (error.exception_class, error.traceback) == (ReportRefused, "the worker's report was refused: unreadable")


def test_options_go_into_the_row():
    when = datetime(2030, 1, 1, tzinfo=UTC)

    result = add.using(priority=-3, queue_name="mail", run_after=when).enqueue(1, 2)

    row = Task.objects.get(key=result.id)
    assert (row.priority, row.queue, row.run_after, row.due_at) == (-3, "mail", when, when)
    read = add.get_result(result.id).task
    assert (read.priority, read.queue_name, read.run_after) == (-3, "mail", when)


@pytest.mark.parametrize(
    "options",
    [{"priority": 101}, {"priority": -101}, {"priority": 1.5}, {"run_after": datetime(2030, 1, 1)}],  # noqa: DTZ001
    ids=str,
)
def test_options_that_django_refuses_stay_refused(options):
    with pytest.raises(InvalidTask):
        add.using(**options)


def test_enqueue_refuses_arguments_that_do_not_fit():
    with pytest.raises(BadArguments, match="sleep: parameter 'seconds' is missing"):
        sleep.enqueue(*[])
    with pytest.raises(TooLarge):
        echo.enqueue("x" * 2_000_000)
    with pytest.raises(TypeError, match="Unsupported type"):
        echo.enqueue(timedelta(1))

    assert not Task.objects.exists()


def test_enqueue_refuses_what_is_nested_without_end():
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(BadArguments, match=f"nested more than {MAX_DEPTH}"):
        echo.enqueue(endless)


def test_a_result_that_is_not_there():
    for unknown in ("", "nowhere", "x" * 10_000, "\x00"):
        with pytest.raises(TaskResultDoesNotExist):
            add.get_backend().get_result(unknown)


def test_a_result_of_another_task_is_a_mismatch():
    result = add.enqueue(1, 2)

    with pytest.raises(TaskResultMismatch):
        sleep.get_result(result.id)


def test_a_task_whose_function_has_been_removed_has_a_result_all_the_same():
    Task.objects.create(
        key="old",
        digest="",
        name="gone",
        path="shop.tasks.gone",
        args=[1],
        kwargs={},
        queue="mail",
        priority=5,
        status="FINISHED",
        result=3,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        finished_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    read = add.get_backend().get_result("old")

    assert (read.status, read.return_value, read.args) == (TaskResultStatus.SUCCESSFUL, 3, [1])
    assert (read.task.module_path, read.task.name) == ("shop.tasks.gone", "gone")
    assert (read.task.queue_name, read.task.priority) == ("mail", 5)
    with pytest.raises(UnknownTask):
        read.task.call(1)
    with pytest.raises(UnknownTask):
        read.task.enqueue(1)
    with pytest.raises(TaskResultMismatch):
        add.get_result("old")


def test_a_rolled_back_enqueue_leaves_no_row_and_wakes_nobody(monkeypatch, django_capture_on_commit_callbacks):
    hints = []
    monkeypatch.setattr("backend.tasks.wake.wake", lambda: hints.append("wake"))

    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            result = add.enqueue(1, 2)
            transaction.set_rollback(True)
        kept = add.enqueue(3, 4)

    assert hints == ["wake"]
    assert [task.key for task in Task.objects.all()] == [kept.id]
    with pytest.raises(TaskResultDoesNotExist):
        add.get_result(result.id)
    check_record()


def test_an_enqueue_that_is_refused_spoils_no_transaction_around_it():
    with transaction.atomic():
        with pytest.raises(BadArguments):
            sleep.enqueue(*[])
        add.enqueue(1, 2)

    assert Task.objects.count() == 1


def test_django_is_told_of_each_enqueue():
    told = []

    def listen(sender, task_result, **_):
        told.append((sender, task_result))

    task_enqueued.connect(listen)
    try:
        result = add.enqueue(1, 2)
    finally:
        task_enqueued.disconnect(listen)

    assert told == [(ZondaBackend, result)]


def test_async_code_enqueues_and_reads():
    async def both():
        result = await add.aenqueue(1, 2)
        await result.arefresh()
        return result, await add.aget_result(result.id)

    result, read = async_to_sync(both)()

    assert read == result


def test_many_are_enqueued_at_once_in_their_order():
    told = []

    def listen(sender, task_result, **_):
        told.append(task_result)

    task_enqueued.connect(listen)
    try:
        results = ZONDA.enqueue_many(
            [(add, (1, 2), {}), (add.using(priority=5), [3], {"b": 4}), (sleep, (), {"seconds": 1})]
        )
    finally:
        task_enqueued.disconnect(listen)

    assert told == results == [result.task.get_result(result.id) for result in results]
    assert [(result.task, result.args, result.kwargs) for result in results] == [
        (add, [1, 2], {}),
        (add.using(priority=5), [3], {"b": 4}),
        (sleep, [], {"seconds": 1}),
    ]
    assert list(Task.objects.order_by("seq").values_list("key", flat=True)) == [result.id for result in results]


def test_many_are_enqueued_with_as_few_statements_as_one(django_assert_num_queries):
    # The first one of a queue also has the queues counted.
    add.enqueue(0, 0)
    with CaptureQueriesContext(connection) as one:
        add.enqueue(1, 2)

    with django_assert_num_queries(len(one)):
        results = ZONDA.enqueue_many((add, (n, n), {}) for n in range(500))

    assert [result.args for result in results] == [[n, n] for n in range(500)]


def test_of_many_with_one_that_is_refused_none_is_enqueued():
    with pytest.raises(BadArguments, match="add: parameter 'b' is missing"):
        ZONDA.enqueue_many([(add, (1, 2), {}), (add, (1,), {})])
    with pytest.raises(BadInput, match="calls: 10001 at once, the limit is 10000"):
        ZONDA.enqueue_many([(add, (1, 2), {})] * 10_001)

    assert not Task.objects.exists()
    assert ZONDA.enqueue_many([]) == []


def test_async_code_enqueues_many():
    results = async_to_sync(ZONDA.aenqueue_many)([(add, (1, 2), {}), (add, (3, 4), {})])

    assert [result.args for result in results] == [[1, 2], [3, 4]]


def test_a_function_of_an_app_that_is_not_named_is_refused_with_what_to_do():
    with pytest.raises(UnknownTask) as refused:
        answer.enqueue()

    assert "ZONDA_APPS" in refused.value.__notes__[0]


def test_a_task_goes_through_pickle():
    assert pickle.loads(pickle.dumps(add)) == add  # noqa: S301
    assert registry().find("add").task is add
