"""How a worker's child runs a task function."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.tasks import Task, TaskContext, TaskResultStatus, task
from django.tasks.signals import log_task_finished, log_task_started, task_finished, task_started

from backend.tasks import store
from backend.tasks.announcing import keep_quiet
from backend.tasks.execution import LONGEST_DELAY, Executor, Verdict
from backend.tasks.interruptions import CANCEL, TIMEOUT, TaskCancelled, TaskInterrupted, TaskTimedOut
from backend.tasks.refusals import BadArguments, UnknownTask
from backend.tasks.registry import Registry
from tests.support.together import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

KEPT: list[Any] = []
COUNTED: ContextVar[int] = ContextVar("counted")


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
def tell(context: "TaskContext[Any, Any]", word: str) -> tuple[str, str, int, TaskResultStatus, str, str]:
    result = context.task_result
    return result.id, word, context.attempt, result.status, result.task.name, str(result.enqueued_at)


@task
def made(point: dict[int, set[str]]) -> str:
    return repr(point)


@task
def give(what: str) -> object:
    return {"tuple": (1, (2, b"three")), "set": {1}}[what]


@task
def fail() -> None:
    raise LookupError("now")


@task
def leave_a_transaction_open() -> None:
    connection.cursor().execute("BEGIN IMMEDIATE")


@task
def leave_a_block_open() -> None:
    transaction.atomic().__enter__()
    store.raise_epoch(0)


@task
def leave_a_generator_in_a_block() -> None:
    def steps():
        with transaction.atomic():
            yield store.raise_epoch(0)

    generator = steps()
    next(generator)
    KEPT.append(generator)


@task
def count_in_context() -> int:
    COUNTED.set(COUNTED.get(0) + 1)
    return COUNTED.get()


@task
def leave_autocommit_off() -> None:
    transaction.set_autocommit(False)


class Again(Exception):
    def __init__(self, retry_after: Any) -> None:
        super().__init__("again")
        self.retry_after = retry_after


@task(retry_on=(OSError, Again), give_up_on=(PermissionError,))  # type: ignore[call-overload, untyped-decorator]
def fail_with(error: str, after: Any = None) -> None:
    raise ERRORS[error]() if after is None else Again(after)


ERRORS = {kind.__name__: kind for kind in (FileNotFoundError, PermissionError, ValueError, SystemExit)}


@task
def leave() -> None:
    raise SystemExit(1)


@task(takes_context=True)
def show(context: "TaskContext[Any, Any]", fraction: Any, message: Any) -> None:
    context.progress(fraction, message)  # type: ignore[attr-defined]


@task(takes_context=True)
def wait(context: "TaskContext[Any, Any]", how: str) -> Any:
    """Is told to end meanwhile."""
    asked_before = context.cancel_requested  # type: ignore[attr-defined]
    try:
        HERE["interrupt"]()
        time.sleep(6)
    except TaskInterrupted as error:
        HERE["told"] = type(error), asked_before, context.cancel_requested  # type: ignore[attr-defined]
        if how == "return":
            return "cleaned up"
        if how == "other":
            raise LookupError("on the way out") from error
        raise
    if how == "nothing":
        return "not told"
    raise AssertionError("it went on")


@task(takes_context=True, retry_on=(BaseException,))  # type: ignore[call-overload, untyped-decorator]
def wait_whatever_comes(context: "TaskContext[Any, Any]", how: str) -> Any:
    return wait.func(context, how)


@task
def trip_later() -> None:
    try:
        HERE["interrupt"]()
        time.sleep(6)
    except TaskInterrupted:
        pass
    raise LookupError("of its own")


@task
async def wait_later(how: str) -> Any:
    try:
        HERE["interrupt"]()
        await asyncio.sleep(6)
    except asyncio.CancelledError:
        HERE["told"] = "cancelled"
        if how == "return":
            return "cleaned up"
        if how == "other":
            raise LookupError("on the way out") from None
        raise


HERE: dict[str, Any] = {}
TASKS: "list[Task[..., Any]]" = [value for value in globals().values() if isinstance(value, Task)]


@pytest.fixture
def executor():
    return Executor(Registry(TASKS))


@pytest.fixture(autouse=True)
def turnstile():
    yield
    store.engine.close()


@dataclass
class Call:
    task: str
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    task_id: str = "mine"
    queue: str = "mail"
    priority: int = 5
    attempt: int = 1
    created_at: str | None = "2026-11-21T22:04:00.5Z"
    tries: int = 0
    max_attempts: int = 1
    worker: str = "W3"


@pytest.fixture(autouse=True)
def as_in_a_child():
    keep_quiet()
    yield
    task_started.connect(log_task_started)
    task_finished.connect(log_task_finished)


@pytest.fixture
def let_go():
    """What functions have kept goes while there is a database."""
    yield
    while KEPT:
        KEPT.pop().close()


def _run(executor, wanted, *args, tell=lambda fraction, message: None, attempt=1, tries=0, max_attempts=1, **kwargs):
    call = Call(wanted.module_path, list(args), kwargs, attempt=attempt, tries=tries, max_attempts=max_attempts)
    return executor.run(call, tell)


def _fail(executor, wanted, *args, **options):
    """Run what fails, and return what the executor then says of it."""
    try:
        _run(executor, wanted, *args, **options)
    except BaseException as error:  # noqa: BLE001
        return executor.failed(error, "the traceback")
    raise AssertionError("it did not fail")


def test_what_a_function_returns_is_returned(executor):
    assert _run(executor, double, 2) == 4
    assert _run(executor, double, n=3) == 6


def test_what_a_function_returns_is_made_of_what_json_has(executor):
    assert _run(executor, give, "tuple") == [1, [2, "three"]]
    with pytest.raises(TypeError, match="Unsupported type"):
        _run(executor, give, "set")


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

    assert _run(executor, ask_the_database) == [1, True]


def test_arguments_are_made_into_the_types_of_the_function(executor):
    assert _run(executor, made, {"1": ["a", "a"]}) == "{1: {'a'}}"


def test_a_function_that_takes_it_gets_the_context_first(executor):
    created = "2026-11-21 22:04:00.500000+00:00"
    assert _run(executor, tell, "word", attempt=3) == ["mine", "word", 3, TaskResultStatus.RUNNING, "tell", created]


def test_code_that_is_older_than_the_task_says_so(executor):
    with pytest.raises(UnknownTask, match=r"no task function named 'shop\.tasks\.new'"):
        executor.run(Call("shop.tasks.new"), lambda fraction, message: None)
    with pytest.raises(BadArguments, match="double: parameter 'm' is unknown"):
        _run(executor, double, 1, m=2)


@pytest.mark.parametrize(
    "careless", [leave_a_transaction_open, leave_autocommit_off, leave_a_block_open, leave_a_generator_in_a_block]
)
def test_what_a_function_does_to_its_connection_does_not_meet_the_next_one(executor, careless, let_go):
    _run(executor, careless)

    with store.transaction():
        assert store.raise_epoch(0)
    assert transaction.get_autocommit()
    assert not connection.connection.in_transaction


@pytest.mark.parametrize("careless", [leave_a_block_open, leave_a_generator_in_a_block])
def test_a_process_in_which_a_block_was_left_open_is_spent(executor, careless, let_go):
    _run(executor, leave_a_transaction_open)
    assert executor.why_spent() is None

    _run(executor, careless)

    assert "left open by a task function" in str(executor.why_spent())


def test_context_variables_are_those_of_one_run(executor):
    assert [_run(executor, count_in_context), _run(executor, count_in_context)] == [1, 1]


def test_a_connection_in_order_is_kept_open(executor):
    connection.ensure_connection()
    before = connection.connection

    _run(executor, double, 2)

    assert connection.connection is before


def test_a_child_loads_everything_by_the_name_of_its_entry_point():
    code = (
        "from backend.tasks.execution import load\n"
        "from types import SimpleNamespace\n"
        "call = SimpleNamespace(task='backend.demo.tasks.add', args=[1, 2], kwargs={})\n"
        "print(load().run(call, None))"
    )

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert printed == "3\n"


# --- what a failure means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "again"),
    [("FileNotFoundError", True), ("PermissionError", False), ("ValueError", False), ("SystemExit", False)],
)
def test_the_task_function_says_which_errors_are_worth_another_attempt(executor, error, again):
    assert _fail(executor, fail_with, error) == Verdict(again, None, None)


def test_any_exception_is_worth_one_unless_the_function_says_otherwise(executor):
    assert _fail(executor, fail) == Verdict(again=True, delay=None, interrupted=None)
    assert _fail(executor, leave) == Verdict(again=False, delay=None, interrupted=None)
    assert executor.failed(UnknownTask("x", (), 0), "") == Verdict(again=True, delay=None, interrupted=None)


@pytest.mark.parametrize(
    ("after", "delay"),
    [
        (2, 2.0),
        (0, 0.0),
        (0.5, 0.5),
        (-1, None),
        (True, None),
        ("60", None),
        (float("inf"), None),
        (float("nan"), None),
        (1e300, LONGEST_DELAY),
    ],
)
def test_an_error_may_say_when_the_next_attempt_is_worth_it(executor, after, delay):
    assert _fail(executor, fail_with, "Again", after) == Verdict(again=True, delay=delay, interrupted=None)


@pytest.mark.parametrize(
    ("wanted", "line"), [(fail, 'raise LookupError("now")'), (fail_later, 'raise LookupError("later")')]
)
def test_a_traceback_begins_at_the_task_function(executor, wanted, line):
    with pytest.raises(LookupError) as failure:
        _run(executor, wanted)

    modules = [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(failure.tb)]
    assert set(modules) == {__name__}
    assert line in traceback.format_tb(failure.tb)[-1]


# --- being told to end -----------------------------------------------------------------------------------------------


@pytest.fixture
def interrupts(executor):
    """Makes functions be told to end, as by the worker's child: by a signal, in the main thread."""
    HERE.clear()
    before = signal.getsignal(signal.SIGUSR1)

    def because(why):
        signal.signal(signal.SIGUSR1, lambda number, frame: executor.interrupt(why))
        HERE["interrupt"] = lambda: threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGUSR1]).start()

    yield because
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(("why", "kind"), [(TIMEOUT, TaskTimedOut), (CANCEL, TaskCancelled)])
def test_a_function_is_told_to_end_by_an_exception_that_no_except_exception_catches(executor, interrupts, why, kind):
    interrupts(why)

    assert _fail(executor, wait, "raise") == Verdict(again=False, delay=None, interrupted=why)

    assert not issubclass(kind, Exception)
    assert HERE["told"] == (kind, False, why == CANCEL)


