"""For tests of code that enqueues tasks: what waits, and running it here, without workers and sockets.

    from backend.tasks.testing import assert_enqueued, drain, inline

    def test_an_order_is_confirmed(db):
        place_order("me")

        assert_enqueued(confirm, "me")          # it waits, as a row of the test's own database
        (result,) = drain()                     # everything that is due runs, failed attempts again, in this thread
        assert result.return_value == "sent"

    def test_an_order_is_confirmed_at_once(db):
        with inline():                          # each task runs while it is enqueued
            place_order("me")

Tasks go the way that they go in earnest: they are checked, written, granted in the order of priority, started, reported
and settled, and retried as their limits say. What only a worker can do is left out: nobody ends a function that runs
longer than its `timeout`, and one that ends the process ends the test.
"""

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from inspect import signature
from itertools import count, islice
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

from django.conf import settings
from django.db.models import Min
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskResult, task_backends
from django.tasks import Task as DjangoTask
from django.tasks.signals import task_finished, task_started
from django.test import override_settings
from django.utils.json import normalize_json
from msgspec import UNSET, Raw

from backend.tasks import store
from backend.tasks.backend import Call, ZondaBackend
from backend.tasks.context import TaskContext
from backend.tasks.execution import delay_asked, wants_again
from backend.tasks.grants import Choice, GrantedTask
from backend.tasks.interruptions import Interruptible
from backend.tasks.lifecycle import Status
from backend.tasks.models import Task
from backend.tasks.offer import Offer
from backend.tasks.registry import registry
from backend.tasks.results import task_at, task_result
from wire.messages import AttemptFailed, AttemptProgress, AttemptStarted, AttemptSucceeded

MOST: Final = 1_000
"""Attempts after which `drain` gives up: tasks that enqueue each other would go on for ever."""

_TOPIC: Final = "W1"
_HOLDER: Final = "test"


class TooManyAttempts(AssertionError):
    """The tasks of a test don't come to an end."""


def enqueued(task: "DjangoTask[..., Any] | None" = None) -> "list[TaskResult[..., Any]]":
    """What waits to be run, oldest first: all of it, or tasks of one function."""
    rows = Task.objects.filter(status=Status.QUEUEING).order_by("seq").prefetch_related("attempts")
    if task is not None:
        rows = rows.filter(path=task.module_path)
    return [_result(row) for row in rows]


def assert_enqueued(task: "DjangoTask[..., Any]", *args: Any, **kwargs: Any) -> "TaskResult[..., Any]":
    """The oldest waiting task that was enqueued with these arguments; AssertionError tells what waits instead.

    By place or by name is the same. What `task.using(…)` chooses must be as the waiting task has it.
    """
    wanted = _bound(task, args, kwargs)
    function = task_at(task.module_path, task.backend)
    chosen = {
        name: value
        for name in ("priority", "queue_name", "run_after")
        if (value := getattr(task, name)) != getattr(function, name)
    }
    waiting = enqueued()
    for result in waiting:
        if (
            result.task.module_path == task.module_path
            and _bound(task, result.args, result.kwargs) == wanted
            and all(getattr(result.task, name) == value for name, value in chosen.items())
        ):
            return result
    instead = "\n".join(_told(one.task, one.args, one.kwargs) for one in waiting) or "nothing"
    raise AssertionError(f"{_told(task, args, kwargs)} does not wait. What waits:\n{instead}")


def drain(*, until: datetime | None = None, most: int = MOST) -> "list[TaskResult[..., Any]]":
    """Run what is due, in this thread, until nothing is; what became of each task, in the order they were started.

    Further attempts follow as if their delays had passed: the record's clock is moved on to them. With `until` it is
    moved on to that moment, and what is scheduled up to it runs too.
    """
    seen: dict[str, None] = {}
    with _clock() as clock:
        for number in count(1):
            asked_at = clock()
            granted = _grant()
            if granted is None:
                moment = _next(until) or until
                # It may have come meanwhile: what counts is whether it had when we asked.
                if moment is None or moment <= asked_at:
                    break
                clock.move_to(moment)
                continue
            if number > most:
                raise TooManyAttempts(f"{most} attempts and still something to run: {granted.path}, for example")
            seen[granted.task_id] = None
            _run(granted)
    rows = {row.key: row for row in Task.objects.filter(key__in=seen).prefetch_related("attempts")}
    return [_result(rows[key]) for key in seen if key in rows]


@contextmanager
def inline() -> Iterator[None]:
    """Run each task while it is enqueued, with the backends of Zonda that TASKS has."""
    here = f"{InlineBackend.__module__}.{InlineBackend.__qualname__}"
    ours = {alias for alias in settings.TASKS if isinstance(task_backends[alias], ZondaBackend)}
    tasks = {
        alias: {**options, "BACKEND": here} if alias in ours else options for alias, options in settings.TASKS.items()
    }
    with override_settings(TASKS=tasks):
        yield


