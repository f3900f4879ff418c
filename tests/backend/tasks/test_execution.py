"""How a worker's child runs a task function."""

import subprocess
import sys
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.tasks import Task, TaskContext, TaskResultStatus, task

from backend.tasks import store
from backend.tasks.execution import Executor
from backend.tasks.refusals import BadArguments, UnknownTask
from backend.tasks.registry import Registry
from tests.support.together import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@task
def double(n: int) -> int:
    return n * 2


@task
async def double_later(n: int) -> int:
    return n * 2


@task
async def ask_the_database() -> tuple[int, bool]:
    def ask() -> tuple[int, bool]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()[0], connection.connection is HERE["connection"]

    return await sync_to_async(ask)()


@task
async def fail_later() -> None:
    raise LookupError("later")


@task(takes_context=True)
def tell(context: "TaskContext[Any, Any]", word: str) -> tuple[str, str, int, TaskResultStatus, str]:
    result = context.task_result
    return result.id, word, context.attempt, result.status, result.task.name


@task
def made(point: dict[int, set[str]]) -> dict[int, set[str]]:
    return point


@task
def fail() -> None:
    raise LookupError("now")


@task
def leave_a_transaction_open() -> None:
    connection.cursor().execute("BEGIN IMMEDIATE")


@task
def leave_autocommit_off() -> None:
    transaction.set_autocommit(False)


HERE: dict[str, Any] = {}
TASKS: "list[Task[..., Any]]" = [value for value in globals().values() if isinstance(value, Task)]


@pytest.fixture(scope="module")
def executor():
    return Executor(Registry(TASKS))


@pytest.fixture(autouse=True)
def turnstile():
    yield
    store.engine.close()


def _run(executor, wanted, *args, attempt=1, **kwargs):
    return executor(task=wanted.module_path, task_id="mine", args=list(args), kwargs=kwargs, attempt=attempt)


def test_what_a_function_returns_is_returned(executor):
    assert _run(executor, double, 2) == 4
    assert _run(executor, double, n=3) == 6


def test_what_a_function_raises_is_raised(executor):
    with pytest.raises(LookupError, match="now"):
        _run(executor, fail)


def test_an_async_function_is_run_to_its_end(executor):
    assert _run(executor, double_later, 2) == 4
    with pytest.raises(LookupError, match="later"):
        _run(executor, fail_later)


def test_an_async_function_asks_the_database_on_this_threads_connection(executor):
    connection.ensure_connection()
    HERE["connection"] = connection.connection

    assert _run(executor, ask_the_database) == (1, True)


def test_arguments_are_made_into_the_types_of_the_function(executor):
    assert _run(executor, made, {"1": ["a", "a"]}) == {1: {"a"}}


def test_a_function_that_takes_it_gets_the_context_first(executor):
    assert _run(executor, tell, "word", attempt=3) == ("mine", "word", 3, TaskResultStatus.RUNNING, "tell")


def test_code_that_is_older_than_the_task_says_so(executor):
    with pytest.raises(UnknownTask, match=r"no task function named 'shop\.tasks\.new'"):
        executor(task="shop.tasks.new", task_id="mine", args=[], kwargs={}, attempt=1)
    with pytest.raises(BadArguments, match="double: parameter 'm' is unknown"):
        _run(executor, double, 1, m=2)


@pytest.mark.parametrize("careless", [leave_a_transaction_open, leave_autocommit_off])
def test_what_a_function_does_to_its_connection_does_not_meet_the_next_one(executor, careless):
    _run(executor, careless)

    with store.transaction():
        assert store.raise_epoch(0)
    assert transaction.get_autocommit()
    assert not connection.connection.in_transaction


def test_a_connection_in_order_is_kept_open(executor):
    connection.ensure_connection()
    before = connection.connection

    _run(executor, double, 2)

    assert connection.connection is before


def test_a_child_loads_everything_by_the_name_of_its_entry_point():
    code = (
        "from backend.tasks.execution import load\n"
        "print(load()(task='backend.demo.tasks.add', task_id='t', args=[1, 2], kwargs={}, attempt=1))"
    )

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert printed == "3\n"