def test_an_error_that_comes_of_being_told_to_end_counts_as_that(executor, interrupts):
    interrupts(TIMEOUT)

    assert _fail(executor, wait, "other").interrupted == TIMEOUT


def test_an_error_of_its_own_counts_as_an_error_though_the_function_was_told_to_end(executor, interrupts):
    interrupts(TIMEOUT)

    assert _fail(executor, trip_later) == Verdict(again=True, delay=None, interrupted=None)


def test_a_function_that_returns_when_it_is_told_to_end_has_succeeded(executor, interrupts):
    interrupts(CANCEL)

    assert _run(executor, wait, "return") == "cleaned up"


@pytest.mark.parametrize("how", ["raise", "other"])
@pytest.mark.parametrize("why", [TIMEOUT, CANCEL])
def test_an_async_function_is_cancelled_as_asyncio_cancels(executor, interrupts, why, how):
    interrupts(why)
    began = time.monotonic()

    assert _fail(executor, wait_later, how).interrupted == why

    assert HERE["told"] == "cancelled"
    assert time.monotonic() - began < 5


def test_an_async_function_that_returns_when_it_is_cancelled_has_succeeded(executor, interrupts):
    interrupts(TIMEOUT)

    assert _run(executor, wait_later, "return") == "cleaned up"