class InlineBackend(ZondaBackend):
    """Runs everything that is due before `enqueue` returns, the new task too: only one for later is still waiting then.

    `inline` puts it in place; it can stand in TASKS as well.
    """

    def enqueue_many(self, calls: Iterable[Call]) -> "list[TaskResult[..., Any]]":
        results = super().enqueue_many(calls)
        drain()
        for result in results:
            result.refresh()
        return results


# --- running ---------------------------------------------------------------------------------------------------------


class _Clock:
    """The record's clock, ahead of the real one by as much as it was moved."""

    def __init__(self) -> None:
        self._real = store.engine.now
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self._ahead

    def move_to(self, moment: datetime) -> None:
        """Never back."""
        self._ahead += max(timedelta(), moment - self())


@contextmanager
def _clock() -> Iterator[_Clock]:
    clock = _Clock()
    with patch.object(store.engine, "now", clock):
        yield clock


def _next(until: datetime | None) -> datetime | None:
    """When something is due that the clock is to be moved to."""
    waiting = Task.objects.filter(status=Status.QUEUEING, holder=None, due_at__isnull=False)
    waiting = waiting.filter(attempt__gt=0) if until is None else waiting.filter(due_at__lte=until)
    moment: datetime | None = waiting.aggregate(first=Min("due_at"))["first"]
    return moment


def _grant() -> GrantedTask | None:
    """The one task whose turn it is."""
    # A new epoch each time: a task may drain the record itself, whose fences must not meet ours.
    epoch = store.raise_epoch(0)

    def first(offer: Offer) -> list[Choice]:
        return [Choice(one.seq, epoch << 32 | 1, _HOLDER, _TOPIC) for one in islice(offer, 1)]

    store.tend(epoch)
    granted = store.grant(epoch, queues=None, limit=1, choose=first)
    return next(iter(granted.grants), None)


def _run(granted: GrantedTask) -> None:
    common: dict[str, Any] = {
        "task_id": granted.task_id,
        "attempt": granted.attempt,
        "fence": granted.fence,
        "worker": _TOPIC,
        "incarnation": granted.holder,
    }
    store.report([AttemptStarted(**common)])
    task = task_at(granted.path, DEFAULT_TASK_BACKEND_ALIAS)
    sender = type(task.get_backend())
    task_started.send(sender, task_result=_read(granted))
    began = perf_counter()
    try:
        result = _call(granted, task, common)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # SystemExit is a task's failure too
        store.report([_failed(common, task, error, perf_counter() - began)])
        _announce_end(sender, granted)
    else:
        store.report([AttemptSucceeded(**common, ran=perf_counter() - began, result=Raw(result))])
        _announce_end(sender, granted)


def _announce_end(sender: type, granted: GrantedTask) -> None:
    """As a worker does: an attempt that is followed by another one is no end."""
    result = _read(granted)
    if result.is_finished:
        task_finished.send(sender, task_result=result)


def _call(granted: GrantedTask, task: "DjangoTask[..., Any]", common: Mapping[str, Any]) -> bytes:
    """What the function returns, as JSON."""
    kind = registry().find(granted.path)
    args, kwargs = kind.signature.bind(kind.name, json.loads(granted.args), json.loads(granted.kwargs))
    if task.takes_context:

        def tell(fraction: float | None, message: str | None) -> None:
            store.report([AttemptProgress(**common, fraction=fraction, message=message)])

        args.insert(0, TaskContext(task_result=_read(granted), _tell=tell, _interruptible=Interruptible()))
    return json.dumps(normalize_json(task.call(*args, **kwargs)), allow_nan=False).encode()


def _read(granted: GrantedTask) -> "TaskResult[..., Any]":
    return _result(Task.objects.prefetch_related("attempts").get(key=granted.task_id))


def _failed(common: Mapping[str, Any], task: "DjangoTask[..., Any]", error: BaseException, ran: float) -> AttemptFailed:
    delay = delay_asked(error)
    return AttemptFailed(
        **common,
        ran=ran,
        error="".join(traceback.format_exception_only(error)).strip(),
        exception=f"{type(error).__module__}.{type(error).__qualname__}",
        traceback="".join(traceback.format_exception(error)),
        again=wants_again(task, error),
        delay=UNSET if delay is None else delay,
    )


# --- telling ---------------------------------------------------------------------------------------------------------


def _result(row: Task) -> "TaskResult[..., Any]":
    task = task_at(row.path, DEFAULT_TASK_BACKEND_ALIAS)
    return task_result(row, task, task.backend, list(row.attempts.all()))


def _bound(task: "DjangoTask[..., Any]", args: Sequence[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments by the names of the function's parameters, as JSON gives them back."""
    placed, named = json.loads(json.dumps(normalize_json([list(args), dict(kwargs)])))
    context = [None] if task.takes_context else []
    return dict(signature(task.func).bind(*context, *placed, **named).arguments)


def _told(task: "DjangoTask[..., Any]", args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    given = ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])
    due = f", due {task.run_after.isoformat()}" if task.run_after else ""
    return f"{task.module_path}({given}) in queue {task.queue_name}, priority {task.priority}{due}"
