"""Each feature of Django's Tasks framework, through every process: enqueued by Django code beside a running stack."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract.apps import SIGNALS
from tests.support.enqueuer import Enqueuer
from tests.support.stack import Stack
from tests.support.tasks import finished, lines
from tests.support.waiting import wait_until

LATE = 3.0
"""Seconds after it was due until an attempt has begun, on a machine that does other things too."""

IMPORTS = """
import time
from asgiref.sync import async_to_sync
from datetime import timedelta
from django.db import transaction
from django.tasks import default_task_backend
from django.utils import timezone
from tests.support.contract import tasks

def told(result):
    return {
        "id": result.id,
        "status": str(result.status),
        "value": result._return_value,
        "attempts": result.attempts,
        "workers": result.worker_ids,
        "errors": [
            [f"{e.exception_class.__module__}.{e.exception_class.__qualname__}", e.traceback] for e in result.errors
        ],
        "moments": [m and m.timestamp() for m in (result.enqueued_at, result.started_at, result.finished_at)],
    }
"""


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signals") / "told"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, signals: Path) -> Iterator[Stack]:
    environment = {"ZONDA_APPS": "tests.support.proof,tests.support.contract", "ZONDA_SLOTS": "3"}
    with Stack(tmp_path_factory.mktemp("zonda") / "home", 1, {**environment, SIGNALS: str(signals)}) as found:
        yield found


@pytest.fixture(scope="module")
def django(stack: Stack, signals: Path) -> Iterator[Enqueuer]:
    environment = {"ZONDA_APPS": "tests.support.proof,tests.support.contract", SIGNALS: str(signals)}
    with Enqueuer(stack, environment) as found:
        found(IMPORTS)
        yield found


def ended(stack: Stack, django: Enqueuer, enqueue: str, within: float = 15.0) -> dict[str, Any]:
    """Enqueue by this expression, and read the result once the task has ended."""
    key = django(f"answer = {enqueue}.id")
    finished(stack, key, within)
    told: dict[str, Any] = django(f"answer = told(default_task_backend.get_result({key!r}))")
    return told


def test_coroutines_enqueue_and_read(stack: Stack, django: Enqueuer) -> None:
    key = django("answer = async_to_sync(tasks.answer.aenqueue)().id")
    finished(stack, key)

    answer = django(f"""
result = async_to_sync(tasks.answer.aget_result)({key!r})
async_to_sync(result.arefresh)()
answer = [str(result.status), result.return_value, result.is_finished]
""")

    assert answer == ["SUCCESSFUL", 42, True]


def test_many_are_enqueued_at_once_and_all_of_them_run(stack: Stack, django: Enqueuer) -> None:
    keys = django("""
results = default_task_backend.enqueue_many([(tasks.nothing, (n,), {}) for n in range(299)] + [(tasks.answer, (), {})])
answer = [result.id for result in results]
""")
    assert len(set(keys)) == 300

    refresh = "for r in results:\n    r.refresh()\nanswer = all(r.is_finished for r in results)"
    wait_until(lambda: django(refresh), 30, "each of them ends")

    assert django("answer = [str(r.status) for r in results]") == ["SUCCESSFUL"] * 300
    assert django("answer = [results[7].args, results[-1].return_value]") == [[7], 42]


def test_of_many_that_are_rolled_back_none_runs(stack: Stack, django: Enqueuer, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    django(f"""
from tests.support.proof.tasks import trace
try:
    with transaction.atomic():
        default_task_backend.enqueue_many([(trace, ({str(path)!r},), {{}})] * 10)
        raise KeyError
except KeyError:
    after = tasks.answer.enqueue()
""")
    finished(stack, django("answer = after.id"))

    assert lines(path) == []


def test_using_chooses_queue_priority_and_due_time(stack: Stack, django: Enqueuer) -> None:
    key = django("""