@pytest.mark.parametrize("wanted", [double, double_later])
def test_one_that_is_told_before_it_begins_does_not_begin(executor, wanted):
    executor.interrupt(CANCEL)

    assert _fail(executor, wanted, 2).interrupted == CANCEL


def test_it_is_told_once_and_the_next_one_not_at_all(executor, interrupts):
    interrupts(TIMEOUT)
    assert _run(executor, wait, "return") == "cleaned up"
    executor.interrupt(CANCEL)
    executor.succeeded(b'"cleaned up"')

    assert _run(executor, double, 2) == 4
    executor.succeeded(b"4")
    interrupts(TIMEOUT)
    assert _fail(executor, wait, "raise").interrupted == TIMEOUT
    assert _run(executor, double, 2) == 4


# --- progress --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((0.5, "half"), (0.5, "half")),
        ((1, None), (1.0, None)),
        ((None, "begun"), (None, "begun")),
        ((Decimal("0.25"), None), (0.25, None)),
        ((None, "x" * 2_000), (None, f"{'x' * 999}…")),
    ],
)
def test_progress_is_told_as_it_is_said(executor, said, told):
    heard = []

    executor._registry.find(show.module_path).task.func(a_context(lambda *progress: heard.append(progress)), *said)

    assert heard == [told]


