"""What the decorator takes beside what Django's own takes."""

import pickle
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.tasks.exceptions import InvalidTask

from backend.demo import tasks as demo
from backend.tasks.models import Task
from backend.tasks.task import Retry, ZondaTask, seconds
from tests.support.contract.tasks import expire_soon, fail_as_asked, sleep_too_long, succeed_the_third_time
from tests.support.registered import registered

add: Any = demo.add


def test_without_any_limit_a_task_is_tried_once_and_may_take_its_time():
    assert isinstance(add, ZondaTask)
    assert (add.max_attempts, add.timeout, add.expires_after) == (1, None, None)
    assert (add.grace, add.retry_delay, add.retry_on, add.give_up_on) == (5.0, 1.0, (Exception,), ())


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        *[("max_attempts", value) for value in (0, -1, 1001, 1.5, True, "3", None)],
        *[("timeout", value) for value in (0, -1, "5", True, float("nan"), float("inf"), timedelta(0), 10**400)],
        *[("expires_after", value) for value in (0, timedelta(seconds=-1), "1h", timedelta(days=366))],
        *[("grace", value) for value in (-1, None, "5", timedelta(seconds=-1))],
        *[("retry_delay", value) for value in (-0.1, None, [1])],
        *[(name, value) for name in ("retry_on", "give_up_on") for value in (ValueError, [ValueError], (1,), (int,))],
    ],
    ids=str,
)
def test_a_limit_that_cannot_be_kept_is_refused_by_its_name(limit, value):
    with pytest.raises(InvalidTask, match=f"^{limit} must be "):
        replace(add, **{limit: value})


@pytest.mark.parametrize(
    ("limit", "value"),
    [("max_attempts", 1000), ("timeout", 0.001), ("timeout", timedelta(days=365)), ("grace", 0), ("retry_delay", 0)],
    ids=str,
)
def test_the_outermost_limits_are_taken(limit, value):
    assert getattr(replace(add, **{limit: value}), limit) == value


def test_a_span_is_in_seconds_or_a_timedelta():
    assert (seconds(2), seconds(0.5), seconds(timedelta(minutes=1))) == (2.0, 0.5, 60.0)
    assert Retry(after=timedelta(seconds=3)).retry_after == Retry("later", after=3).retry_after == 3.0


def test_only_errors_that_are_asked_for_lead_to_another_attempt():
    assert fail_as_asked.wants_again(IndexError())
    assert not fail_as_asked.wants_again(KeyError())
    assert not fail_as_asked.wants_again(ValueError())
    assert add.wants_again(ValueError())
    assert not add.wants_again(SystemExit())


def test_limits_survive_using_and_pickle():
    changed = succeed_the_third_time.using(priority=5)

    assert (changed.max_attempts, changed.retry_delay, changed.priority) == (3, 1.0, 5)
    assert pickle.loads(pickle.dumps(fail_as_asked)) == fail_as_asked  # noqa: S301


@pytest.mark.django_db
def test_limits_go_into_the_row():
    with registered("tests.support.contract"):
        keys = [function.enqueue(*args).id for function, args in ((sleep_too_long, ()), (expire_soon, ()))]
        keys.append(succeed_the_third_time.enqueue("/path").id)
        keys.append(replace(sleep_too_long, timeout=timedelta(minutes=2), grace=0).enqueue().id)
    limited, expiring, tried, other = (Task.objects.get(key=key) for key in keys)

    assert (limited.timeout, limited.grace, limited.max_attempts) == (0.5, 1.0, 1)
    assert expiring.expires_at == expiring.created_at + timedelta(seconds=1)
    assert (tried.max_attempts, tried.retry_delay, tried.timeout) == (3, 1.0, None)
    assert (other.timeout, other.grace) == (120.0, 0.0)


@pytest.mark.django_db
def test_a_task_that_is_due_later_expires_so_long_after_it_is_due():
    with registered("tests.support.contract"):
        now = Task.objects.get(key=expire_soon.enqueue().id).created_at
        due = now + timedelta(days=1)
        later = Task.objects.get(key=expire_soon.using(run_after=due).enqueue().id)

    assert later.expires_at == due + timedelta(seconds=1)