due = timezone.now() + timedelta(seconds=1.5)
result = tasks.answer.using(queue_name="mail", priority=7, run_after=due).enqueue()
answer = result.id
""")
    task = finished(stack, key)
    _, started, _ = django("result.refresh(); answer = told(result)")["moments"]

    assert (task["queue"], task["priority"]) == ("mail", 7)
    assert 0 <= started - django("answer = due.timestamp()") <= LATE


def test_a_function_that_takes_it_is_given_the_context(stack: Stack, django: Enqueuer) -> None:
    told = ended(stack, django, "tasks.whole_context.enqueue()")

    assert told["value"] == {
        "id": told["id"],
        "attempt": 1,
        "attempts": 1,
        "status": "RUNNING",
        "path": "tests.support.contract.tasks.whole_context",
    }


def test_a_coroutine_function_is_awaited(stack: Stack, django: Enqueuer) -> None:
    assert ended(stack, django, "tasks.answer_later.enqueue()")["value"] == 42


def test_signals_are_sent_where_the_task_is_enqueued_and_where_it_runs(
    stack: Stack, django: Enqueuer, signals: Path
) -> None:
    right = ended(stack, django, "tasks.answer.enqueue()")["id"]
    wrong = ended(stack, django, "tasks.fail.enqueue()")["id"]

    def of(key: str) -> list[list[str]]:
        return [line.split() for line in lines(signals) if key in line]

    wait_until(lambda: len(of(right)) == len(of(wrong)) == 3, 5, "each signal is sent")
    for key, outcome in ((right, "SUCCESSFUL"), (wrong, "FAILED")):
        # A worker may have begun before the one who enqueued has said so.
        (enqueued, started, over) = sorted(of(key), key=lambda line: ("enqueued", "started", "finished").index(line[0]))
        assert enqueued == ["enqueued", key, "READY", "0", str(django.pid)]
        assert started[:4] == ["started", key, "RUNNING", "1"]
        assert over[:4] == ["finished", key, outcome, "1"]
        assert started[4] == over[4] != str(django.pid)


@pytest.mark.parametrize(
    ("function", "kind", "last"),
    [
        ("fail", "builtins.ValueError", "ValueError: this task failed\n"),
        ("leave_by_system_exit", "builtins.SystemExit", "SystemExit: this task left\n"),
    ],
)
def test_whatever_a_function_raises_is_its_failure(
    stack: Stack, django: Enqueuer, function: str, kind: str, last: str
) -> None:
    told = ended(stack, django, f"tasks.{function}.enqueue()")

    ((found, traceback),) = told["errors"]
    assert (told["status"], told["attempts"], found) == ("FAILED", 1, kind)
    assert traceback.endswith(last)
    assert f"in {function}" in traceback
    enqueued, started, over = told["moments"]
    assert enqueued <= started <= over


def test_an_error_with_an_error_inside_is_told_whole(stack: Stack, django: Enqueuer) -> None:
    ((kind, traceback),) = ended(stack, django, "tasks.fail_with_an_error_inside.enqueue()")["errors"]

    assert kind == "builtins.ValueError"
    assert 'ValueError(ValueError("this task failed"))' in traceback


def test_a_result_that_json_has_no_form_for_is_a_failure(stack: Stack, django: Enqueuer) -> None:
    told = ended(stack, django, "tasks.return_what_json_has_not.enqueue()")

    ((kind, traceback),) = told["errors"]
    assert (told["status"], told["value"], kind) == ("FAILED", None, "builtins.TypeError")
    assert "Unsupported type" in traceback


def test_a_result_is_as_json_gives_it_back(stack: Stack, django: Enqueuer) -> None:
    told = ended(stack, django, "tasks.return_what_json_can_have.enqueue()")

    assert told["value"] == {"bytes": "text", "tuple": [1, 2]}


def test_an_attempt_that_fails_is_followed_by_another_after_the_stated_delay(
    stack: Stack, django: Enqueuer, tmp_path: Path
) -> None:
    path = tmp_path / "attempts"

    told = ended(stack, django, f"tasks.succeed_the_third_time.enqueue({str(path)!r})")

    assert (told["status"], told["value"], told["attempts"]) == ("SUCCESSFUL", 3, 3)
    assert [kind for kind, _ in told["errors"]] == ["builtins.LookupError"] * 2
    for wait, delay in zip(waits(path), (1.0, 2.0), strict=True):
        assert 0.8 * delay <= wait <= 1.2 * delay + LATE


@pytest.mark.parametrize(
    ("kinds", "calls", "status"),
    [(["IndexError"], 2, "SUCCESSFUL"), (["IndexError", "KeyError"], 2, "FAILED"), (["ValueError"], 1, "FAILED")],
)
def test_only_errors_that_are_asked_for_are_tried_again(
    stack: Stack, django: Enqueuer, tmp_path: Path, kinds: Sequence[str], calls: int, status: str
) -> None:
    path = tmp_path / "calls"

    told = ended(stack, django, f"tasks.fail_as_asked.enqueue({str(path)!r}, {kinds!r})")

    assert (told["status"], told["attempts"], len(lines(path))) == (status, calls, calls)


def test_a_function_chooses_itself_when_it_is_tried_again(stack: Stack, django: Enqueuer, tmp_path: Path) -> None:
    path = tmp_path / "attempts"

    told = ended(stack, django, f"tasks.come_back.enqueue({str(path)!r}, 1.5)")

    assert (told["status"], told["value"]) == ("SUCCESSFUL", 2)
    assert [kind for kind, _ in told["errors"]] == ["backend.tasks.task.Retry"]
    (wait,) = waits(path)
    assert 1.5 <= wait <= 1.5 + LATE


def test_what_is_not_started_in_time_expires(stack: Stack, django: Enqueuer) -> None:
    stack.graphql('mutation { pauseQueue(name: "paused") { paused } }')

    told = ended(stack, django, 'tasks.expire_soon.using(queue_name="paused").enqueue()')

    assert (told["status"], told["attempts"]) == ("FAILED", 0)
    assert [kind for kind, _ in told["errors"]] == ["backend.tasks.endings.Expired"]


def test_what_runs_too_long_is_ended(stack: Stack, django: Enqueuer) -> None:
    told = ended(stack, django, "tasks.sleep_too_long.enqueue()")

    ((kind, traceback),) = told["errors"]
    _, started, over = told["moments"]
    assert (told["status"], kind) == ("FAILED", "backend.tasks.interruptions.TaskTimedOut")
    assert "sleep_too_long" in traceback
    # Its time is counted from a moment before its child begins.
    assert 0.4 <= over - started <= 5


def waits(path: Path) -> list[float]:
    """The seconds between an attempt and the next one, as the function wrote them down."""
    moments = [float(line.split()[1]) for line in lines(path)]
    return [after - before for before, after in itertools.pairwise(moments)]