@pytest.mark.parametrize(
    ("fraction", "message", "error", "words"),
    [
        (1.5, None, ValueError, "the fraction of a progress must be from 0 to 1, not 1.5"),
        (-0.1, None, ValueError, "from 0 to 1, not -0.1"),
        (float("nan"), None, ValueError, "from 0 to 1, not nan"),
        ("50 %", None, TypeError, "must be a number from 0 to 1, not '50 %'"),
        (True, None, TypeError, "must be a number from 0 to 1, not True"),
        (0.5, 3, TypeError, "the message of a progress must be a text, not 3"),
    ],
)
def test_what_is_no_progress_is_refused_with_what_was_wrong(executor, fraction, message, error, words):
    with pytest.raises(error, match=words):
        _run(executor, show, fraction, message)


def a_context(tell):
    from backend.tasks.context import TaskContext, running
    from backend.tasks.interruptions import Interruptible

    return TaskContext(task_result=running(show, Call(show.module_path)), _tell=tell, _interruptible=Interruptible())


# --- Django's signals ------------------------------------------------------------------------------------------------


@pytest.fixture
def heard():
    """What receivers of Django's signals were told: which signal, status, errors, worker, what it returned."""
    told: list[Any] = []

    def on_start(sender, task_result, **more):
        told.append(("started", sender.__name__, task_result.status, task_result.worker_ids, task_result.is_finished))

    def on_finish(sender, task_result, **more):
        errors = [(error.exception_class_path, error.traceback) for error in task_result.errors]
        ended = task_result.finished_at is not None
        told.append(("finished", task_result.status, errors, task_result._return_value, ended))

    task_started.connect(on_start)
    task_finished.connect(on_finish)
    yield told
    task_started.disconnect(on_start)
    task_finished.disconnect(on_finish)


def test_djangos_signals_tell_of_the_start_and_the_end_of_a_task(executor, heard):
    _run(executor, double, 2, attempt=2)
    executor.succeeded(b"4")

    assert heard == [
        ("started", "ZondaBackend", TaskResultStatus.RUNNING, ["", "W3"], False),
        ("finished", TaskResultStatus.SUCCESSFUL, [], 4, True),
    ]


@pytest.mark.parametrize(
    ("wanted", "args", "limits", "last"),
    [
        (fail, (), {"tries": 0, "max_attempts": 2}, False),
        (fail, (), {"tries": 1, "max_attempts": 2}, True),
        (fail, (), {}, True),
        (fail_with, ("ValueError",), {"tries": 0, "max_attempts": 2}, True),
    ],
)
def test_the_end_is_told_only_of_the_last_attempt(executor, heard, wanted, args, limits, last):
    _fail(executor, wanted, *args, **limits)

    kinds = [told[0] for told in heard]
    assert kinds == (["started", "finished"] if last else ["started"])
    if last:
        [(path, traceback)] = heard[-1][2]
        assert heard[-1][1] == TaskResultStatus.FAILED
        assert (path, traceback) == (f"builtins.{'ValueError' if args else 'LookupError'}", "the traceback")


@pytest.mark.parametrize("wanted", [wait, wait_whatever_comes])
@pytest.mark.parametrize(("why", "last"), [(CANCEL, True), (TIMEOUT, False)])
def test_a_cancelled_attempt_is_the_last_one_and_one_that_timed_out_is_not_while_tries_are_left(
    executor, interrupts, heard, why, last, wanted
):
    interrupts(why)

    _fail(executor, wanted, "raise", tries=0, max_attempts=3)

    assert [told[0] for told in heard] == (["started", "finished"] if last else ["started"])


def test_a_receiver_that_fails_is_logged_and_changes_nothing(executor, caplog):
    def careless(sender, **more):
        raise LookupError("a receiver")

    task_started.connect(careless)
    try:
        with caplog.at_level(logging.ERROR):
            assert _run(executor, double, 2) == 4
    finally:
        task_started.disconnect(careless)

    assert "careless" in caplog.text


class Misleading(Exception):
    @property
    def retry_after(self) -> float:
        raise SystemExit("do not ask")


def test_an_error_that_cannot_be_asked_leaves_nothing_to_the_next_run(executor):
    executor.interrupt(TIMEOUT)

    with pytest.raises(SystemExit):
        executor.failed(Misleading(), "")

    assert _run(executor, double, 2) == 4
